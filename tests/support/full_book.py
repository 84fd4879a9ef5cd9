"""A book in which every table has rows: the healthy one that tampering starts from."""

from dataclasses import replace

from market.side import Side
from statemachine.events import VenueStatus
from statemachine.portfolio import Refusal
from statemachine.position import Movement
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import LineStatus, SendOutcome, Store
from tests.support.book import (
    BANK,
    OPEN,
    RUN_ID,
    SESSION,
    STAR,
    VANKE,
    accepted,
    approved_run,
    closed,
    guard,
    make_fill,
    make_order,
    make_run,
    report,
)

FILLED = make_order(quantity=600)
WAITING = make_order(quantity=400, slice_number=2)
SOLD = make_order(VANKE, Side.SELL, 300, "9.90")
UNKNOWN = make_order(STAR, Side.BUY, 400)
PLANNED = make_order(VANKE, Side.SELL, 200, "9.80", slice_number=2)


async def fill_the_book(store: Store) -> None:
    """Bring every table to life: filled, cancelled, rejected, unknown and planned orders."""
    refusal = Refusal(Reason.ENCODING, "not UTF-8")
    refused = replace(make_run("20251106-refused00000"), state=RunState.REFUSED)
    await store.refuse_input(replace(refused, refusals=(refusal,)), b"\xff", b"{}")
    await store.decide_ownership(VANKE, "ours", 500, actor="wang", now=OPEN)
    await approved_run(store)
    held = LineStatus(RUN_ID, BANK, Reason.HELD_GAP, "up 4 %")
    await store.set_line_statuses([held], now=OPEN)
    await store.halt("AUTO_HOLD", "unknown send", actor="daemon", now=OPEN)
    await store.resume("AUTO_HOLD", actor="daemon", reason="resolved", now=OPEN)
    await store.move_run(RUN_ID, RunState.SUBMITTING, cause="SEND", actor="daemon", now=OPEN)
    filled = await accepted(store, FILLED)
    sold = await accepted(store, SOLD)
    await store.want_cancel(sold.client_order_id, "STALE", now=OPEN)
    gone = report(sold, VenueStatus.PART_CANCEL, 2, filled=100)
    fills = [make_fill(filled, 400, "1"), make_fill(filled, 200, "2"), make_fill(sold, 100, "3")]
    movement = Movement("m1", "DIVIDEND", BANK, 0, FILLED.limit_price, SESSION, "")
    await store.apply_news([gone], fills, [movement], {"orders": "1"}, now=OPEN)
    await store.create_orders([UNKNOWN, WAITING, PLANNED])
    batch = (UNKNOWN.client_order_id, WAITING.client_order_id)
    opened = await store.open_submit(batch, b"two", guard())
    results = [
        closed(opened, 0, SendOutcome.UNKNOWN),
        closed(opened, 1, SendOutcome.REFUSED, code="PRICE_CAGE"),
    ]
    await store.close_submit(results, b"reply", now=OPEN)
    await store.note("ARMED", {"by": "wang"}, actor="wang", now=OPEN)
