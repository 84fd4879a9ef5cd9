import json
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable
from daemon.actions import Person
from daemon.artifacts.files import fills_path, orders_path, reconcile_path
from daemon.books import reconcile_books
from daemon.closing import Closing
from daemon.opening import opening_of
from daemon.plan_inputs import plan_inputs
from daemon.receipts import write_plan_receipt, write_settled_receipt
from daemon.report_inputs import report_inputs
from daemon.tasks.poll import Poller
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from tests.daemon.planning.builders import portfolio, symbol, target
from tests.daemon.tasks.day import orders_of, sent
from tests.fakes.fake_broker import UNKNOWN_AND_LOST, UNKNOWN_BUT_THERE, Answer, refused
from tests.support.desk import BANK, MAOTAI, SESSION, VANKE, WANG, Room, at, open_room, two_buys


async def closing_run(room: Room, plan: Plan, clock: str) -> Run:
    """Take a run whose orders went out to RECONCILING, at a time of the session."""
    await room.until(at(clock))
    for state in (RunState.WORKING, RunState.RECONCILING):
        run = await room.desk.store.move_run(
            plan.run_id, state, cause="TEST", actor="test", now=room.clock.now()
        )
    return run


async def ended(room: Room, clock: str = "15:16:00") -> tuple[Run, Plan]:
    """Fill one name and take the other off the book."""
    plan = await sent(room)
    room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id)
    room.broker.end_all()
    await Poller(room.desk).poll()
    return await closing_run(room, plan, clock), plan


@pytest.mark.parametrize(
    ("answer", "clock", "state"),
    [
        (UNKNOWN_AND_LOST, "15:34:59", OrderState.NEW),
        (UNKNOWN_AND_LOST, "15:35:00", OrderState.REJECTED),
        (UNKNOWN_BUT_THERE, "15:35:00", OrderState.ACK),
    ],
)
async def test_only_after_the_second_reconcile_is_a_send_without_a_record_none(
    tmp_path: Path, answer: Answer, clock: str, state: OrderState
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(answer)
        plan = await sent(room)
        await room.until(at(clock))

        await Closing(room.desk).close_absent(plan)

        assert {order.state for order in await orders_of(room, plan)} == {state}


async def test_a_question_about_an_absent_order_that_fails_ends_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room)
        await room.until(at("15:35:00"))
        room.broker.failing["order"] = BrokerUnavailable("VENUE_NOT_READY", "later")

        with pytest.raises(BrokerUnavailable):
            await Closing(room.desk).close_absent(plan)
        assert {order.send_state for order in await orders_of(room, plan)} == {SendState.UNKNOWN}


async def test_the_artifacts_of_a_run_are_its_tables_and_its_report(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room)
        reconciled = await reconcile_books(room.desk)

        await Closing(room.desk).write(run, plan, reconciled, final=False)

        folder = room.desk.artifacts
        assert orders_path(folder, run.run_id).is_file()
        assert fills_path(folder, run.run_id).is_file()
        report = json.loads(reconcile_path(folder, run.run_id).read_bytes())
        assert (report["run_id"], report["status"]) == (run.run_id, "PROVISIONAL")
        assert report["plan_hash"] == plan.plan_hash
        assert report["breaks"] == []


async def test_a_run_is_carried_over_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room)
        closing = Closing(room.desk)
        await closing.carry_over(run, plan)
        await closing.carry_over(run, plan)

        parent, residual = await room.desk.store.runs()
        assert residual.parent_run_id == parent.run_id
        assert residual.state is RunState.AWAITING_APPROVAL
        assert await opening_of(room.desk, residual.run_id) is not None


async def test_nothing_is_carried_over_before_a_quarter_past_three(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room, "15:14:59")

        await Closing(room.desk).carry_over(run, plan)

        assert len(await room.desk.store.runs()) == 1


async def test_an_account_that_cannot_be_believed_makes_no_residual_plan_yet(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room)
        closing = Closing(room.desk)
        room.broker.asset_error += 100_000
        await closing.carry_over(run, plan)
        assert len(await room.desk.store.runs()) == 1

        room.broker.asset_error -= 100_000
        await closing.carry_over(run, plan)
        assert len(await room.desk.store.runs()) == 2


async def test_a_run_with_a_live_order_is_not_completed_on_its_own_day(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        run = await closing_run(room, plan, "15:36:00")

        await Closing(room.desk).complete(run, plan, ())

        assert await room.state(run.run_id) is RunState.RECONCILING


async def test_a_filled_run_with_a_break_is_completed_with_exceptions(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute_all()
        await Poller(room.desk).poll()
        run = await closing_run(room, plan, "15:36:00")
        room.broker.cash -= 1
        breaks = (await reconcile_books(room.desk)).breaks

        await Closing(room.desk).complete(run, plan, breaks)

        assert len(breaks) == 1
        assert await room.state(run.run_id) is RunState.COMPLETED_WITH_EXCEPTIONS


async def test_an_ended_run_is_to_be_finalised_from_the_next_day_on_and_once(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room, "15:36:00")
        closing = Closing(room.desk)
        await closing.complete(run, plan, ())
        assert await closing.runs_to_finalise() == ()

        await room.until(at("00:00:00", room.desk.calendar.next_session(SESSION)))
        (due,) = await closing.runs_to_finalise()
        assert due.run_id == run.run_id
        await closing.note_final(due)
        assert await closing.runs_to_finalise() == ()


async def test_a_plan_is_computed_from_every_target_and_every_owned_name(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 100)]) as room:
        await room.adopt(MAOTAI, 100)
        await room.planned(*two_buys())
        snapshot = await room.desk.store.latest_snapshot()
        assert snapshot is not None
        inputs = await plan_inputs(room.desk, portfolio(*two_buys()), snapshot, SESSION)

        assert {str(name) for name in inputs.quotes} == {BANK, VANKE, MAOTAI}
        assert inputs.instruments.keys() == inputs.quotes.keys()
        assert inputs.expires_at == at("14:50:00")
        assert inputs.owned == {symbol(MAOTAI): 100}


