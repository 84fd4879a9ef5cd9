import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.broker import BrokerError, BrokerUnavailable, BrokerUnknown, SessionSuperseded
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from statemachine.order import FinalReason, OrderState, SendState
from statemachine.plan import Plan
from statemachine.position import Funds
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import SubmitGuard
from tests.daemon.planning.builders import symbol
from tests.daemon.tasks.day import orders_of, released, send_states, sent, spoil
from tests.fakes.fake_broker import UNKNOWN_AND_LOST
from tests.fakes.fake_clock import participants
from tests.support.desk import BANK, SESSION, VANKE, Room, at, open_room

TUESDAY = date(2025, 11, 11)
DOWN = [
    BrokerUnavailable("VENUE_NOT_READY", "try later"),
    BrokerUnknown("TIMEOUT", "who knows"),
]


async def work_until(room: Room, clock: str, day: date | None = None) -> None:
    """Run every task of the daemon up to a moment."""
    poller = Poller(room.desk)
    tasks = (
        Releaser(room.desk).run,
        Submitter(room.desk).run,
        poller.run,
        Reconciler(room.desk, poller).run,
    )
    async with participants(room.clock, *tasks):
        await room.until(at(clock) if day is None else at(clock, day))


def reconciler(room: Room) -> Reconciler:
    return Reconciler(room.desk, Poller(room.desk))


def report_of(room: Room, plan: Plan) -> dict[str, Any]:
    path = room.desk.artifacts / f"broker_reconcile_{plan.run_id}.json"
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


async def partly_filled(room: Room) -> Plan:
    """Fill one name; the other rests all day, and the close takes it off the book."""
    plan = await sent(room)
    room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id)
    await work_until(room, "15:01:00")
    room.broker.end_all()
    return plan


