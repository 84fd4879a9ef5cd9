from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import (
    BrokerError,
    BrokerUnavailable,
    BrokerUnknown,
    OrderRequest,
    SessionSuperseded,
)
from daemon.approvals import Confirmations
from daemon.egress import Approved, EgressLog, breach
from daemon.planning.envelope import next_orders
from daemon.planning.progress import Progress
from daemon.planning.release_inputs import ReleaseDecision, ReleaseInputs
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from market.side import Side
from statemachine.order import Order, OrderState, SendState
from statemachine.position import Movement
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import Contradiction
from tests.daemon.planning.builders import symbol, target
from tests.daemon.tasks.day import orders_of, released, sent
from tests.fakes.fake_broker import ACCEPTED, NOT_SENT, UNKNOWN_AND_LOST, Answer, refused
from tests.fakes.fake_clock import participants
from tests.support.desk import (
    BANK,
    FIRST_SEND,
    SESSION,
    VANKE,
    WANG,
    Room,
    at,
    open_room,
    two_buys,
)

SYSTEMIC = refused("TRADING_DISABLED", systemic=True)
BROKER_READS = ["positions", "funds", "quotes", "instruments"]


async def work_until(room: Room, clock: str) -> None:
    """Run every task of a session up to a moment of it."""
    poller = Poller(room.desk)
    tasks = (
        Releaser(room.desk).run,
        Submitter(room.desk).run,
        poller.run,
        Reconciler(room.desk, poller).run,
    )
    async with participants(room.clock, *tasks):
        await room.until(at(clock))


