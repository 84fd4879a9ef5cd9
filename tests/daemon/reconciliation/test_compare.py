from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.reconciliation.compare import BrokerBook, book_cash, compare, uncompared_kinds
from market.money import CENT
from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break, BreakKind
from statemachine.events import VenueStatus
from statemachine.fill import FillKind
from statemachine.order import Order, OrderState
from tests.daemon.reconciliation.books import (
    CLOSE,
    FEES,
    FILLED,
    FOREIGN,
    OPENING,
    SYMBOLS,
    Books,
    books,
    consistent_books,
    dividend,
    foreign_fill,
    funds,
    position,
    shown,
    standing,
)
from tests.support.book import RUN_ID, make_fill, make_order

Change = Callable[[Books], Books]


def breaks_of(both: Books) -> tuple[Break, ...]:
    return compare(both.ours, both.theirs, run_id=RUN_ID)


def kinds_of(both: Books) -> set[str]:
    return {found.kind for found in breaks_of(both)}


def filled_order() -> Books:
    planned = make_order()
    fills = [replace(make_fill(planned, 1000), fees=FEES)]
    order = standing(planned, FILLED, fills)
    return books([order], fills, [shown(order, FILLED.status)])


def without_a_report(both: Books) -> Books:
    kept = tuple(
        report
        for report in both.reports
        if report.client_order_id != both.ours.orders[0].client_order_id
    )
    return replace(both, theirs=replace(both.theirs, reports=kept))


def without_our_order(both: Books) -> Books:
    return replace(both, ours=replace(both.ours, orders=both.ours.orders[1:]))


def with_a_second_venue_order(both: Books) -> Books:
    second = replace(
        both.reports[0], venue_order_id="V-twice", status=VenueStatus.REPORTED, version=99
    )
    return replace(both, theirs=replace(both.theirs, reports=(*both.reports, second)))


def with_first_order(both: Books, first: Order) -> Books:
    return replace(both, ours=replace(both.ours, orders=(first, *both.ours.orders[1:])))


def with_another_price(both: Books) -> Books:
    first = both.ours.orders[0]
    return with_first_order(both, replace(first, limit_price=first.limit_price + CENT))


def with_another_state(both: Books) -> Books:
    return with_first_order(both, replace(both.ours.orders[0], state=OrderState.CANCELLED))


def with_fewer_filled(both: Books) -> Books:
    first = both.ours.orders[0]
    return with_first_order(both, replace(first, filled_quantity=first.filled_quantity - 1))


def without_our_fill(both: Books) -> Books:
    return replace(both, ours=replace(both.ours, fills=both.ours.fills[1:]))


def without_their_fill(both: Books) -> Books:
    return replace(both, theirs=replace(both.theirs, fills=both.their_fills[1:]))


def with_another_fill_quantity(both: Books) -> Books:
    first = replace(both.their_fills[0], quantity=both.their_fills[0].quantity + 1)
    return replace(both, theirs=replace(both.theirs, fills=(first, *both.their_fills[1:])))


def with_another_fee(both: Books) -> Books:
    first = replace(both.their_fills[0], fees=replace(FEES, transfer=Decimal("0.05")))
    return replace(both, theirs=replace(both.theirs, fills=(first, *both.their_fills[1:])))


def with_a_share_more(both: Books) -> Books:
    first = replace(both.positions[0], quantity=both.positions[0].quantity + 1)
    return replace(both, theirs=replace(both.theirs, positions=(first, *both.positions[1:])))


def without_positions(both: Books) -> Books:
    return replace(both, theirs=replace(both.theirs, positions=()))


def with_foreign_shares_gone(both: Books) -> Books:
    kept = tuple(row for row in both.positions if row.symbol != FOREIGN)
    return replace(both, theirs=replace(both.theirs, positions=kept))


def with_a_cent_more(both: Books) -> Books:
    more = replace(both.funds, available=both.funds.available + CENT)
    return replace(both, theirs=replace(both.theirs, funds=more))


def with_an_untold_movement(both: Books) -> Books:
    moved = (*both.ours.movements, dividend(CENT))
    return replace(both, ours=replace(both.ours, movements=moved))


def with_an_unseen_trade_of_a_person(both: Books) -> Books:
    trade = foreign_fill(99, Side.BUY, 100, Decimal("9.99"))
    return replace(both, theirs=replace(both.theirs, fills=(*both.their_fills, trade)))


