"""The shares of each name, ours and other people's, against what the account holds."""

from collections import Counter
from collections.abc import Iterator, Sequence

from daemon.reconciliation.books import OurBook
from daemon.reconciliation.explained import cause_of
from daemon.reconciliation.signs import share_change
from market.board import is_tradable_stock
from market.symbol import Symbol
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.position import Position

Shown = tuple[BreakCause, str]


def share_breaks(
    ours: OurBook, positions: Sequence[Position], run_id: str | None
) -> Iterator[Break]:
    """Compare stocks that we own, traded, or know other people's shares of.

    What else the account holds is for the ownership gate (trading-day.md rule 11). A number that
    nothing explains is a POSITION break; what somebody else is known to have taken of ours is an
    OWNERSHIP break: a person says by `adopt` what is left.
    """
    held: Counter[Symbol] = Counter()
    for position in positions:
        held[position.symbol] += position.quantity
    for symbol in sorted(_known_names(ours)):
        owned, others = ours.owned.get(symbol, 0), ours.foreign.get(symbol, 0)
        if held[symbol] != owned + others:
            yield _position(symbol, owned, others, held[symbol], run_id)
        elif others < 0:
            yield _ownership(ours, symbol, owned, held[symbol], run_id)


def _position(symbol: Symbol, owned: int, others: int, held: int, run_id: str | None) -> Break:
    detail = f"{symbol}: ours {owned} and foreign {others}, the broker holds {held}"
    return Break(run_id, BreakKind.POSITION, symbol, str(owned + others), str(held), detail)


def _ownership(ours: OurBook, symbol: Symbol, owned: int, held: int, run_id: str | None) -> Break:
    shown = _what_took_shares(ours, symbol)
    causes = {cause for cause, _ in shown}
    cause = causes.pop() if len(causes) == 1 else BreakCause.UNKNOWN
    detail = f"{symbol}: ours {owned}, the broker holds {held}: {owned - held} went by {cause}"
    return Break(
        run_id,
        BreakKind.OWNERSHIP,
        symbol,
        str(owned),
        str(held),
        detail,
        cause=cause,
        evidence=tuple(reference for _, reference in shown),
    )


def _what_took_shares(ours: OurBook, symbol: Symbol) -> tuple[Shown, ...]:
    sold = [
        (BreakCause.FOREIGN_TRADE, f"{fill.venue_order_id}/{fill.fill_id}")
        for fill in ours.foreign_fills
        if fill.symbol == symbol and share_change(fill) < 0
    ]
    moved = [
        (cause_of(movement), movement.movement_id)
        for movement in ours.recent_movements
        if movement.symbol == symbol and movement.quantity < 0
    ]
    return (*sold, *moved)


def _known_names(ours: OurBook) -> set[Symbol]:
    """Rows that are no stocks (repo, standard bond) are told, never compared."""
    others = {symbol for symbol in ours.foreign if is_tradable_stock(symbol)}
    return {*ours.owned, *others, *(fill.symbol for fill in ours.fills)}
