"""Lists the differences between our book and the broker's; the one place that judges them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from daemon.reconciliation.books import BrokerBook, OurBook, foreign_fills
from daemon.reconciliation.cash import CashFlow, cash_flow
from daemon.reconciliation.fill_breaks import fill_breaks
from daemon.reconciliation.order_breaks import order_breaks
from daemon.reconciliation.sellable import sellable_breaks
from daemon.reconciliation.share_breaks import share_breaks
from market.money import decimal_text
from statemachine.breaks import Break, BreakKind
from statemachine.fill import Fill
from statemachine.position import Funds

__all__ = ["FEE_TOLERANCE", "BrokerBook", "OurBook", "book_cash", "compare", "uncompared_kinds"]

FEE_TOLERANCE = Decimal("0.05")
"""CNY an order that our estimate of fees may be wrong by (invariant I15)."""

_OF_ORDERS = frozenset(
    {
        BreakKind.ORDER_MISSING,
        BreakKind.ORDER_UNKNOWN,
        BreakKind.DUPLICATE_AT_BROKER,
        BreakKind.ORDER_TERMS,
        BreakKind.ORDER_STATE,
        BreakKind.ORDER_FILLED,
        BreakKind.EXPIRY_UNCONFIRMED,
    }
)
_OF_FILLS = frozenset(
    {BreakKind.FILL_MISSING, BreakKind.FILL_UNKNOWN, BreakKind.FILL_DIFFERS, BreakKind.CASH}
)
_OF_SHARES = frozenset({BreakKind.POSITION, BreakKind.OWNERSHIP, BreakKind.SELLABLE})


def compare(
    ours: OurBook,
    theirs: BrokerBook,
    *,
    run_id: str | None,
    fee_tolerance: Decimal = FEE_TOLERANCE,
) -> tuple[Break, ...]:
    """Return every difference: orders, fills, positions, sellable, cash, in this order.

    What the broker could not be asked for is not compared. Cash and shares also need the fills,
    because trades of other people explain part of them. `run_id` is written on breaks that belong
    to no order of ours.
    """
    breaks: list[Break] = []
    day = theirs.session_date
    if theirs.reports is not None:
        breaks += order_breaks(ours, theirs.reports, session_date=day, run_id=run_id)
    if theirs.fills is None:
        return tuple(breaks)
    breaks += fill_breaks(ours, theirs.fills, session_date=day, run_id=run_id)
    if theirs.positions is not None:
        breaks += share_breaks(ours, theirs.positions, run_id)
        if theirs.reports is not None:
            breaks += sellable_breaks(ours, theirs.positions, theirs.reports, theirs.fills, run_id)
    if theirs.funds is not None:
        breaks += _cash_breaks(ours, theirs.fills, theirs.funds, run_id, fee_tolerance)
    return tuple(breaks)


def uncompared_kinds(theirs: BrokerBook) -> frozenset[BreakKind]:
    """Return the kinds of which a comparison with this book says nothing."""
    kinds: set[BreakKind] = set()
    if theirs.reports is None:
        kinds |= {*_OF_ORDERS, BreakKind.SELLABLE}
    if theirs.fills is None:
        kinds |= _OF_FILLS | _OF_SHARES
    if theirs.positions is None:
        kinds |= _OF_SHARES
    if theirs.funds is None:
        kinds.add(BreakKind.CASH)
    return frozenset(kinds)


def book_cash(ours: OurBook, their_fills: Sequence[Fill]) -> CashFlow | None:
    """Return the cash since the opening, trades of other people included; None without one."""
    opened_at = ours.cash_opening_at
    if ours.cash_opening is None or opened_at is None:
        return None
    every = (*ours.fills, *foreign_fills(ours, their_fills))
    fills = tuple(fill for fill in every if fill.fill_time > opened_at)
    return cash_flow(ours.cash_opening, fills, ours.movements, ours.fee_estimates)


def _cash_breaks(
    ours: OurBook,
    their_fills: Sequence[Fill],
    funds: Funds,
    run_id: str | None,
    fee_tolerance: Decimal,
) -> Iterator[Break]:
    flow = book_cash(ours, their_fills)
    if flow is None:
        return
    broker = funds.available + funds.frozen
    tolerance = fee_tolerance * flow.unbilled_orders
    if abs(flow.closing - broker) > tolerance:
        closing = decimal_text(flow.closing)
        detail = (
            f"opening {decimal_text(flow.opening)} + sells {decimal_text(flow.sells)} "
            f"- buys {decimal_text(flow.buys)} "
            f"- fees {decimal_text(flow.fees_billed + flow.fees_estimated)} "
            f"+ movements {decimal_text(flow.movements)} = {closing} CNY, "
            f"the broker has {decimal_text(broker)}"
        )
        yield Break(run_id, BreakKind.CASH, None, closing, decimal_text(broker), detail)
