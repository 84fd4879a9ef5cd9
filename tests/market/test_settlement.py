from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.fees import FeeSchedule
from market.settlement import Holding, buy_cost, buy_freeze, sell_proceeds, sellable_quantity
from tests.market.given import MAIN, rules_of

COUNTS = st.integers(min_value=0, max_value=10**6)
PRICES = st.decimals(min_value="0.10", max_value=3_000, places=2)
SCHEDULE = FeeSchedule()


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_sellable_is_never_negative_nor_more_than_the_opening_holding(
    opening: int, bought: int, sold: int, frozen: int, locked: int
) -> None:
    holding = Holding(opening, bought, sold, frozen, locked)

    assert 0 <= sellable_quantity(holding, rules_of(MAIN)) <= opening


def test_a_same_day_fund_sells_what_it_bought_today() -> None:
    assert sellable_quantity(Holding(opening=100, bought_today=200), rules_of("511880.SH")) == 300


@pytest.mark.parametrize("code", ["511010.SH", "511880.SH", "513100.SH", "518880.SH", "520830.SH"])
def test_same_day_funds_began_on_2015_01_19(code: str) -> None:
    assert (rules_of(code, "2015-01-18").t_plus, rules_of(code, "2015-01-19").t_plus) == (1, 0)


@given(PRICES, PRICES, st.integers(min_value=100, max_value=10**6))
def test_a_fill_at_a_better_price_always_gives_cash_back(
    one: Decimal, other: Decimal, quantity: int
) -> None:
    limit, fill = max(one, other), min(one, other)
    frozen = buy_freeze(limit, quantity, rules_of(MAIN), SCHEDULE)

    assert frozen >= buy_cost(fill * quantity, rules_of(MAIN), SCHEDULE)


@given(PRICES, st.integers(min_value=100, max_value=10**6))
def test_a_round_trip_at_one_price_costs_the_fees(price: Decimal, quantity: int) -> None:
    amount = price * quantity
    cost = buy_cost(amount, rules_of(MAIN), SCHEDULE)

    assert sell_proceeds(amount, rules_of(MAIN), SCHEDULE) < amount < cost
