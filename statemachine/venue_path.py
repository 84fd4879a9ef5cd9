"""What the venue says becomes legal moves: table A8 of never-twice-never-lost.md.

Fills decide quantities, reports decide the end. An order ends only when the venue's cumulative
quantity equals the sum of the fills we hold; until then it waits.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from statemachine.events import ENDED_STATUSES, OrderReport, VenueStatus
from statemachine.order import Order, OrderState, SendState
from statemachine.order_machine import Step, apply_all
from statemachine.venue_goal import is_settled
from statemachine.venue_route import route

PROVABLY_UNSENT = frozenset({SendState.PLANNED, SendState.NOT_SENT, SendState.NEVER_SENT})


class HoldCause(StrEnum):
    """Why an order cannot be believed or finished as it stands.

    FILLS_PENDING and STATUS_UNKNOWN clear themselves with the next news; the others are for a
    person (never-twice-never-lost.md A4, A7, A8 rows 16 to 20, 23).
    """

    FILLS_PENDING = "FILLS_PENDING"
    STATUS_UNKNOWN = "STATUS_UNKNOWN"
    REPORT_MISMATCH = "REPORT_MISMATCH"
    DUPLICATE_AT_BROKER = "DUPLICATE_AT_BROKER"
    FOUND_WITHOUT_SEND = "FOUND_WITHOUT_SEND"
    OVERFILLED = "OVERFILLED"
    FILLS_SHRANK = "FILLS_SHRANK"
    TERMINAL_CONTRADICTED = "TERMINAL_CONTRADICTED"
    MISSING_AT_BROKER = "MISSING_AT_BROKER"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a piece of news did to one order.

    `ignored` is set where the report was stale, repeated or unbelievable and left no trace; the
    fills that came with it are counted all the same unless `hold` says why not.
    """

    order: Order
    steps: tuple[Step, ...]
    hold: HoldCause | None = None
    ignored: bool = False


def settle(
    order: Order,
    report: OrderReport | None,
    *,
    filled_quantity: int,
    filled_amount: Decimal,
    at: datetime,
) -> Settlement:
    """Bring an order up to date with a report and with the fills stored so far.

    `filled_quantity` and `filled_amount` are sums over the order's stored TRADE and INFERRED
    fills that are not post-terminal, those of this news included; `report` is None when only
    fills came; `at` is market time now. The order's own memory of the newest report completes
    the picture, so the same facts end alike in whatever order they arrive. A wish to cancel that
    is older than the ack leaves the order in CANCEL_PENDING with cancel_outcome NONE: the cancel
    is then to be sent. Never raises on anything a venue may say.
    """
    if order.is_terminal:
        return _settle_terminal(order, report, filled_quantity)
    if report is not None and (doubt := _doubt(order, report)) is not None:
        return Settlement(order, (), doubt, ignored=True)
    stale = report is not None and _is_stale(order, report)
    seen = order if report is None or stale else _absorb(order, report)
    if filled_quantity > order.quantity:
        return Settlement(seen, (), HoldCause.OVERFILLED, stale)
    if filled_quantity < order.filled_quantity:
        return Settlement(seen, (), HoldCause.FILLS_SHRANK, stale)
    known = _adopted(seen, filled_quantity)
    moves = route(known, filled_quantity, filled_amount, at)
    moved, steps = apply_all(known, moves.events)
    settled = replace(moved, cancel_outcome=moves.cancel_outcome)
    return Settlement(settled, steps, _hold(order, known, filled_quantity), stale)


def _settle_terminal(
    order: Order,
    report: OrderReport | None,
    filled_quantity: int,
) -> Settlement:
    """Rows 17 and 18: a terminal row is frozen, and a contradiction is only reported."""
    contradicted = filled_quantity != order.filled_quantity or (
        report is not None and not _is_stale(order, report) and _revives(order, report)
    )
    hold = HoldCause.TERMINAL_CONTRADICTED if contradicted else None
    return Settlement(order, (), hold, ignored=report is not None)


def _revives(order: Order, report: OrderReport) -> bool:
    if report.filled_quantity > order.filled_quantity:
        return True
    still_there = report.status not in ENDED_STATUSES | {VenueStatus.UNKNOWN}
    return still_there and order.state is not OrderState.FILLED


def _doubt(order: Order, report: OrderReport) -> HoldCause | None:
    """A4: what was found must be what was meant, and there may be only one of it."""
    if order.venue_order_id not in (None, report.venue_order_id):
        return HoldCause.DUPLICATE_AT_BROKER
    meant = (order.symbol, order.side, order.quantity, order.limit_price)
    found = (report.symbol, report.side, report.quantity, report.limit_price)
    return None if meant == found else HoldCause.REPORT_MISMATCH


def _is_stale(order: Order, report: OrderReport) -> bool:
    return order.venue_status is not None and report.version <= order.version


def _absorb(order: Order, report: OrderReport) -> Order:
    return replace(
        order,
        venue_order_id=report.venue_order_id,
        venue_status=report.status,
        venue_filled_quantity=report.filled_quantity,
        venue_changed_at=report.updated_at,
        raw_status=report.raw_status,
        raw_text=report.raw_text,
        reject_code=report.reject_code,
        reject_reason=report.reject_reason,
        version=report.version,
    )


def _adopted(order: Order, filled_quantity: int) -> Order:
    """Whatever the venue shows was accepted, however the sending looked from here."""
    if order.venue_status is None and filled_quantity == 0:
        return order
    return replace(order, send_state=SendState.ACCEPTED)


def _hold(before: Order, known: Order, filled_quantity: int) -> HoldCause | None:
    arrived = known.send_state is not before.send_state
    if arrived and before.send_state in PROVABLY_UNSENT:
        return HoldCause.FOUND_WITHOUT_SEND
    if known.venue_status is VenueStatus.UNKNOWN:
        return HoldCause.STATUS_UNKNOWN
    if known.venue_status in ENDED_STATUSES and not is_settled(known, filled_quantity):
        return HoldCause.FILLS_PENDING
    return None
