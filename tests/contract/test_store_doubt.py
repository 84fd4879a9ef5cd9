"""What any store promises about orders in doubt and orders to be cancelled."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, FinalReason, Order, OrderState, SendState
from storage.store import (
    Conflict,
    ManualItem,
    ResendRight,
    SendOutcome,
    Store,
)
from tests.support.book import (
    CUT_OFF,
    OPEN,
    SESSION,
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

CLOSE = at("15:20")


async def confirm_absent(store: Store, item_id: int, *people: str) -> ManualItem:
    """Have people say that an order is not there."""
    for person in people:
        item = await store.resolve_manual(
            item_id,
            "confirm-absent",
            actor=person,
            now=OPEN,
            reason="the terminal shows nothing",
            evidence="screen 17",
        )
    return item


async def unknown(store: Store, order: Order, now: datetime = OPEN, body: bytes = b"body") -> None:
    """Send an order; nobody knows what became of it."""
    await store.create_orders([order])
    opened = await store.open_submit([order.client_order_id], body, guard(now))
    await store.close_submit([closed(opened, 0, SendOutcome.UNKNOWN)], b"", now=now)


async def causes(store: Store) -> list[str]:
    return [f"{halt.kind} {halt.cause}" for halt in await store.halts()]


async def absent(store: Store, order: Order) -> None:
    await store.set_unresolved(order.client_order_id, "ABSENT_WAIT", cause="ABSENT", now=OPEN)


RIGHT = replace(guard(), resend=ResendRight("FOREVER", timedelta(seconds=60), b"empty list"))


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
    resolved = await confirm_absent(store, item.item_id, "wang", "li")

    assert resolved.resolution == "confirm-absent"
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
        make_order().client_order_id,
        "MANUAL",
        cause="ABSENT",
        now=OPEN,
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
        OrderState.REJECTED,
        FinalReason.NO_RECORD_AT_CLOSE,
    )


async def test_an_order_the_venue_has_shown_is_never_absent(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    shown = report(make_order(), VenueStatus.UNREPORTED, 1)
    await store.close_submit([closed(opened, 0, SendOutcome.ACCEPTED, shown)], b"", now=OPEN)

    with pytest.raises(Conflict, match="has shown"):
        await store.close_absent(make_order().client_order_id, b"list", now=CLOSE)


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
    exempt = await store.open_cancel(order.client_order_id, now=OPEN, is_exempt=True)
    await store.close_cancel(exempt, SendOutcome.ACCEPTED, "", b"", now=OPEN)
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
    store: Store,
    outcome: SendOutcome,
    code: str,
    noted: CancelOutcome,
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
