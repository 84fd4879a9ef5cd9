from dataclasses import replace
from decimal import Decimal

from daemon.reconciliation.share_breaks import share_breaks
from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.position import Movement
from tests.daemon.reconciliation.books import FOREIGN, SYMBOLS, Books, books, foreign_fill, position
from tests.support.book import SESSION

OURS = SYMBOLS[0]
REPO = Symbol.parse("204001.SH")


def found_in(both: Books) -> list[Break]:
    return list(share_breaks(both.ours, both.positions, None))


def sold_by_hand(quantity: int = 100) -> Books:
    trade = replace(foreign_fill(1, Side.SELL, quantity, Decimal(10)), symbol=OURS)
    return books([], [], [], foreign_fills=[trade])


def test_what_somebody_sold_of_ours_is_named_with_the_trade_that_shows_it() -> None:
    both = sold_by_hand()
    (trade,) = both.ours.foreign_fills

    (found,) = found_in(both)

    assert (found.kind, found.cause) == (BreakKind.OWNERSHIP, BreakCause.FOREIGN_TRADE)
    assert (found.ours, found.theirs) == ("5000", "4900")
    assert found.evidence == (f"{trade.venue_order_id}/{trade.fill_id}",)
    assert not found.explained


def test_what_was_moved_out_of_ours_is_a_transfer() -> None:
    both = books([], [], [])
    out = Movement("M9", "MANUAL", OURS, -300, Decimal(0), SESSION, "非交易过户")
    there = [row for row in both.positions if row.symbol != OURS]
    both = replace(
        both,
        ours=replace(both.ours, foreign={**both.ours.foreign, OURS: -300}, recent_movements=(out,)),
        theirs=replace(both.theirs, positions=(*there, position(OURS, 4700))),
    )

    (found,) = found_in(both)

    assert (found.cause, found.evidence) == (BreakCause.TRANSFER, ("M9",))


def test_two_causes_at_once_name_neither_and_show_both() -> None:
    both = sold_by_hand(100)
    out = Movement("M9", "MANUAL", OURS, -300, Decimal(0), SESSION, "")
    there = [row for row in both.positions if row.symbol != OURS]
    both = replace(
        both,
        ours=replace(both.ours, foreign={**both.ours.foreign, OURS: -400}, recent_movements=(out,)),
        theirs=replace(both.theirs, positions=(*there, position(OURS, 4600))),
    )

    (found,) = found_in(both)

    assert found.cause is BreakCause.UNKNOWN
    assert len(found.evidence) == 2


def test_rows_that_are_no_stocks_are_never_compared() -> None:
    both = books([], [], [])
    ours = replace(both.ours, foreign={**both.ours.foreign, REPO: 200})

    assert list(share_breaks(ours, both.positions, None)) == []


def test_shares_of_others_that_nobody_explains_are_a_break() -> None:
    both = books([], [], [])
    rest = tuple(row for row in both.positions if row.symbol != FOREIGN)
    fewer = replace(both, theirs=replace(both.theirs, positions=rest))

    (found,) = found_in(fewer)

    assert (found.kind, found.symbol, found.cause) == ("POSITION", FOREIGN, BreakCause.UNKNOWN)
