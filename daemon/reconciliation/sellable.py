"""How many shares of a name may be sold now, against what the broker says of it.

Sellable are the shares held less those bought since the last settlement less those that live
sells hold back (a-share-rules.md section 6). New shares of a corporate action may come later still.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from daemon.reconciliation.books import OurBook, foreign_fills, is_foreign
from daemon.reconciliation.signs import share_change
from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.events import ENDED_STATUSES, OrderReport
from statemachine.fill import Fill
from statemachine.movement_kinds import ARRIVES_LOCKED
from statemachine.position import Position


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Most and least that may be sellable of a name, and what explains still less."""

    held: int
    ours_at_least: int
    foreign_orders: int
    unlisted: int


def sellable_breaks(
    ours: OurBook,
    positions: Sequence[Position],
    reports: Sequence[OrderReport],
    their_fills: Sequence[Fill],
    run_id: str | None,
) -> Iterator[Break]:
    """Yield names of ours of which fewer may be sold than is explained, and explained ones.

    More than the account holds is a break too; anything between is the broker's to say.
    """
    if ours.unsettled_from is None:
        return
    bought = _bought(ours, their_fills)
    for position in positions:
        if position.symbol in ours.owned:
            bounds = _bounds(ours, position, reports, bought[position.symbol])
            found = _judge(position, bounds, run_id)
            if found is not None:
                yield found


def _bounds(
    ours: OurBook, position: Position, reports: Sequence[OrderReport], bought: int
) -> _Bounds:
    symbol = position.symbol
    ordered = sum(
        order.quantity - order.filled_quantity
        for order in ours.orders
        if order.symbol == symbol
        and order.side is Side.SELL
        and (order.is_live or order.is_unresolved)
    )
    return _Bounds(
        held=position.quantity,
        ours_at_least=position.quantity - bought - ordered,
        foreign_orders=_others_sell(ours, reports, symbol),
        unlisted=sum(
            movement.quantity
            for movement in ours.recent_movements
            if movement.symbol == symbol and movement.kind in ARRIVES_LOCKED
        ),
    )


def _judge(position: Position, bounds: _Bounds, run_id: str | None) -> Break | None:
    """Take the smallest explanation that suffices; none at all inside the bounds."""
    sellable = position.sellable
    if max(bounds.ours_at_least, 0) <= sellable <= bounds.held:
        return None
    missing = bounds.ours_at_least - sellable
    cause = BreakCause.UNKNOWN
    if sellable > bounds.held:
        missing = 0
    elif missing <= bounds.foreign_orders:
        cause = BreakCause.FOREIGN_ORDER
    elif missing <= bounds.foreign_orders + bounds.unlisted:
        cause = BreakCause.NOT_LISTED_YET
    return Break(
        run_id=None if cause is not BreakCause.UNKNOWN else run_id,
        kind=BreakKind.SELLABLE,
        symbol=position.symbol,
        ours=str(max(bounds.ours_at_least, 0)),
        theirs=str(sellable),
        detail=f"{position.symbol}: {sellable} of {position.quantity} may be sold, "
        f"{bounds.ours_at_least} should be",
        cause=cause,
        explained=cause is not BreakCause.UNKNOWN,
    )


def _bought(ours: OurBook, their_fills: Iterable[Fill]) -> Counter[Symbol]:
    """Shares bought since the last settlement, by whomever."""
    bought: Counter[Symbol] = Counter()
    for fill in (*ours.fills, *foreign_fills(ours, their_fills)):
        recent = ours.unsettled_from is not None and fill.trade_date >= ours.unsettled_from
        if recent and fill.side is Side.BUY:
            bought[fill.symbol] += share_change(fill)
    return bought


def _others_sell(ours: OurBook, reports: Iterable[OrderReport], symbol: Symbol) -> int:
    """Return what live sells of other people hold back."""
    own_ids = ours.client_order_ids
    return sum(
        report.quantity - report.filled_quantity
        for report in reports
        if report.symbol == symbol
        and report.side is Side.SELL
        and report.status not in ENDED_STATUSES
        and is_foreign(report.client_order_id, own_ids)
    )
