from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.reconciliation.explained import cause_of, explained_breaks
from market.side import Side
from statemachine.breaks import Break, BreakCause, BreakKind
from statemachine.fill import FillKind
from statemachine.position import Movement
from tests.daemon.reconciliation.books import FEES, FOREIGN, SYMBOLS, Books, books, foreign_fill
from tests.support.book import SESSION

BONUS = Movement("M1", "BONUS_SHARES", SYMBOLS[0], 200, Decimal(0), SESSION, "送转股 0.2")
WON = Movement("M2", "IPO", FOREIGN, 500, Decimal(-4300), SESSION, "")
CORRECTION = Movement("M3", "FEE_CORRECTION", None, 0, Decimal("-12.34"), SESSION, "费用更正")


def told(*movements: Movement) -> list[Break]:
    both = books([], [], [])
    return told_of(replace(both, ours=replace(both.ours, recent_movements=movements)))


def told_of(both: Books) -> list[Break]:
    return list(explained_breaks(both.ours, both.theirs))


def test_each_movement_is_named_with_what_it_changed() -> None:
    rows = [(row.kind, row.cause, row.symbol, row.theirs) for row in told(BONUS, WON, CORRECTION)]

    assert rows == [
        ("POSITION", "BONUS_SHARES", SYMBOLS[0], "200"),
        ("POSITION", "IPO", FOREIGN, "500"),
        ("CASH", "IPO", FOREIGN, "-4300"),
        ("CASH", "FEE_CORRECTION", None, "-12.34"),
    ]


def test_what_is_explained_locks_nothing_and_shows_its_evidence() -> None:
    (found,) = told(BONUS)

    assert found.explained
    assert (found.evidence, found.subject) == (("M1",), "M1")
    assert found.detail == f"送转股 0.2 on {SESSION} (M1)"


@pytest.mark.parametrize("kind", ["MANUAL", "SPIN_OFF", "POSITION", "UNKNOWN", "FOREIGN_TRADE"])
def test_a_kind_that_is_no_cause_of_its_own_is_a_transfer(kind: str) -> None:
    assert cause_of(replace(CORRECTION, kind=kind)) is BreakCause.TRANSFER


@pytest.mark.parametrize(
    "kind",
    ["DIVIDEND", "TAX", "BONUS_SHARES", "RIGHTS", "IPO", "REPO", "INTEREST", "STANDARD_BOND",
     "FEE_CORRECTION", "DEPOSIT", "WITHDRAWAL", "CODE_CHANGE"],
)  # fmt: skip
def test_every_kind_of_the_gateway_names_itself(kind: str) -> None:
    assert cause_of(replace(CORRECTION, kind=kind)) == kind


def test_an_order_of_somebody_else_is_told_once_with_its_shares_and_its_cash() -> None:
    first = replace(foreign_fill(1, Side.SELL, 100, Decimal(10)), venue_order_id="P1")
    second = replace(foreign_fill(2, Side.SELL, 200, Decimal(10)), venue_order_id="P1")
    undone = replace(second, kind=FillKind.BUST, quantity=-200)

    rows = told_of(books([], [], [], foreign_fills=[first, second, undone]))

    assert [(row.kind, row.theirs) for row in rows] == [
        ("POSITION", "-100"),
        ("CASH", str(1000 - FEES.total)),
    ]
    assert {row.cause for row in rows} == {BreakCause.FOREIGN_TRADE}
    assert rows[0].evidence == tuple(f"P1/{fill.fill_id}" for fill in (first, second, undone))


def test_a_list_that_came_in_part_says_why_nothing_was_compared() -> None:
    both = books([], [], [])
    parts = replace(both.theirs, incomplete=("orders", "fills", "positions"))

    rows = told_of(replace(both, theirs=parts))

    assert [row.kind for row in rows] == [
        BreakKind.ORDER_MISSING,
        BreakKind.FILL_MISSING,
        BreakKind.POSITION,
    ]
    assert {row.cause for row in rows} == {BreakCause.QUERY_INCOMPLETE}
    assert all(row.explained for row in rows)


def test_a_dividend_moves_no_shares_whatever_its_row_says() -> None:
    paid = Movement("M4", "DIVIDEND", SYMBOLS[0], 5000, Decimal(1750), SESSION, "红利")

    assert [(row.kind, row.theirs) for row in told(paid)] == [("CASH", "1750")]


@pytest.mark.parametrize(("days", "count"), [(0, 1), (1, 0)])
def test_what_is_long_known_is_not_told_again(days: int, count: int) -> None:
    trade = foreign_fill(1, Side.BUY, 100, Decimal(10))
    both = books([], [], [], foreign_fills=[trade])
    told_from = SESSION + timedelta(days=days)
    ours = replace(both.ours, recent_movements=(CORRECTION,), told_from=told_from)

    rows = told_of(replace(both, ours=ours))

    assert [row.cause for row in rows].count(BreakCause.FEE_CORRECTION) == count
    assert [row.cause for row in rows].count(BreakCause.FOREIGN_TRADE) == 2 * count
