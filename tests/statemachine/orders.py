"""Orders, reports and settlements to test with: one order of 1,000 shares at 10.00."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from market.phases import market_time
from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport, VenueStatus
from statemachine.order import (
    CancelOutcome,
    FinalReason,
    Order,
    OrderState,
    SendState,
)
from statemachine.venue_path import Settlement, settle

SESSION = date(2026, 1, 5)
QUANTITY = 1000
PRICE = Decimal("10.00")
RAW_STATUS = {
    VenueStatus.UNREPORTED: 48,
    VenueStatus.WAIT_REPORTING: 49,
    VenueStatus.REPORTED: 50,
    VenueStatus.REPORTED_CANCEL: 51,
    VenueStatus.PARTSUCC_CANCEL: 52,
    VenueStatus.PART_CANCEL: 53,
    VenueStatus.CANCELED: 54,
    VenueStatus.PART_SUCC: 55,
    VenueStatus.SUCCEEDED: 56,
    VenueStatus.JUNK: 57,
    VenueStatus.UNKNOWN: 255,
}


def clock(text: str) -> datetime:
    """Return that time of day of the test's session."""
    return market_time(SESSION, text)


NOW = clock("10:00:00")


def new_order(send_state: SendState = SendState.ACCEPTED) -> Order:
    """Return an order that was just sent."""
    return Order(
        account="A1",
        run_id="20260102-0123456789ab",
        client_order_id="SABCDEFGHIJKLMNOPQRST",
        symbol=Symbol.parse("600000.SH"),
        side=Side.BUY,
        slice=1,
        leg=1,
        quantity=QUANTITY,
        limit_price=PRICE,
        session_date=SESSION,
        created_at=clock("09:31:00"),
        send_state=send_state,
    )


def order_in(state: OrderState, filled: int = 0) -> Order:
    """Return an order that stands in this state, with facts that fit it."""
    order = replace(
        new_order(),
        state=state,
        filled_quantity=filled,
        filled_amount=filled * PRICE,
        venue_order_id=None if state is OrderState.NEW else "V1",
        acked_at=None if state is OrderState.NEW else clock("09:31:01"),
    )
    match state:
        case OrderState.FILLED:
            return _ended(order, QUANTITY, 0, FinalReason.FILLED)
        case OrderState.CANCELLED:
            return _ended(order, filled, QUANTITY - filled, FinalReason.CANCELLED_BY_US)
        case OrderState.REJECTED:
            return _ended(order, 0, 0, FinalReason.REJECTED)
        case OrderState.CANCEL_PENDING:
            return replace(order, want_cancel="stale", cancel_outcome=CancelOutcome.SENT)
        case _:
            return order


def _ended(order: Order, filled: int, cancelled: int, reason: FinalReason) -> Order:
    return replace(
        order,
        filled_quantity=filled,
        filled_amount=filled * PRICE,
        cancelled_quantity=cancelled,
        final_reason=reason,
        closed_at=clock("09:40:00"),
    )


def report(
    status: VenueStatus,
    filled: int = 0,
    version: int = 1,
    *,
    text: str = "",
    updated_at: datetime = NOW,
) -> OrderReport:
    """Return the venue's view of the test's order."""
    return OrderReport(
        client_order_id="SABCDEFGHIJKLMNOPQRST",
        venue_order_id="V1",
        symbol=Symbol.parse("600000.SH"),
        side=Side.BUY,
        quantity=QUANTITY,
        limit_price=PRICE,
        status=status,
        raw_status=RAW_STATUS[status],
        raw_text=text or status.value,
        filled_quantity=filled,
        filled_amount=filled * PRICE,
        reject_code=None,
        reject_reason="",
        version=version,
        updated_at=updated_at,
    )


def settled(order: Order, seen: OrderReport | None, filled: int | None = None) -> Settlement:
    """Settle with fills of `filled` shares at the limit price; None for those it has."""
    quantity = order.filled_quantity if filled is None else filled
    return settle(order, seen, filled_quantity=quantity, filled_amount=quantity * PRICE, at=NOW)


def states(settlement: Settlement) -> str:
    """Return the path that was written, "NEW>ACK>FILLED", or an empty text."""
    if not settlement.steps:
        return ""
    hops = [settlement.steps[0].source, *(step.target for step in settlement.steps)]
    return ">".join(hops)


@dataclass(frozen=True, slots=True)
class Book:
    """An order with the fills that arrived for it, as a store keeps them."""

    order: Order
    fills: frozenset[tuple[str, int]] = frozenset()

    @property
    def filled(self) -> int:
        """The sum of the fills, shares."""
        return sum(quantity for _, quantity in self.fills)

    def told(self, seen: OrderReport) -> "Book":
        """Return the book after a report."""
        return replace(self, order=settled(self.order, seen, self.filled).order)

    def filled_by(self, fill: tuple[str, int]) -> "Book":
        """Return the book after a fill; a repeated one changes nothing."""
        book = replace(self, fills=self.fills | {fill})
        return replace(book, order=settled(book.order, None, book.filled).order)
