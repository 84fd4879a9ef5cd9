"""Lists the differences between our book and the broker's; the one place that judges them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from daemon.reconciliation.books import BrokerBook, OurBook, is_foreign
from daemon.reconciliation.cash import CashFlow, cash_flow
from daemon.reconciliation.fill_breaks import fill_breaks
from daemon.reconciliation.order_breaks import order_breaks
from daemon.reconciliation.signs import share_change
from market.money import decimal_text
from market.symbol import Symbol
from statemachine.breaks import Break, BreakKind
from statemachine.fill import Fill
from statemachine.position import Funds, Position

__all__ = ["FEE_TOLERANCE", "BrokerBook", "OurBook", "book_cash", "compare"]

FEE_TOLERANCE = Decimal("0.05")
"""CNY an order that our estimate of fees may be wrong by (invariant I15)."""


def compare(
    ours: OurBook,
    theirs: BrokerBook,
    *,
    run_id: str | None,
    fee_tolerance: Decimal = FEE_TOLERANCE,
) -> tuple[Break, ...]:
    """Return every difference: orders, fills, positions, cash, in this order.

    What the broker could not be asked for is not compared. Cash and positions also need the fills,
    because trades of other people explain part of them. `run_id` is written on breaks that belong
    to no order of ours.
    """
    breaks: list[Break] = []
    day = theirs.session_date
    if theirs.reports is not None:
        breaks += order_breaks(ours, theirs.reports, session_date=day, run_id=run_id)
    if theirs.fills is not None:
        breaks += fill_breaks(ours, theirs.fills, session_date=day, run_id=run_id)
        foreign = _foreign_fills(ours, theirs.fills)
        if theirs.positions is not None:
            breaks += _position_breaks(ours, theirs.positions, foreign, run_id)
        if theirs.funds is not None:
            breaks += _cash_breaks(ours, theirs.fills, theirs.funds, run_id, fee_tolerance)
    return tuple(breaks)


def book_cash(ours: OurBook, their_fills: Sequence[Fill]) -> CashFlow | None:
    """Return the cash since the opening, trades of other people included; None without one."""
    if ours.cash_opening is None or ours.cash_opening_at is None:
        return None
    own = (fill for fill in ours.fills if fill.fill_time > ours.cash_opening_at)
    fills = (*own, *_foreign_fills(ours, their_fills))
    return cash_flow(ours.cash_opening, fills, ours.movements, ours.fee_estimates)


def _foreign_fills(ours: OurBook, their_fills: Sequence[Fill]) -> tuple[Fill, ...]:
    """Trades of other people since our figures were opened."""
    opened_at = ours.cash_opening_at
    if opened_at is None:
        return ()
    own_ids = ours.client_order_ids
    return tuple(
        fill
        for fill in their_fills
        if fill.fill_time > opened_at and is_foreign(fill.client_order_id, own_ids)
    )


def _position_breaks(
    ours: OurBook, positions: Sequence[Position], foreign: Sequence[Fill], run_id: str | None
) -> Iterator[Break]:
    """Compare names we own, traded or were told to leave alone.

    What else the account holds is for the ownership gate (trading-day.md rule 11). What a person
    sold beyond the foreign shares was ours, and is missing.
    """
    held: Counter[Symbol] = Counter()
    for position in positions:
        held[position.symbol] += position.quantity
    traded: Counter[Symbol] = Counter()
    for fill in foreign:
        traded[fill.symbol] += share_change(fill)
    for symbol in sorted(_known_names(ours)):
        owned = ours.owned.get(symbol, 0)
        others = max(ours.foreign.get(symbol, 0) + traded[symbol], 0)
        if held[symbol] != owned + others:
            detail = f"{symbol}: ours {owned} and foreign {others}, the broker holds {held[symbol]}"
            yield Break(
                run_id, BreakKind.POSITION, symbol, str(owned + others), str(held[symbol]), detail
            )


def _known_names(ours: OurBook) -> set[Symbol]:
    return {*ours.owned, *ours.foreign, *(fill.symbol for fill in ours.fills)}


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