PLANTED: dict[Change, BreakKind] = {
    without_a_report: BreakKind.ORDER_MISSING,
    without_our_order: BreakKind.ORDER_UNKNOWN,
    with_a_second_venue_order: BreakKind.DUPLICATE_AT_BROKER,
    with_another_price: BreakKind.ORDER_TERMS,
    with_another_state: BreakKind.ORDER_STATE,
    with_fewer_filled: BreakKind.ORDER_FILLED,
    without_our_fill: BreakKind.FILL_UNKNOWN,
    without_their_fill: BreakKind.FILL_MISSING,
    with_another_fill_quantity: BreakKind.FILL_DIFFERS,
    with_another_fee: BreakKind.FILL_DIFFERS,
    with_a_share_more: BreakKind.POSITION,
    without_positions: BreakKind.POSITION,
    with_foreign_shares_gone: BreakKind.POSITION,
    with_a_cent_more: BreakKind.CASH,
    with_an_untold_movement: BreakKind.CASH,
    with_an_unseen_trade_of_a_person: BreakKind.CASH,
}
BLIND: dict[str, Callable[[BrokerBook], BrokerBook]] = {
    "reports": lambda book: replace(book, reports=None),
    "fills": lambda book: replace(book, fills=None),
    "positions": lambda book: replace(book, positions=None),
    "funds": lambda book: replace(book, funds=None),
}
# What a change breaks beside its own kind, because the same fact shows in several places.
ALSO: dict[Change, set[BreakKind]] = {
    without_our_order: {BreakKind.FILL_UNKNOWN},
    without_our_fill: {BreakKind.CASH},
}


@given(consistent_books())
def test_books_that_agree_have_no_breaks(both: Books) -> None:
    assert breaks_of(both) == ()


@pytest.mark.parametrize("change", PLANTED, ids=lambda change: change.__name__)
@settings(max_examples=15)
@given(both=consistent_books())
def test_one_planted_change_gives_a_break_of_its_kind(change: Change, both: Books) -> None:
    changed = change(both)

    found = kinds_of(changed)

    assert PLANTED[change] in found
    assert found <= {PLANTED[change]} | ALSO.get(change, set())


@pytest.mark.parametrize("change", PLANTED, ids=lambda change: change.__name__)
@settings(max_examples=15)
@given(both=consistent_books(), part=st.sampled_from(sorted(BLIND)))
def test_what_could_not_be_asked_never_adds_a_break(change: Change, both: Books, part: str) -> None:
    changed = change(both)
    blind = replace(changed, theirs=BLIND[part](changed.theirs))

    assert set(breaks_of(blind)) <= set(breaks_of(changed))


def test_a_broker_that_answered_nothing_is_no_empty_account() -> None:
    both = filled_order()

    assert compare(both.ours, BrokerBook(None, None, None, None), run_id=None) == ()


def test_an_empty_account_is_not_the_same_as_no_answer() -> None:
    both = filled_order()
    empty = BrokerBook((), (), (), funds(Decimal(0)), both.theirs.session_date)

    kinds = {found.kind for found in compare(both.ours, empty, run_id=None)}

    assert kinds == {
        BreakKind.ORDER_MISSING,
        BreakKind.FILL_MISSING,
        BreakKind.POSITION,
        BreakKind.CASH,
    }


@given(
    both=consistent_books(billed=False),
    off=st.decimals("-0.05", "0.05", places=2),
)
def test_unbilled_fees_are_estimated_to_five_cents_an_order(both: Books, off: Decimal) -> None:
    orders = len({fill.client_order_id for fill in both.ours.fills})
    near = replace(both.funds, available=both.funds.available + off * orders)
    far = replace(both.funds, available=both.funds.available + Decimal("0.05") * orders + CENT)

    assert kinds_of(replace(both, theirs=replace(both.theirs, funds=near))) == set()
    assert kinds_of(replace(both, theirs=replace(both.theirs, funds=far))) == {BreakKind.CASH}


def test_no_cent_is_tolerated_once_every_fill_is_billed() -> None:
    (found,) = breaks_of(with_a_cent_more(filled_order()))

    assert found.kind == BreakKind.CASH
    assert found.symbol is None
    assert Decimal(found.theirs) - Decimal(found.ours) == CENT
    assert found.run_id == RUN_ID
    assert "the broker has" in found.detail


def test_cash_before_the_opening_is_not_counted_twice() -> None:
    both = filled_order()
    closed = book_cash(both.ours, both.their_fills)
    assert closed is not None
    reopened = replace(both.ours, cash_opening=closed.closing, cash_opening_at=CLOSE)

    assert compare(reopened, both.theirs, run_id=None) == ()


