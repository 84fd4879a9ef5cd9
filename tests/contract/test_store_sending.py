"""What any store promises about orders on their way out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from market.side import Side
from statemachine.events import VenueStatus
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.reasons import Reason
from storage.store import (
    Break,
    Conflict,
    Contradiction,
    LineStatus,
    SendOutcome,
    Store,
    StoreError,
)
from tests.support.book import (
    BANK,
    CUT_OFF,
    OPEN,
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
    make_fill,
    make_order,
    report,
    submitted,
)


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

    with pytest.raises(StoreError, match=why):
        await store.create_orders([make_order(STAR, Side.BUY, 400), order])

    assert await store.open_orders() == ()


async def test_slices_share_the_quantity_of_their_line(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order(quantity=600)])

    with pytest.raises(Contradiction, match="1100 of 1000"):
        await store.create_orders([make_order(quantity=500, slice_number=2)])
    await store.create_orders([make_order(quantity=400, slice_number=2)])


async def test_a_slice_has_one_open_leg(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([make_order(quantity=300)])

    with pytest.raises(Contradiction, match="another leg"):
        await store.create_orders([make_order(quantity=300, leg=2)])
    with pytest.raises(Contradiction, match="exists already"):
        await store.create_orders([make_order(quantity=300)])


async def test_a_later_leg_asks_for_no_more_than_the_confirmed_rest(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    ended = report(order, VenueStatus.PART_CANCEL, 2, filled=300)
    await store.apply_news([ended], [make_fill(order, 300)], [], {}, now=OPEN)

    with pytest.raises(Contradiction, match="1100 of 1000"):
        await store.create_orders([make_order(quantity=800, leg=2)])
    await store.create_orders([make_order(quantity=700, leg=2)])


async def test_a_released_line_may_pay_its_new_limit(store: Store) -> None:
    await approved_run(store)
    order = make_order(price="10.70")
    with pytest.raises(Conflict, match="worse than"):
        await store.create_orders([order])
    released = LineStatus(RUN_ID, BANK, None, "", "wang", Decimal("10.4"), Decimal("10.76"))

    await store.set_line_statuses([released], now=OPEN)
    await store.create_orders([order])


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
            [make_order().client_order_id, sell.client_order_id],
            b"body",
            guard(),
        )

    assert {order.send_state for order in await store.open_orders()} == {SendState.PLANNED}
    assert await store.message_counts(SESSION) == (0, 0)


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
        [closed(opened, 0, SendOutcome.ACCEPTED, shown)],
        b"reply",
        now=OPEN,
    )

    assert (order.state, order.send_state) == (OrderState.NEW, SendState.ACCEPTED)


async def test_refused_is_rejected_with_its_code(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())

    (order,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.REFUSED, code="PRICE_CAGE")],
        b"reply",
        now=OPEN,
    )

    assert (order.state, order.send_state) == (OrderState.REJECTED, SendState.REFUSED)
    assert (order.reject_code, order.final_reason) == ("PRICE_CAGE", FinalReason.REJECTED)
    assert await store.open_orders() == ()


async def test_not_sent_may_be_tried_again_and_counts_as_no_message(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    (order,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.NOT_SENT)],
        b"",
        now=OPEN,
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
    with pytest.raises(Conflict, match="AUTO_HOLD stands: SEND_UNKNOWN"):
        await store.open_submit([order.client_order_id], b"body", guard())
    await store.resume("AUTO_HOLD", actor="wang", reason="seen", now=OPEN)
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
        [make_order().client_order_id],
        Reason.SEND_FAILED,
        now=OPEN,
        manual=True,
    )

    (order,) = await store.orders_of(RUN_ID)
    assert (order.send_state, order.reject_code) == (SendState.NEVER_SENT, "SEND_FAILED")
    assert await store.open_orders() == ()
    (item,) = await store.manual_items()
    assert (item.client_order_id, item.reason) == (order.client_order_id, Reason.SEND_FAILED)
    await store.create_orders([make_order(leg=2)])


async def test_a_hold_is_lifted_by_its_own_cause_and_leaves_the_others(store: Store) -> None:
    for cause in ("ACCOUNT_BREAK", "SEND_UNKNOWN"):
        await store.halt("AUTO_HOLD", cause, actor="daemon", now=OPEN)

    await store.resume(
        "AUTO_HOLD", actor="daemon", reason="resolved", now=OPEN, cause="SEND_UNKNOWN"
    )
    await store.resume("AUTO_HOLD", actor="daemon", reason="again", now=OPEN, cause="SEND_UNKNOWN")

    (standing,) = await store.halts()
    assert standing.cause == "ACCOUNT_BREAK"