async def test_nothing_leaves_before_the_first_minute_of_the_session_is_over(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await work_until(room, "09:32:00")

        first = min(when for what, when in room.broker.called_at if what == "submit")
        assert first >= FIRST_SEND
        assert await room.state(plan.run_id) in (RunState.SUBMITTING, RunState.WORKING)


async def test_an_unapproved_run_expires_at_its_cut_off_and_sends_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        async with participants(room.clock, Releaser(room.desk).run):
            await room.until(at("14:49:59"))
            assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
            await room.until(at("14:50:01"))

        assert await room.state(plan.run_id) is RunState.EXPIRED
        assert room.broker.submitted == []


@pytest.mark.parametrize("method", BROKER_READS)
async def test_an_approved_run_that_the_broker_never_answers_for_expires(
    tmp_path: Path, method: str
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.failing[method] = BrokerUnavailable("VENUE_NOT_READY", "try later")
        await work_until(room, "14:50:30")

        assert await room.state(plan.run_id) is RunState.EXPIRED
        assert room.broker.submitted == []


@pytest.mark.parametrize(
    "error", [BrokerUnavailable("VENUE_NOT_READY", "later"), BrokerUnknown("TIMEOUT", "?")]
)
@pytest.mark.parametrize("method", BROKER_READS)
async def test_a_broker_that_cannot_be_asked_delays_the_release(
    tmp_path: Path, method: str, error: BrokerError
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.failing[method] = error
        await work_until(room, "10:00:00")
        assert await room.state(plan.run_id) is RunState.APPROVED

        room.broker.failing.clear()
        await work_until(room, "10:01:00")
        assert len(room.broker.sent_ids) == 2


@pytest.mark.parametrize("method", BROKER_READS)
async def test_a_session_taken_over_by_another_instance_stops_the_task(
    tmp_path: Path, method: str
) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        await room.until(FIRST_SEND)
        room.broker.failing[method] = SessionSuperseded("AUTH_SESSION_SUPERSEDED", "taken over")

        with pytest.raises(SessionSuperseded):
            await Releaser(room.desk).run()


async def test_an_account_that_does_not_agree_with_our_book_stops_the_release(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        await room.adopt(BANK, 500)
        plan = await room.approved(target(VANKE, "0.2"))
        room.broker.held[symbol(BANK)] = 400
        await work_until(room, "10:00:00")

        assert await room.state(plan.run_id) is RunState.APPROVED
        assert room.broker.submitted == []


@pytest.mark.parametrize(
    "answer",
    [SYSTEMIC, refused("VENUE_NOT_READY", systemic=True), refused("AUTH_FORBIDDEN", systemic=True)],
)
async def test_a_first_batch_of_systemic_refusals_fails_and_nothing_further_happens(
    tmp_path: Path, answer: Answer
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.answers.append(answer)
        await work_until(room, "15:40:00")

        assert await room.state(plan.run_id) is RunState.FAILED_BATCH
        assert room.broker.count("submit") == 1
        assert {order.state for order in await orders_of(room, plan)} == {OrderState.REJECTED}
        items = await room.desk.store.manual_items()
        about_the_run = [item.reason for item in items if item.client_order_id is None]
        assert about_the_run == [Reason.BATCH_FAILED]


async def test_a_first_batch_that_never_left_fails_after_its_four_tries(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.answers.extend([NOT_SENT] * 4)
        await work_until(room, "14:55:00")

        assert await room.state(plan.run_id) is RunState.FAILED_BATCH
        assert room.broker.count("submit") == 4


@pytest.mark.parametrize("other", [ACCEPTED, UNKNOWN_AND_LOST], ids=["live", "unknown"])
async def test_one_order_that_may_be_at_the_venue_keeps_the_run_working(
    tmp_path: Path, other: Answer
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.answers.append(replace(SYSTEMIC, of_symbol={VANKE: other}))
        await work_until(room, "09:32:00")

        assert await room.state(plan.run_id) is RunState.WORKING


async def test_a_batch_refused_for_the_symbols_own_sake_did_not_fail_and_has_its_receipt(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.answers.append(refused("PRICE_CAGE"))
        await work_until(room, "09:32:00")

        assert await room.state(plan.run_id) is RunState.RECONCILING
        assert len(list(room.desk.artifacts.glob("broker_submit_*.json"))) == 2


async def test_a_symbols_own_refusal_does_not_stop_the_others_and_is_not_tried_again(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.answers.append(replace(ACCEPTED, of_symbol={BANK: refused("PRICE_CAGE")}))
        await work_until(room, "10:30:00")

        assert await room.state(plan.run_id) is RunState.WORKING
        orders = await orders_of(room, plan)
        assert [str(order.symbol) for order in orders].count(BANK) == 1
        assert (await room.order_of(plan.run_id, VANKE)).state is OrderState.ACK


async def test_a_settled_batch_has_a_receipt(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        await work_until(room, "09:32:00")

        receipts = [path.name for path in room.desk.artifacts.glob("broker_submit_*.json")]
        assert len(receipts) == 2


async def test_a_halted_run_makes_no_further_orders(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        await room.actions.halt("looks wrong", WANG)
        await work_until(room, "11:00:00")

        assert await room.state(plan.run_id) is RunState.SUBMITTING
        assert {order.send_state for order in await orders_of(room, plan)} == {SendState.PLANNED}
        assert len(await orders_of(room, plan)) == 2


async def test_what_was_never_sent_is_given_up_at_the_end_of_the_session(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        await room.actions.halt("looks wrong", WANG)
        await work_until(room, "15:11:00")

        assert await room.state(plan.run_id) is RunState.RECONCILING
        states = {order.send_state for order in await orders_of(room, plan)}
        assert states == {SendState.NEVER_SENT}
        assert room.broker.submitted == []


async def test_a_run_ends_as_soon_as_every_line_is_filled(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        room.broker.execute_all()
        await work_until(room, "09:35:00")

        assert await room.state(plan.run_id) is RunState.RECONCILING


async def test_a_run_whose_orders_rest_works_until_the_closing_call_is_over(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        await work_until(room, "15:09:59")
        assert await room.state(plan.run_id) is RunState.WORKING

        await work_until(room, "15:10:30")
        assert await room.state(plan.run_id) is RunState.RECONCILING


async def test_a_plan_that_trades_nothing_goes_straight_to_reconciling(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 20_000)]) as room:
        await room.adopt(BANK, 20_000)
        room.broker.cash = Decimal(800_000)
        plan = await room.approved(target(BANK, "0.2"))
        await work_until(room, "09:32:00")

        assert await room.state(plan.run_id) is RunState.RECONCILING
        assert room.broker.submitted == []


async def test_buys_wait_for_the_proceeds_of_sells(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 10_000)]) as room:
        await room.adopt(BANK, 10_000)
        room.broker.cash = Decimal(1_000)
        plan = await room.planned(target(VANKE, "0.3"))
        typed = Confirmations(sell_amount=Decimal(100_000))
        await room.actions.approve(plan.run_id, plan.plan_hash, WANG, typed)
        await work_until(room, "09:32:00")
        assert [str(order.symbol) for order in await orders_of(room, plan)] == [BANK]

        room.broker.execute_all()
        await work_until(room, "09:33:00")
        assert {str(order.symbol) for order in await orders_of(room, plan)} == {BANK, VANKE}


async def test_a_suspended_name_is_tried_again_until_it_trades(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.suspended.add(symbol(BANK))
        await work_until(room, "10:00:00")
        status = (await room.desk.store.line_statuses(plan.run_id))[symbol(BANK)]
        assert status.reason is Reason.SUSPENDED
        assert [str(order.symbol) for order in await orders_of(room, plan)] == [VANKE]

        room.broker.suspended.clear()
        await work_until(room, "10:02:00")
        assert (await room.order_of(plan.run_id, BANK)).state is OrderState.ACK


async def test_a_plan_that_is_mostly_held_for_gaps_waits_whole_and_a_person_is_told(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.jumps[symbol(BANK)] = Decimal("10.40")
        await work_until(room, "09:40:00")

        assert await orders_of(room, plan) == ()
        assert [item.reason for item in await room.desk.store.manual_items()] == [Reason.HELD_SHARE]

        await room.actions.release_line(plan.run_id, symbol(BANK), WANG)
        await work_until(room, "09:42:00")
        assert len(await orders_of(room, plan)) == 2


async def test_waves_are_at_least_fifteen_seconds_apart_whatever_the_news(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        async with participants(room.clock, Releaser(room.desk).run):
            await room.until(room.clock.now() + timedelta(seconds=1))
            before = room.broker.count("funds")
            for _ in range(10):
                room.desk.signals.release.set()
                await room.until(room.clock.now() + timedelta(seconds=1))

        assert await room.state(plan.run_id) is RunState.WORKING
        assert room.broker.count("funds") - before <= 1


async def test_a_run_that_is_declined_while_the_account_is_read_sends_nothing(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        async with participants(room.clock, Releaser(room.desk).run, Submitter(room.desk).run):
            await room.until(FIRST_SEND + timedelta(seconds=3))
            await room.actions.decline(plan.run_id, WANG, "changed my mind")
            await room.until(at("09:40:00"))

        assert await room.state(plan.run_id) is RunState.DECLINED
        assert room.broker.submitted == []
        assert "run changed meanwhile" in room.logged()


async def test_an_order_that_no_envelope_allows_is_a_bug_and_stops_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(inputs: ReleaseInputs, progress: Progress) -> ReleaseDecision:
        decision = next_orders(inputs, progress)
        greedy = tuple(replace(child, quantity=10**7) for child in decision.orders)
        return replace(decision, orders=greedy)

    monkeypatch.setattr("daemon.tasks.release.next_orders", too_much)
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.until(FIRST_SEND)

        with pytest.raises(Contradiction, match="would reach"):
            await Releaser(room.desk)._attend()

        assert await room.desk.store.orders_of(plan.run_id) == ()


async def test_bonus_shares_of_the_ex_day_leave_with_a_full_exit(tmp_path: Path) -> None:
    """Approved on the eve as all 1,000; in the morning they are 1,300, published at 10 / 1.3."""
    async with open_room(tmp_path, held=[(BANK, 1_000)]) as room:
        await room.adopt(BANK, 1_000)
        plan = await room.approved(target(VANKE, "0.1"))
        room.broker.held[symbol(BANK)] = 1_300
        bonus = Movement("M1", "BONUS_SHARES", symbol(BANK), 300, Decimal(0), SESSION, "10送3")
        room.broker.all_movements.append(bonus)
        await room.until(at("09:15:00"))
        await Poller(room.desk).poll_movements()
        await work_until(room, "09:35:00")

        order = await room.order_of(plan.run_id, BANK)
        assert (order.side, order.quantity) == (Side.SELL, 1_300)
        assert order.state is not OrderState.NEW
        assert await room.desk.store.halts() == ()
        assert await guarded(room, order, 1_300) is None
        assert "asks for 1301 of 1300" in str(await guarded(room, order, 1_301))


async def guarded(room: Room, order: Order, quantity: int) -> str | None:
    """Ask the egress guard of a fresh process about a sell of that many shares."""
    asked = OrderRequest(
        order.client_order_id, order.symbol, order.side, order.limit_price, quantity, at("14:50:00")
    )
    plans = await room.desk.store.approved_plans(SESSION)
    return breach([asked], Approved(plans, legs_max=3), EgressLog(), room.clock.now())
