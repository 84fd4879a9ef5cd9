from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from daemon.reconciliation.compare import compare
from daemon.reconciliation.sellable import sellable_breaks
from market.side import Side
from statemachine.breaks import Break, BreakCause
from statemachine.events import VenueStatus
from statemachine.order import Order, OrderState, SendState
from statemachine.position import Movement
from tests.daemon.reconciliation.books import (
    FEES,
    FILLED,
    STANDS,
    SYMBOLS,
    Books,
    books,
    foreign_fill,
    shown,
    standing,
)
from tests.support.book import SESSION, make_fill, make_order

OURS = SYMBOLS[0]
LIVE = STANDS[1]


def judged(both: Books, sellable: int) -> list[Break]:
    """Compare with a broker that lets so many of our 5,000 shares be sold."""
    rows = tuple(
        replace(row, sellable=sellable) if row.symbol == OURS else row for row in both.positions
    )
    ours = replace(both.ours, unsettled_from=both.ours.unsettled_from or SESSION)
    return list(sellable_breaks(ours, rows, both.reports, both.their_fills, None))


def live_sell(quantity: int = 1000) -> Order:
    return standing(make_order(OURS, Side.SELL, quantity), LIVE, [])


def bought() -> Books:
    planned = make_order(OURS, Side.BUY, 1000)
    fills = [replace(make_fill(planned, 1000), fees=FEES)]
    order = standing(planned, FILLED, fills)
    return books([order], fills, [shown(order, FILLED.status)])


def with_movement(kind: str) -> Books:
    both = books([], [], [])
    bonus = Movement("M1", kind, OURS, 300, Decimal(0), SESSION, "")
    return replace(both, ours=replace(both.ours, recent_movements=(bonus,)))


def test_all_that_is_held_may_be_sold() -> None:
    assert judged(books([], [], []), 5000) == []


@pytest.mark.parametrize("sellable", [4999, 0])
def test_less_without_a_reason_is_a_break(sellable: int) -> None:
    (found,) = judged(books([], [], []), sellable)

    assert (found.kind, found.cause, found.explained) == ("SELLABLE", BreakCause.UNKNOWN, False)
    assert (found.ours, found.theirs) == ("5000", str(sellable))


def test_more_than_is_held_is_a_break() -> None:
    (found,) = judged(books([], [], []), 5001)

    assert not found.explained


@pytest.mark.parametrize(("sellable", "count"), [(6000, 0), (5000, 0), (4999, 1)])
def test_shares_bought_today_may_be_sold_tomorrow(sellable: int, count: int) -> None:
    assert len(judged(bought(), sellable)) == count


def test_shares_bought_before_the_last_settlement_may_be_sold() -> None:
    both = bought()
    later = replace(both.ours, unsettled_from=SESSION + timedelta(days=1))

    assert len(judged(replace(both, ours=later), 5000)) == 1


@pytest.mark.parametrize(("sellable", "count"), [(4000, 0), (5000, 0), (3999, 1)])
def test_our_live_sells_hold_their_shares_back(sellable: int, count: int) -> None:
    order = live_sell()

    assert len(judged(books([order], [], [shown(order, LIVE.status)]), sellable)) == count


def test_a_sell_in_doubt_may_hold_its_shares_back() -> None:
    order = replace(
        make_order(OURS, Side.SELL, 1000), state=OrderState.NEW, send_state=SendState.UNKNOWN
    )

    assert judged(books([order], [], []), 4000) == []
    assert judged(books([order], [], []), 5000) == []


@pytest.mark.parametrize(
    ("status", "sellable", "explained"),
    [
        (VenueStatus.REPORTED, 4000, True),
        (VenueStatus.REPORTED, 3999, False),
        (VenueStatus.CANCELED, 4000, False),
    ],
)
def test_a_live_sell_of_somebody_else_explains_what_it_holds_back(
    status: VenueStatus, sellable: int, explained: bool
) -> None:
    report = replace(shown(live_sell(), LIVE.status), client_order_id=None, status=status)

    (found,) = judged(books([], [], [report]), sellable)

    assert found.explained is explained
    assert (found.cause is BreakCause.FOREIGN_ORDER) is explained


@pytest.mark.parametrize("kind", ["BONUS_SHARES", "RIGHTS", "IPO"])
def test_new_shares_may_be_sold_once_they_are_listed(kind: str) -> None:
    (found,) = judged(with_movement(kind), 4700)

    assert (found.cause, found.explained) == (BreakCause.NOT_LISTED_YET, True)


@pytest.mark.parametrize(("kind", "sellable"), [("BONUS_SHARES", 4699), ("MANUAL", 4700)])
def test_no_more_than_the_new_shares_is_explained_by_them(kind: str, sellable: int) -> None:
    (found,) = judged(with_movement(kind), sellable)

    assert not found.explained


def test_what_somebody_else_bought_today_may_be_sold_tomorrow() -> None:
    trade = replace(foreign_fill(1, Side.BUY, 500, Decimal(10)), symbol=OURS)

    assert judged(books([], [], [], foreign_fills=[trade]), 5000) == []


def test_nothing_is_said_where_nobody_knows_what_has_settled() -> None:
    both = books([], [], [])

    assert both.ours.unsettled_from is None
    assert compare(both.ours, both.theirs, run_id=None) == ()
