"""What any store promises; written against the protocol, so that another one can be added."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import FillKind
from statemachine.order import CancelOutcome, FinalReason, Order, OrderState, SendState
from statemachine.portfolio import Refusal
from statemachine.position import AccountSnapshot, Funds, Movement, Position
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import (
    Break,
    Conflict,
    LineStatus,
    ManualItem,
    Received,
    SendOutcome,
    Store,
)
from tests.support.book import (
    ACCOUNT,
    BANK,
    CUT_OFF,
    LINES,
    OPEN,
    RECEIVED_AT,
    RUN_ID,
    SESSION,
    SIGNAL,
    STAR,
    VANKE,
    accepted,
    approved_run,
    at,
    closed,
    guard,
    make_approval,
    make_fill,
    make_order,
    make_plan,
    make_portfolio,
    make_run,
    opened_store,
    report,
    submitted,
)

CLOSE = at("15:20")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path / "book.sqlite") as store:
        yield store
        assert await store.verify() == ()


async def received(store: Store) -> None:
    await store.receive_run(make_run(), make_portfolio(), b"csv", b"json")


# inputs and runs


async def test_a_received_run_is_kept_whole(store: Store) -> None:
    assert await store.receive_run(make_run(), make_portfolio(), b"csv", b"json") is Received.NEW

    assert await store.run(RUN_ID) == make_run()
    assert await store.portfolio(RUN_ID) == make_portfolio()
    assert await store.runs() == (make_run(),)


async def test_the_same_content_again_is_a_duplicate(store: Store) -> None:
    await received(store)

    outcome = await store.receive_run(make_run(), make_portfolio(), b"csv2", b"json")

    assert outcome is Received.DUPLICATE
    assert len(await store.runs()) == 1


async def test_a_refused_input_keeps_its_refusals_and_has_no_portfolio(store: Store) -> None:
    refusal = Refusal(Reason.ENCODING, "not UTF-8", "portfolio_20251107.csv", 3, "weight")
    run = replace(make_run(), state=RunState.REFUSED, refusals=(refusal,))

    assert await store.refuse_input(run, b"\xff", b"{}") is Received.NEW
    assert await store.run(RUN_ID) == run
    assert await store.portfolio(RUN_ID) is None


async def test_an_illegal_run_move_is_a_conflict_and_changes_nothing(store: Store) -> None:
    await received(store)

    with pytest.raises(Conflict, match="RECEIVED to WORKING"):
        await store.move_run(RUN_ID, RunState.WORKING, cause="x", actor="a", now=OPEN)

    assert await store.run(RUN_ID) == make_run()


async def test_runs_are_found_by_state(store: Store) -> None:
    await approved_run(store)

    assert [run.run_id for run in await store.runs(states=[RunState.APPROVED])] == [RUN_ID]
    assert await store.runs(states=[RunState.WORKING]) == ()


async def test_a_plan_is_kept_whole_and_plans_its_run(store: Store) -> None:
    await received(store)

    run = await store.save_plan(make_plan(), now=RECEIVED_AT)

    assert (run.state, run.plan_hash) == (RunState.PLANNED, make_plan().plan_hash)
    assert run.session_date == SESSION
    assert await store.plan(RUN_ID) == make_plan()


async def test_a_plan_without_its_own_hash_is_refused(store: Store) -> None:
    await received(store)

    with pytest.raises(Conflict, match="own hash"):
        await store.save_plan(replace(make_plan(), settings_hash="other"), now=RECEIVED_AT)


async def test_a_fresh_plan_replaces_one_that_waits_for_approval(store: Store) -> None:
    await received(store)
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID, RunState.AWAITING_APPROVAL, cause="SHOWN", actor="daemon", now=RECEIVED_AT,
    )
    fresh = make_plan(lines=LINES[:2])

    run = await store.save_plan(fresh, now=OPEN)

    assert (run.state, run.plan_hash) == (RunState.AWAITING_APPROVAL, fresh.plan_hash)
    assert await store.plan(RUN_ID) == fresh
    with pytest.raises(Conflict, match="is now"):
        await store.approve(make_approval(make_plan()), now=OPEN)


async def test_an_approved_plan_is_not_replaced(store: Store) -> None:
    await approved_run(store)

    with pytest.raises(Conflict, match="APPROVED to PLANNED"):
        await store.save_plan(make_plan(lines=LINES[:2]), now=OPEN)


async def test_a_residual_run_is_born_planned_with_its_parent(store: Store) -> None:
    await approved_run(store)
    child = replace(make_run(RUN_ID + "-R"), parent_run_id=RUN_ID)
    plan = replace(make_plan(RUN_ID + "-R"), parent_run_id=RUN_ID)

    run = await store.save_residual(child, plan, now=CLOSE)

    assert (run.state, run.parent_run_id) == (RunState.PLANNED, RUN_ID)
    assert await store.portfolio(run.run_id) == make_portfolio()


# approvals


async def test_an_approval_is_bound_to_the_hash_and_its_seal(store: Store) -> None:
    await approved_run(store)

    run = await store.run(RUN_ID)

    assert run is not None
    assert run.state is RunState.APPROVED


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("plan_hash", "0" * 64, "is now"),
        ("approver", "li", "MAC"),
        ("uid", 0, "MAC"),
        ("nonce", "n2", "MAC"),
        ("expires_at", CUT_OFF + timedelta(hours=1), "MAC"),
        ("mac", "", "MAC"),
    ],
)
async def test_an_edited_approval_is_refused(
    store: Store, name: str, value: object, why: str,
) -> None:
    await received(store)
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID, RunState.AWAITING_APPROVAL, cause="SHOWN", actor="daemon", now=RECEIVED_AT,
    )
    edited = replace(make_approval(make_plan()), **{name: value})  # type: ignore[arg-type]  # by name

    with pytest.raises(Conflict, match=why):
        await store.approve(edited, now=RECEIVED_AT)


async def test_an_approval_after_its_expiry_is_refused(store: Store) -> None:
    await received(store)
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID, RunState.AWAITING_APPROVAL, cause="SHOWN", actor="daemon", now=RECEIVED_AT,
    )

    with pytest.raises(Conflict, match="holds from"):
        await store.approve(make_approval(make_plan()), now=CUT_OFF)


async def test_a_voided_approval_cannot_be_used_again(store: Store) -> None:
    plan = await approved_run(store)
    await store.create_orders([make_order()])
    await store.move_run(
        RUN_ID, RunState.AWAITING_APPROVAL, cause="VOIDED", actor="daemon", now=OPEN,
    )

    with pytest.raises(Conflict, match="used before"):
        await store.approve(make_approval(plan), now=OPEN)
    await store.approve(make_approval(plan, "n2"), now=OPEN)
    await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_a_run_with_sent_orders_is_not_taken_back(store: Store) -> None:
    await approved_run(store)
    await submitted(store, make_order())

    for target in (RunState.SUPERSEDED, RunState.DECLINED, RunState.HOLD_INPUT_CHANGED):
        with pytest.raises(Conflict, match="goes on"):
            await store.move_run(RUN_ID, target, cause="x", actor="a", now=OPEN)


# lines


async def test_line_statuses_are_kept_and_replaced(store: Store) -> None:
    await approved_run(store)
    held = LineStatus(RUN_ID, BANK, Reason.HELD_GAP, "up 4 %")
    await store.set_line_statuses([held], now=OPEN)

    assert await store.line_statuses(RUN_ID) == {BANK: replace(held, updated_at=OPEN)}

    freed = replace(
        held,
        reason=None,
        released_by="wang",
        reference_price=Decimal("10.4"),
        limit_worst=Decimal("10.76"),
    )
    await store.set_line_statuses([freed], now=CLOSE)

    assert await store.line_statuses(RUN_ID) == {BANK: replace(freed, updated_at=CLOSE)}


# creating orders


async def test_created_orders_are_kept_whole_in_creation_order(store: Store) -> None:
    await approved_run(store)
    first, second = make_order(VANKE, Side.SELL, 500, "9.90"), make_order()

    await store.create_orders([first, second])

    assert await store.orders_of(RUN_ID) == (first, second)
    assert await store.order(first.client_order_id) == first
    assert await store.open_orders() == (first, second)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (make_order(quantity=1100), "1100 of 1000"),
        (make_order(price="10.36"), "worse than"),
        (make_order(VANKE, Side.SELL, 500, "9.64"), "worse than"),
        (make_order(VANKE, Side.BUY, 500, "9.90"), "its line a SELL"),
        (replace(make_order(), session_date=SIGNAL), "on 2025-11-07"),
        (replace(make_order(), account="other"), "for other"),
        (replace(make_order(), state=OrderState.ACK), "born ACK"),
        (replace(make_order(), run_id="none"), "unknown"),
    ],
)
async def test_an_order_outside_its_line_is_refused(store: Store, order: Order, why: str) -> None:
    await approved_run(store)

    with pytest.raises(Conflict, match=why):
        await store.create_orders([make_order(STAR, Side.BUY, 400), order])

    assert await store.open_orders() == ()


async def test_slices_share_the_quantity_of_their_line(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order(quantity=600)])

    with pytest.raises(Conflict, match="1100 of 1000"):
        await store.create_orders([make_order(quantity=500, slice_number=2)])
    await store.create_orders([make_order(quantity=400, slice_number=2)])


async def test_a_slice_has_one_open_leg(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order(quantity=300)])

    with pytest.raises(Conflict, match="another leg"):
        await store.create_orders([make_order(quantity=300, leg=2)])
    with pytest.raises(Conflict, match="exists already"):
        await store.create_orders([make_order(quantity=300)])


async def test_a_released_line_may_pay_its_new_limit(store: Store) -> None:
    await approved_run(store)
    order = make_order(price="10.70")
    with pytest.raises(Conflict, match="worse than"):
        await store.create_orders([order])
    released = LineStatus(RUN_ID, BANK, None, "", "wang", Decimal("10.4"), Decimal("10.76"))

    await store.set_line_statuses([released], now=OPEN)
    await store.create_orders([order])


# S0: opening a submit


async def test_an_opened_submit_is_durable_before_it_is_told(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())

    (order,) = await store.open_orders()
    assert (order.state, order.send_state) == (OrderState.NEW, SendState.OPEN)
    assert opened.client_order_ids == (order.client_order_id,)
    assert len(opened.wire_sequences) == 1
    assert opened.epoch == store.epoch
    assert await store.message_counts(SESSION) == (1, 0)


async def test_nothing_is_opened_while_a_halt_stands(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order()])
    for kind in ("HALT", "AUTO_HOLD"):
        await store.halt(kind, "why", actor="wang", now=OPEN)
        with pytest.raises(Conflict, match=f"{kind} stands: why"):
            await store.open_submit([make_order().client_order_id], b"body", guard())
        await store.resume(kind, actor="wang", reason="seen", now=OPEN)
    assert await store.halts() == ()

    await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_a_break_locks_its_symbol_only(store: Store) -> None:
    await approved_run(store)
    sell = make_order(VANKE, Side.SELL, 500, "9.90")
    await store.create_orders([make_order(), sell])
    found = Break(RUN_ID, "POSITION", BANK, "0", "100", "100 shares too many")
    await store.set_breaks([found], now=OPEN)

    with pytest.raises(Conflict, match="a break locks 600000"):
        await store.open_submit([make_order().client_order_id], b"body", guard())
    await store.open_submit([sell.client_order_id], b"body", guard())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"now": CUT_OFF}, "past the cut-off"),
        ({"now": at("09:31", SIGNAL)}, "it is 2025-11-07"),
        ({"session_date": SIGNAL}, "is for 2025-11-10"),
        ({"messages_max": 0}, "messages are used"),
    ],
)
async def test_the_guard_is_checked(store: Store, changed: dict[str, object], why: str) -> None:
    await approved_run(store)
    await store.create_orders([make_order()])
    asked = replace(guard(), **changed)  # type: ignore[arg-type]  # by name

    with pytest.raises(Conflict, match=why):
        await store.open_submit([make_order().client_order_id], b"body", asked)

    (order,) = await store.open_orders()
    assert order.send_state is SendState.PLANNED


async def test_no_order_is_opened_twice(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())

    with pytest.raises(Conflict, match="NEW and OPEN"):
        await store.open_submit(opened.client_order_ids, b"body", guard())
    with pytest.raises(Conflict, match="each once"):
        await store.open_submit([*opened.client_order_ids] * 2, b"body", guard())
    with pytest.raises(Conflict, match="at least one"):
        await store.open_submit([], b"body", guard())


async def test_an_order_that_is_to_be_cancelled_is_not_opened(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order()])
    await store.want_cancel(make_order().client_order_id, "HALT", now=OPEN)

    with pytest.raises(Conflict, match="to be cancelled"):
        await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_one_refused_order_opens_none_of_its_batch(store: Store) -> None:
    await approved_run(store)
    sell = make_order(VANKE, Side.SELL, 500, "9.90")
    await store.create_orders([make_order(), sell])
    await store.set_breaks([Break(None, "POSITION", VANKE, "", "", "")], now=OPEN)

    with pytest.raises(Conflict):
        await store.open_submit(
            [make_order().client_order_id, sell.client_order_id], b"body", guard(),
        )

    assert {order.send_state for order in await store.open_orders()} == {SendState.PLANNED}
    assert await store.message_counts(SESSION) == (0, 0)


# S3: closing a submit


async def test_accepted_and_reported_is_acknowledged(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())

    assert (order.state, order.send_state) == (OrderState.ACK, SendState.ACCEPTED)
    assert order.venue_order_id is not None
    assert await store.order(order.client_order_id) == order


async def test_accepted_but_not_reported_stays_new(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    shown = report(make_order(), VenueStatus.UNREPORTED, 1)

    (order,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.ACCEPTED, shown)], b"reply", now=OPEN,
    )

    assert (order.state, order.send_state) == (OrderState.NEW, SendState.ACCEPTED)


async def test_refused_is_rejected_with_its_code(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())

    (order,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.REFUSED, code="PRICE_CAGE")], b"reply", now=OPEN,
    )

    assert (order.state, order.send_state) == (OrderState.REJECTED, SendState.REFUSED)
    assert (order.reject_code, order.final_reason) == ("PRICE_CAGE", FinalReason.REJECTED)
    assert await store.open_orders() == ()


async def test_not_sent_may_be_tried_again_and_counts_as_no_message(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    (order,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.NOT_SENT)], b"", now=OPEN,
    )

    assert (order.state, order.send_state) == (OrderState.NEW, SendState.NOT_SENT)
    assert await store.open_orders() == (order,)
    assert await store.message_counts(SESSION) == (0, 0)
    await store.open_submit([order.client_order_id], b"body", guard())
    assert await store.message_counts(SESSION) == (1, 0)


async def test_unknown_is_never_sent_again(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    (order,) = await store.close_submit([closed(opened, 0, SendOutcome.UNKNOWN)], b"", now=OPEN)

    assert (order.state, order.send_state) == (OrderState.NEW, SendState.UNKNOWN)
    with pytest.raises(Conflict, match="NEW and UNKNOWN"):
        await store.open_submit([order.client_order_id], b"body", guard())
    with pytest.raises(Conflict, match="NEW and UNKNOWN"):
        await store.never_send([order.client_order_id], Reason.CUT_OFF, now=OPEN)


async def test_a_wire_row_is_closed_once(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    result = closed(opened, 0, SendOutcome.UNKNOWN)
    await store.close_submit([result], b"", now=OPEN)

    with pytest.raises(Conflict, match="no open SUBMIT"):
        await store.close_submit([result], b"", now=OPEN)


async def test_news_that_came_before_the_answer_is_believed(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    shown = report(make_order(), VenueStatus.REPORTED, 1)
    await store.apply_news([shown], [], [], {}, now=OPEN)

    (order,) = await store.close_submit([closed(opened, 0, SendOutcome.UNKNOWN)], b"", now=OPEN)

    assert (order.state, order.send_state) == (OrderState.ACK, SendState.ACCEPTED)
    assert await store.halts() == ()


async def test_an_answer_that_contradicts_the_venue_halts(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    shown = report(make_order(), VenueStatus.REPORTED, 1)
    await store.apply_news([shown], [], [], {}, now=OPEN)

    (order,) = await store.close_submit([closed(opened, 0, SendOutcome.REFUSED)], b"", now=OPEN)

    assert order.state is OrderState.ACK
    assert [halt.kind for halt in await store.halts()] == ["HALT"]


async def test_orders_that_never_left_are_given_up_and_listed(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order()])

    await store.never_send(
        [make_order().client_order_id], Reason.SEND_FAILED, now=OPEN, manual=True,
    )

    (order,) = await store.orders_of(RUN_ID)
    assert (order.send_state, order.reject_code) == (SendState.NEVER_SENT, "SEND_FAILED")
    assert await store.open_orders() == ()
    (item,) = await store.manual_items()
    assert (item.client_order_id, item.reason) == (order.client_order_id, Reason.SEND_FAILED)
    await store.create_orders([make_order(leg=2)])


# unknown outcomes


async def test_a_restart_makes_open_rows_unknown_once(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())

    assert await store.recover_open_wires(now=OPEN) == opened.client_order_ids
    assert await store.recover_open_wires(now=OPEN) == ()
    (order,) = await store.open_orders()
    assert order.send_state is SendState.UNKNOWN
    assert await store.message_counts(SESSION) == (1, 0)


async def test_a_manual_order_locks_its_symbol_until_a_person_decides(store: Store) -> None:
    await approved_run(store)
    await submitted(store, make_order(quantity=500))
    await store.recover_open_wires(now=OPEN)
    name = make_order().client_order_id
    other = make_order(quantity=500, slice_number=2)
    await store.create_orders([other])
    for send_state in ("ABSENT_WAIT", "MANUAL", "MANUAL"):
        await store.set_unresolved(name, send_state, cause="ABSENT", now=OPEN)

    with pytest.raises(Conflict, match="manual list locks"):
        await store.open_submit([other.client_order_id], b"body", guard())
    (item,) = await store.manual_items()
    with pytest.raises(Conflict, match="offers"):
        await store.resolve_manual(item.item_id, "resend", actor="wang", now=OPEN)
    resolved = await store.resolve_manual(item.item_id, "not_there", actor="wang", now=OPEN)

    assert resolved.resolution == "not_there"
    with pytest.raises(Conflict, match="was resolved"):
        await store.resolve_manual(item.item_id, "leave", actor="wang", now=OPEN)
    assert await store.manual_items() == ()
    assert len(await store.manual_items(open_only=False)) == 1
    await store.open_submit([other.client_order_id], b"body", guard())


async def test_a_late_arrival_is_adopted_from_the_manual_list(store: Store) -> None:
    await approved_run(store)
    await submitted(store, make_order())
    await store.recover_open_wires(now=OPEN)
    await store.set_unresolved(
        make_order().client_order_id, "MANUAL", cause="ABSENT", now=OPEN,
    )

    shown = report(make_order(), VenueStatus.REPORTED, 1)
    change = await store.apply_news([shown], [], [], {}, now=OPEN)

    (order,) = change.orders
    assert (order.state, order.send_state) == (OrderState.ACK, SendState.ACCEPTED)
    with pytest.raises(Conflict, match="goes not"):
        await store.set_unresolved(order.client_order_id, "MANUAL", cause="x", now=OPEN)


async def test_an_absent_order_ends_at_day_close_only(store: Store) -> None:
    await approved_run(store)
    await submitted(store, make_order())
    await store.recover_open_wires(now=OPEN)
    name = make_order().client_order_id

    with pytest.raises(Conflict, match="not over"):
        await store.close_absent(name, b"list", now=CUT_OFF)
    order = await store.close_absent(name, b"list", now=CLOSE)

    assert (order.state, order.final_reason) == (
        OrderState.REJECTED, FinalReason.NO_RECORD_AT_CLOSE,
    )


async def test_an_order_the_venue_has_shown_is_never_absent(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    shown = report(make_order(), VenueStatus.UNREPORTED, 1)
    await store.close_submit([closed(opened, 0, SendOutcome.ACCEPTED, shown)], b"", now=OPEN)

    with pytest.raises(Conflict, match="has shown"):
        await store.close_absent(make_order().client_order_id, b"list", now=CLOSE)


# cancels


async def test_a_cancel_is_wanted_then_sent_then_confirmed(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    wanted = await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
    assert (wanted.state, wanted.want_cancel) == (OrderState.CANCEL_PENDING, "STALE")

    sequence = await store.open_cancel(order.client_order_id, now=OPEN)
    with pytest.raises(Conflict, match="on its way"):
        await store.open_cancel(order.client_order_id, now=OPEN)
    await store.close_cancel(sequence, SendOutcome.ACCEPTED, "", b"", now=OPEN)
    assert await store.message_counts(SESSION) == (1, 1)

    gone = report(order, VenueStatus.CANCELED, 2)
    (ended,) = (await store.apply_news([gone], [], [], {}, now=OPEN)).orders
    assert (ended.state, ended.cancelled_quantity) == (OrderState.CANCELLED, 1000)
    assert ended.final_reason is FinalReason.CANCELLED_BY_US
    assert await store.want_cancel(order.client_order_id, "STALE", now=OPEN) == ended


async def test_no_cancel_leaves_for_an_order_nobody_wants_cancelled(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())

    with pytest.raises(Conflict, match="no cancel was asked"):
        await store.open_cancel(order.client_order_id, now=OPEN)


@pytest.mark.parametrize(
    ("outcome", "code", "noted"),
    [
        (SendOutcome.REFUSED, "NOT_CANCELABLE", CancelOutcome.REFUSED),
        (SendOutcome.REFUSED, "MARKET_NO_CANCEL", CancelOutcome.WINDOW),
        (SendOutcome.UNKNOWN, "", CancelOutcome.UNKNOWN),
        (SendOutcome.NOT_SENT, "", CancelOutcome.NONE),
    ],
)
async def test_a_cancel_reply_is_noted_and_may_be_asked_again(
    store: Store, outcome: SendOutcome, code: str, noted: CancelOutcome,
) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
    sequence = await store.open_cancel(order.client_order_id, now=OPEN)

    await store.close_cancel(sequence, outcome, code, b"", now=OPEN)

    (after,) = await store.open_orders()
    assert (after.state, after.cancel_outcome) == (OrderState.CANCEL_PENDING, noted)
    await store.open_cancel(order.client_order_id, now=OPEN)


async def test_a_refused_cancel_puts_a_partly_filled_order_back(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)
    await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
    sequence = await store.open_cancel(order.client_order_id, now=OPEN)

    await store.close_cancel(sequence, SendOutcome.REFUSED, "NOT_CANCELABLE", b"", now=OPEN)

    (after,) = await store.open_orders()
    assert (after.state, after.filled_quantity) == (OrderState.PARTIAL_FILLED, 300)


# broker news


async def test_fills_are_summed_once_and_own_their_shares(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    first, second = make_fill(order, 300, "1"), make_fill(order, 700, "2")

    change = await store.apply_news([], [first, first], [], {"fills": "1"}, now=OPEN)
    assert change.new_fills == (first,)
    again = await store.apply_news([], [first, second], [], {"fills": "2"}, now=OPEN)

    (after,) = again.orders
    assert again.new_fills == (second,)
    assert (after.state, after.filled_quantity) == (OrderState.FILLED, 1000)
    assert after.filled_amount == Decimal("10050.00")
    assert await store.fills_of(RUN_ID) == (first, second)
    assert await store.owned() == {BANK: 1000}
    assert await store.cursor("fills") == "2"


async def test_a_sale_takes_off_what_is_owned(store: Store) -> None:
    await approved_run(store)
    await store.decide_ownership(VANKE, "ours", 800, actor="wang", now=OPEN)
    order = await accepted(store, make_order(VANKE, Side.SELL, 500, "9.90"))

    await store.apply_news([], [make_fill(order, 500)], [], {}, now=OPEN)

    assert await store.owned() == {VANKE: 300}


async def test_an_order_ends_only_with_its_fills(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    ended = report(order, VenueStatus.PART_CANCEL, 2, filled=300)

    change = await store.apply_news([ended], [], [], {}, now=OPEN)
    assert change.holds == ("FILLS_PENDING",)
    assert not change.orders[0].is_terminal

    change = await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)
    (after,) = change.orders
    assert (after.state, after.cancelled_quantity) == (OrderState.CANCELLED, 700)
    assert change.holds == ()


async def test_known_news_changes_nothing(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    shown = report(order, VenueStatus.PART_SUCC, 2, filled=300)
    fill = make_fill(order, 300)
    movement = Movement("m1", "DEPOSIT", None, 0, Decimal(5), SESSION, "")
    await store.apply_news([shown], [fill], [movement], {"orders": "1"}, now=OPEN)

    change = await store.apply_news([shown], [fill], [movement], {"orders": "1"}, now=CLOSE)

    assert (change.orders, change.new_fills, change.holds) == ((), (), ())


async def test_an_order_of_ours_without_a_row_halts(store: Store) -> None:
    ghost = report(make_order(), VenueStatus.REPORTED, 1)

    change = await store.apply_news([ghost], [], [], {}, now=OPEN)

    assert change.holds == ("UNKNOWN_OWN_ORDER",)
    (halt,) = await store.halts()
    assert (halt.kind, make_order().client_order_id in halt.cause) == ("HALT", True)


async def test_somebody_elses_orders_and_fills_are_kept_and_not_ours(store: Store) -> None:
    foreign = replace(report(make_order(), VenueStatus.REPORTED, 1), client_order_id=None)
    trade = replace(make_fill(make_order(), 300), client_order_id=None)

    change = await store.apply_news([foreign], [trade], [], {}, now=OPEN)

    assert (change.orders, change.holds) == ((), ())
    assert await store.owned() == {}
    assert await store.halts() == ()


async def test_a_fill_after_the_end_counts_as_shares_and_locks_the_name(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    gone = report(order, VenueStatus.CANCELED, 2)
    (ended,) = (await store.apply_news([gone], [], [], {}, now=OPEN)).orders

    change = await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)

    assert change.orders == ()
    assert await store.order(order.client_order_id) == ended
    assert await store.owned() == {BANK: 300}
    assert [found.kind for found in await store.open_breaks()] == ["FILL_AFTER_END"]
    assert len(await store.manual_items()) == 1


async def test_a_reversed_trade_takes_the_shares_back(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 1000)], [], {}, now=OPEN)

    bust = make_fill(order, 1000, kind=FillKind.BUST)
    change = await store.apply_news([], [bust], [], {}, now=OPEN)

    assert change.orders == ()
    assert await store.owned() == {}
    assert len(await store.open_breaks()) == 1


async def test_fills_beyond_the_quantity_halt(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 900, "1")], [], {}, now=OPEN)

    change = await store.apply_news([], [make_fill(order, 200, "2")], [], {}, now=OPEN)

    assert change.holds == ("FILL_BEYOND_QUANTITY",)
    assert await store.owned() == {BANK: 1100}
    assert len(await store.halts()) == 1


async def test_a_fill_that_changed_its_figures_halts_and_the_first_stays(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)

    change = await store.apply_news([], [make_fill(order, 400)], [], {}, now=OPEN)

    assert (change.holds, change.new_fills) == (("FILL_CHANGED",), ())
    assert [fill.quantity for fill in await store.fills_of(RUN_ID)] == [300]


async def test_fees_that_were_billed_later_are_learnt(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    billed = make_fill(order, 300)
    await store.apply_news([], [replace(billed, fees=None)], [], {}, now=OPEN)

    change = await store.apply_news([], [billed], [], {}, now=OPEN)

    assert change.new_fills == ()
    assert await store.fills_of(RUN_ID) == (billed,)


async def test_a_report_that_does_not_fit_halts_and_its_fills_still_count(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    other = replace(report(order, VenueStatus.PART_SUCC, 2, filled=300), quantity=2000)

    change = await store.apply_news([other], [make_fill(order, 300)], [], {}, now=OPEN)

    assert change.holds == ("REPORT_MISMATCH",)
    (after,) = await store.open_orders()
    assert after.filled_quantity == 300
    assert len(await store.halts()) == 1


# what is ours


async def test_ownership_decisions_are_remembered(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 700, actor="wang", now=OPEN)
    await store.decide_ownership(VANKE, "foreign", 0, actor="wang", now=OPEN)
    await store.decide_ownership(BANK, "ours", 500, actor="wang", now=OPEN)

    assert await store.owned() == {BANK: 500}
    assert await store.decided_symbols() == {BANK: "ours", VANKE: "foreign"}
    for owner, quantity in (("foreign", 100), ("mine", 1), ("ours", -1)):
        with pytest.raises(Conflict):
            await store.decide_ownership(STAR, owner, quantity, actor="wang", now=OPEN)


async def test_bonus_shares_follow_what_is_ours_and_cash_does_not(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN)
    bonus = Movement("m1", "BONUS_SHARES", BANK, 300, Decimal(0), SESSION, "10送3")
    foreign = Movement("m2", "BONUS_SHARES", VANKE, 300, Decimal(0), SESSION, "")
    dividend = Movement("m3", "DIVIDEND", BANK, 1300, Decimal(130), SESSION, "")

    await store.apply_news([], [], [bonus, foreign, dividend], {}, now=OPEN)
    await store.apply_news([], [], [bonus], {}, now=OPEN)

    assert await store.owned() == {BANK: 1300}


async def test_bonus_shares_of_a_shared_name_are_ours_in_proportion(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 500, actor="wang", now=OPEN)
    await store.save_snapshot(replace(SNAPSHOT, verified_at=OPEN))
    bonus = Movement("m1", "BONUS_SHARES", BANK, 301, Decimal(0), SESSION, "")

    await store.apply_news([], [], [bonus], {}, now=OPEN)

    assert await store.owned() == {BANK: 650}


FUNDS = Funds(
    available=Decimal("90000.12"),
    frozen=Decimal(0),
    market_value=Decimal(10000),
    total_asset=Decimal("100000.12"),
    withdrawable=Decimal(0),
    as_of=OPEN,
)
SNAPSHOT = AccountSnapshot(
    snapshot_id="s1",
    positions=(Position(BANK, 1000, 1000, 0, 0, Decimal("9.87654"), Decimal(10000)),),
    funds=FUNDS,
    as_of=OPEN,
)


async def test_only_a_verified_snapshot_is_served(store: Store) -> None:
    await store.save_snapshot(SNAPSHOT)
    assert await store.latest_snapshot() is None
    verified = replace(SNAPSHOT, verified_at=OPEN)
    newer = replace(verified, snapshot_id="s2", verified_at=CLOSE)

    await store.save_snapshot(verified)
    assert await store.latest_snapshot() == verified
    await store.save_snapshot(newer)
    assert await store.latest_snapshot() == newer


# trouble


async def test_breaks_are_replaced_as_a_set(store: Store) -> None:
    first = Break(RUN_ID, "POSITION", BANK, "0", "100", "")
    second = Break(None, "CASH", None, "1.00", "2.00", "one yuan")

    assert await store.set_breaks([first], now=OPEN) == (first,)
    assert await store.set_breaks([first, second], now=OPEN) == (second,)
    assert await store.open_breaks() == (first, second)
    assert await store.set_breaks([], now=CLOSE) == ()
    assert await store.open_breaks() == ()


async def test_the_same_halt_stands_once(store: Store) -> None:
    await store.halt("HALT", "operator", actor="wang", now=OPEN)
    await store.halt("HALT", "operator", actor="li", now=CLOSE)
    await store.halt("AUTO_HOLD", "unknown send", actor="daemon", now=CLOSE)
    await store.resume("AUTO_HOLD", actor="daemon", reason="resolved", now=CLOSE)
    await store.resume("AUTO_HOLD", actor="daemon", reason="resolved", now=CLOSE)

    (halt,) = await store.halts()
    assert (halt.kind, halt.cause, halt.actor, halt.since) == ("HALT", "operator", "wang", OPEN)


async def test_the_manual_list_names_a_thing_once(store: Store) -> None:
    item = ManualItem(
        0, RUN_ID, None, BANK, Reason.HELD_GAP, "up 4 %", ("release", "leave"), OPEN,
    )
    await store.add_manual(item, now=OPEN)
    await store.add_manual(item, now=CLOSE)
    await store.add_manual(replace(item, symbol=VANKE), now=OPEN)

    listed = await store.manual_items()
    assert [found.symbol for found in listed] == [BANK, VANKE]
    assert replace(listed[0], item_id=0) == item


async def test_a_note_is_an_event_without_a_state(store: Store) -> None:
    await store.note("ARMED", {"account": ACCOUNT[-4:]}, actor="wang", now=OPEN)

    assert await store.runs() == ()