async def test_a_plan_knows_the_messages_its_session_used_already(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        snapshot = await room.desk.store.latest_snapshot()
        assert snapshot is not None
        inputs = await plan_inputs(room.desk, portfolio(*two_buys()), snapshot, SESSION)

        assert inputs.messages_used == 2


async def test_a_report_prices_each_name_by_its_last_trade_or_else_its_close(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room)
        room.broker.unpriced.add(symbol(VANKE))
        reconciled = await reconcile_books(room.desk)
        inputs = await report_inputs(room.desk, run, plan, reconciled, final=True)

        kinds = {str(name): price.kind for name, price in inputs.prices.items()}
        assert kinds == {BANK: "LAST", VANKE: "PREV_CLOSE"}
        assert inputs.cash is not None
        assert inputs.cash.closing == room.broker.cash


async def test_a_receipt_names_its_files_and_tells_sent_from_planned(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run, plan = await ended(room)
        await write_plan_receipt(room.desk, run, plan)
        await room.until(at("15:17:00"))
        await write_settled_receipt(room.desk, run, plan)

        planned, settled = (
            json.loads((room.desk.artifacts / f"broker_submit_20251110_{clock}.json").read_bytes())
            for clock in ("151600", "151700")
        )
        inbox = room.desk.settings.paths.inbox
        assert planned["portfolio_path"] == str(inbox / run.csv_name)
        assert planned["submit_mode"] == "dry_run"
        assert settled["submit_mode"] == "submit"


async def without_a_record(room: Room) -> Plan:
    """Have a run end whose orders had no record at the close."""
    room.broker.answers.append(UNKNOWN_AND_LOST)
    plan = await sent(room)
    run = await closing_run(room, plan, "15:35:00")
    await Closing(room.desk).close_absent(plan)
    await Closing(room.desk).complete(run, plan, ())
    await room.until(at("08:45:00", room.desk.calendar.next_session(SESSION)))
    return plan


async def test_next_morning_an_order_without_a_record_that_was_taken_overnight_halts(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await without_a_record(room)
        room.broker.arrive(room.broker.submitted[0][0])

        await Closing(room.desk).look_again()

        causes = {halt.cause for halt in await room.desk.store.halts()}
        assert Reason.FOUND_AFTER_CLOSE in causes
        listed = {item.reason for item in await room.desk.store.manual_items()}
        assert Reason.FOUND_AFTER_CLOSE in listed


async def test_next_morning_nothing_found_leaves_nothing_halted(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await without_a_record(room)
        asked = room.broker.count("order")

        await Closing(room.desk).look_again()

        assert room.broker.count("order") == asked + 2
        assert await room.desk.store.halts() == ()


async def test_a_final_list_that_is_not_whole_closes_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room)
        await room.until(at("15:35:00"))
        room.broker.incomplete.add("orders")

        await Closing(room.desk).close_absent(plan)

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.NEW}


async def test_what_two_persons_say_never_arrived_goes_into_the_residual_plan(
    tmp_path: Path,
) -> None:
    """Even where the broker's list of the day is never complete."""
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room, target(BANK, "0.2"))
        (order,) = await orders_of(room, plan)
        await in_a_persons_hands(room, order)
        (item,) = await room.desk.store.manual_items()
        for person in (WANG, Person("li", 1001)):
            await room.actions.resolve(item.item_id, "confirm-absent", person, "looked", "screen")
        run = await closing_run(room, plan, "15:35:00")
        room.broker.incomplete.add("orders")

        await Closing(room.desk).close_absent(plan)
        await Closing(room.desk).carry_over(run, plan)

        _, residual = await room.desk.store.runs()
        carried = await room.plan(residual.run_id)
        assert carried.line_for(symbol(BANK)).quantity_max == order.quantity
        assert (await room.order_of(plan.run_id)).final_reason is FinalReason.NO_RECORD_AT_CLOSE


async def test_an_incomplete_list_alone_ends_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room)
        await room.until(at("15:35:00"))
        room.broker.incomplete.add("orders")

        await Closing(room.desk).close_absent(plan)

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.NEW}


async def in_a_persons_hands(room: Room, order: Order) -> None:
    for state in (SendState.ABSENT_WAIT, SendState.MANUAL):
        await room.desk.store.set_unresolved(
            order.client_order_id, state, cause="ABSENT", now=room.clock.now()
        )


@pytest.mark.parametrize(("choice", "carried"), [("retry", [BANK]), ("write-off", [])])
async def test_a_person_decides_whether_what_was_refused_is_tried_again(
    tmp_path: Path, choice: str, carried: list[str]
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(refused("PRICE_CAGE"))
        plan = await sent(room, target(BANK, "0.2"))
        (item,) = await room.desk.store.manual_items()
        run = await closing_run(room, plan, "15:16:00")
        await room.actions.resolve(item.item_id, choice, WANG, "looked", "")

        await Closing(room.desk).carry_over(run, plan)

        residuals = (await room.desk.store.runs())[1:]
        lines = [line for child in residuals for line in (await room.plan(child.run_id)).lines]
        assert [str(line.symbol) for line in lines if line.quantity_max] == carried