async def test_a_fully_filled_run_is_completed_after_the_second_reconcile(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute_all()
        await work_until(room, "15:34:59")
        assert await room.state(plan.run_id) is RunState.RECONCILING
        await work_until(room, "15:36:00")

        assert await room.state(plan.run_id) is RunState.COMPLETED
        assert await room.desk.store.open_breaks() == ()
        assert report_of(room, plan)["status"] == "PROVISIONAL"
        names = {path.name for path in room.desk.artifacts.iterdir()}
        assert {
            f"broker_orders_{plan.run_id}.parquet",
            f"broker_fills_{plan.run_id}.parquet",
        } <= names


async def test_the_next_mornings_report_is_final_and_written_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute_all()
        await work_until(room, "15:40:00")
        assert report_of(room, plan)["status"] == "PROVISIONAL"

        await work_until(room, "08:46:00", TUESDAY)
        assert report_of(room, plan)["status"] == "FINAL"
        path = room.desk.artifacts / f"broker_reconcile_{plan.run_id}.json"
        written = path.read_bytes()
        await work_until(room, "09:20:00", TUESDAY)
        assert path.read_bytes() == written


async def test_what_was_not_done_awaits_approval_as_a_residual_plan_after_a_quarter_past_three(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await partly_filled(room)
        await work_until(room, "15:14:59")
        assert len(await room.desk.store.runs()) == 1
        await work_until(room, "15:16:00")

        _, residual = await room.desk.store.runs()
        assert residual.parent_run_id == plan.run_id
        assert residual.state is RunState.AWAITING_APPROVAL
        carried = await room.plan(residual.run_id)
        assert carried.session_date == TUESDAY
        assert carried.parent_run_id == plan.run_id
        (line,) = (line for line in carried.lines if line.quantity_max)
        assert (str(line.symbol), line.quantity_max) == (VANKE, 20_000)


async def test_a_residual_plan_sends_nothing_without_its_own_approval(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await partly_filled(room)
        sent_on_monday = len(room.broker.sent_ids)
        await work_until(room, "15:00:00", TUESDAY)

        _, residual = await room.desk.store.runs()
        assert residual.state is RunState.EXPIRED
        assert len(room.broker.sent_ids) == sent_on_monday


async def test_an_approved_residual_plan_trades_in_the_next_session_and_has_no_residual(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await partly_filled(room)
        sent_on_monday = len(room.broker.sent_ids)
        await work_until(room, "15:40:00")
        _, residual = await room.desk.store.runs()
        await room.approve(await room.plan(residual.run_id))
        await work_until(room, "15:01:00", TUESDAY)
        room.broker.end_all()
        await work_until(room, "15:40:00", TUESDAY)

        assert len(room.broker.sent_ids) > sent_on_monday
        assert await room.state(residual.run_id) is RunState.COMPLETED_WITH_EXCEPTIONS
        assert len(await room.desk.store.runs()) == 2


async def test_a_run_that_did_not_fill_ends_with_exceptions(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await partly_filled(room)
        await work_until(room, "15:40:00")

        assert await room.state(plan.run_id) is RunState.COMPLETED_WITH_EXCEPTIONS


async def test_an_order_the_venue_did_not_end_is_asked_about_until_next_morning_and_listed(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id)
        await work_until(room, "23:00:00")
        assert await room.state(plan.run_id) is RunState.RECONCILING
        assert await room.desk.store.manual_items() == ()

        await work_until(room, "08:46:00", TUESDAY)

        assert await room.state(plan.run_id) is RunState.COMPLETED_WITH_EXCEPTIONS
        (item,) = await room.desk.store.manual_items()
        assert item.reason is Reason.EXPIRY_UNCONFIRMED
        assert item.symbol == symbol(VANKE)
        assert len(await room.desk.store.runs()) == 1


async def test_an_end_that_is_never_confirmed_keeps_only_its_own_name_from_the_residual(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        await work_until(room, "15:01:00")
        for order in await orders_of(room, plan):
            if order.is_live and order.symbol == symbol(BANK):
                room.broker.end(order.client_order_id)
        await work_until(room, "08:46:00", TUESDAY)

        _, residual = await room.desk.store.runs()
        carried = await room.plan(residual.run_id)
        assert carried.session_date == TUESDAY
        assert [str(line.symbol) for line in carried.lines if line.quantity_max] == [BANK]
        (item,) = await room.desk.store.manual_items()
        assert (item.reason, item.symbol) == (Reason.EXPIRY_UNCONFIRMED, symbol(VANKE))


async def test_an_end_that_the_venue_confirms_only_next_morning_still_counts(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id)
        await work_until(room, "23:00:00")
        room.broker.end_all()
        await work_until(room, "08:46:00", TUESDAY)

        assert await room.state(plan.run_id) is RunState.COMPLETED_WITH_EXCEPTIONS
        assert await room.desk.store.manual_items() == ()


async def test_a_send_the_venue_does_not_show_after_the_close_was_none(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room)
        await work_until(room, "15:34:00")
        assert {order.send_state for order in await orders_of(room, plan)} == {SendState.MANUAL}

        await work_until(room, "15:36:00")

        orders = await orders_of(room, plan)
        assert {order.state for order in orders} == {OrderState.REJECTED}
        assert {order.final_reason for order in orders} == {FinalReason.NO_RECORD_AT_CLOSE}
        assert room.broker.count("submit") == 1


@pytest.mark.parametrize("error", DOWN)
@pytest.mark.parametrize("method", ["orders", "fills", "positions", "funds", "movements", "quotes"])
async def test_a_broker_that_cannot_be_asked_at_the_end_is_asked_again_every_minute(
    tmp_path: Path, method: str, error: BrokerError
) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute_all()
        await work_until(room, "15:09:00")
        room.broker.failing[method] = error
        await work_until(room, "15:50:00")
        assert await room.state(plan.run_id) is RunState.RECONCILING
        assert await room.desk.store.open_breaks() == ()

        room.broker.failing.clear()
        await work_until(room, "15:51:30")
        assert await room.state(plan.run_id) is RunState.COMPLETED


@pytest.mark.parametrize("name", ["orders", "fills", "positions"])
async def test_a_partial_list_is_never_an_empty_account(tmp_path: Path, name: str) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        room.broker.incomplete.add(name)
        room.broker.held.clear() if name == "positions" else None

        assert (await reconciler(room).reconcile_now()).breaks == ()


async def test_shares_that_are_missing_at_the_broker_are_a_break_until_they_are_back(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        room.broker.hold(symbol(BANK), 400)
        task = reconciler(room)

        (found,) = (await task.reconcile_now()).breaks
        assert (found.symbol, found.ours, found.theirs) == (symbol(BANK), "500", "400")
        assert await room.desk.store.open_breaks() == (found,)

        room.broker.hold(symbol(BANK), 500)
        await task.reconcile_now()
        assert await room.desk.store.open_breaks() == ()


async def test_at_start_an_open_send_is_unknown_and_is_asked_about_before_anything_else(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        names = [order.client_order_id for order in await orders_of(room, plan)]
        guard = SubmitGuard(room.clock.now(), SESSION, plan.expires_at, 1000)
        await room.desk.store.open_submit(names, b"body", guard)

        await reconciler(room).recover()

        assert room.log_entry("sends of unknown outcome")["orders"] == names
        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}
        assert room.broker.count("order") == len(names)


async def test_at_start_a_difference_is_kept_without_waiting_for_market_time(
    tmp_path: Path,
) -> None:
    """The market clock wakes nobody before the tasks run."""
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        room.broker.hold(symbol(BANK), 400)
        before = room.clock.now()

        await reconciler(room).recover()

        assert room.clock.now() == before
        assert [found.symbol for found in await room.desk.store.open_breaks()] == [symbol(BANK)]


async def test_cash_that_nothing_explains_holds_every_send_until_it_is_explained(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        task = reconciler(room)
        room.broker.cash -= 1
        for _ in range(2):
            await task.reconcile_now()
            assert [halt.cause for halt in await room.desk.store.halts()] == ["ACCOUNT_BREAK"]

        room.broker.cash += 1
        await task.reconcile_now()

        assert await room.desk.store.halts() == ()


async def test_cash_that_is_off_by_ever_more_does_not_lift_the_hold(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        task = reconciler(room)
        room.broker.cash -= 1000
        await task.reconcile_now()
        read = room.broker.funds

        async def shrinking() -> Funds:
            room.broker.cash -= 1
            return await read()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room.broker, "funds", shrinking)
            await task.reconcile_now()

        assert [halt.cause for halt in await room.desk.store.halts()] == ["ACCOUNT_BREAK"]


async def test_a_run_that_lost_its_plan_stops_the_process(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await partly_filled(room)
        (run,) = await room.desk.store.runs()
        await spoil(tmp_path, "UPDATE runs SET plan_hash = NULL")

        with pytest.raises(RuntimeError, match=plan.run_id):
            await reconciler(room)._finish(run)


@pytest.mark.parametrize("error", DOWN)
async def test_at_start_a_broker_that_cannot_be_asked_is_an_error(
    tmp_path: Path, error: BrokerError
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.failing["positions"] = error

        with pytest.raises(type(error)):
            await reconciler(room).recover()


@pytest.mark.parametrize("method", ["orders", "positions", "funds", "movements"])
async def test_a_session_taken_over_by_another_instance_stops_the_task(
    tmp_path: Path, method: str
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        room.broker.execute_all()
        await work_until(room, "15:11:00")
        room.broker.failing[method] = SessionSuperseded("AUTH_SESSION_SUPERSEDED", "taken over")
        await room.until(room.clock.now() + timedelta(minutes=10))

        with pytest.raises(SessionSuperseded):
            await reconciler(room).run()


async def test_a_fill_that_only_a_reconcile_saw_reaches_the_run_at_work(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        await work_until(room, "10:00:00")
        poller = Poller(room.desk)
        tasks = (Releaser(room.desk).run, Submitter(room.desk).run, poller.run)
        async with participants(room.clock, *tasks):
            await room.until(at("10:10:00"))
            room.broker.before_funds = room.broker.execute_all
            await Reconciler(room.desk, poller).reconcile_now()
            await room.until(at("10:11:00"))

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.FILLED}
        assert await room.state(plan.run_id) is RunState.RECONCILING