def test_cash_is_not_compared_before_the_books_were_opened() -> None:
    both = with_a_cent_more(filled_order())
    unopened = replace(both.ours, cash_opening=None, cash_opening_at=None)

    assert book_cash(unopened, both.their_fills) is None
    assert compare(unopened, both.theirs, run_id=None) == ()


def test_frozen_cash_is_still_cash() -> None:
    both = filled_order()
    frozen = funds(both.funds.available, Decimal("999.99"))

    assert compare(both.ours, replace(both.theirs, funds=frozen), run_id=None) == ()


def test_a_busted_trade_moves_cash_and_shares_back() -> None:
    both = filled_order()
    fill = both.ours.fills[0]
    bust = replace(fill, kind=FillKind.BUST, fill_id="B")
    ours = replace(both.ours, fills=(fill, bust), owned={**both.ours.owned, fill.symbol: 5000})
    theirs = replace(
        both.theirs,
        fills=(fill, replace(bust, quantity=-bust.quantity)),
        positions=(position(fill.symbol, 5000), *both.positions[1:]),
        funds=funds(OPENING),
    )

    assert compare(ours, theirs, run_id=None) == ()


def test_a_name_sold_out_by_our_book_is_still_compared() -> None:
    both = filled_order()
    symbol = both.ours.orders[0].symbol
    sold_out = {name: count for name, count in both.ours.owned.items() if name != symbol}

    (found,) = compare(replace(both.ours, owned=sold_out), both.theirs, run_id=None)

    assert (found.kind, found.symbol, found.ours) == (BreakKind.POSITION, symbol, "0")
    assert found.theirs == "6000"


@pytest.mark.parametrize("code", ["601988.SH", "511880.SH", "204001.SH"])
def test_names_nobody_decided_about_are_left_to_the_ownership_gate(code: str) -> None:
    both = filled_order()
    more = (*both.positions, position(Symbol.parse(code), 100))

    assert compare(both.ours, replace(both.theirs, positions=more), run_id=None) == ()


def test_a_trade_of_a_person_before_the_opening_is_part_of_the_opening() -> None:
    both = filled_order()
    early = replace(foreign_fill(1, Side.BUY, 100, Decimal(10)), fill_time=CLOSE)
    late_book = replace(both.ours, cash_opening_at=CLOSE, cash_opening=both.funds.available)
    theirs = replace(both.theirs, fills=(*both.their_fills, early))

    assert compare(late_book, theirs, run_id=None) == ()


def test_a_holding_split_over_rows_is_summed() -> None:
    both = filled_order()
    rest = tuple(row for row in both.positions if row.symbol != SYMBOLS[1])
    split = (*rest, position(SYMBOLS[1], 4000), position(SYMBOLS[1], 1000))

    assert compare(both.ours, replace(both.theirs, positions=split), run_id=None) == ()


@pytest.mark.parametrize(("side", "kinds"), [(Side.BUY, set()), (Side.SELL, {BreakKind.OWNERSHIP})])
def test_a_person_may_buy_our_names_and_may_not_sell_our_shares(
    side: Side, kinds: set[BreakKind]
) -> None:
    trade = replace(foreign_fill(1, side, 100, Decimal(10)), symbol=SYMBOLS[1])

    both = books([], [], [], foreign_fills=[trade])

    assert kinds_of(both) == kinds


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ("reports", {BreakKind.ORDER_MISSING, BreakKind.EXPIRY_UNCONFIRMED, BreakKind.SELLABLE}),
        ("fills", {BreakKind.FILL_UNKNOWN, BreakKind.POSITION, BreakKind.CASH}),
        ("positions", {BreakKind.POSITION, BreakKind.OWNERSHIP, BreakKind.SELLABLE}),
        ("funds", {BreakKind.CASH}),
    ],
)
def test_a_blind_look_says_nothing_of_these_kinds(part: str, kinds: set[BreakKind]) -> None:
    both = filled_order()

    assert uncompared_kinds(both.theirs) == set()
    assert kinds <= uncompared_kinds(BLIND[part](both.theirs))


def test_a_kind_that_was_looked_at_is_none_of_the_blind_ones() -> None:
    both = filled_order()

    assert uncompared_kinds(BLIND["funds"](both.theirs)) == {BreakKind.CASH}
    assert BreakKind.ORDER_STATE not in uncompared_kinds(BLIND["positions"](both.theirs))
