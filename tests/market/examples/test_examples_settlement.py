from dataclasses import replace
from decimal import Decimal

from market.fees import FeeSchedule
from market.quantity import is_valid_sell_quantity
from market.settlement import Holding, buy_cost, buy_freeze, sell_proceeds, sellable_quantity
from tests.market.given import MAIN, rules_of

SCHEDULE = FeeSchedule()


def test_E36_shares_bought_today_wait_for_tomorrow() -> None:
    holding = Holding(opening=800, bought_today=300)

    assert (holding.total, sellable_quantity(holding, rules_of(MAIN))) == (1_100, 800)

    after = replace(holding, sold_today=500)
    assert (after.total, sellable_quantity(after, rules_of(MAIN))) == (600, 300)


def test_E37_a_buy_freezes_amount_and_fees_and_gives_back_the_difference() -> None:
    frozen = buy_freeze(Decimal("12.59"), 1_000, rules_of(MAIN), SCHEDULE)
    cost = buy_cost(Decimal("12.34") * 1_000, rules_of(MAIN), SCHEDULE)

    assert frozen == Decimal("12595.13")
    assert cost == Decimal("12345.12")
    assert frozen - cost == Decimal("250.01")


def test_E38_a_sell_brings_its_amount_less_fees() -> None:
    proceeds = sell_proceeds(Decimal("12.34") * 1_000, rules_of(MAIN), SCHEDULE)

    assert proceeds == Decimal("12328.71")


def test_E39_a_live_sell_takes_its_shares_out_of_the_sellable() -> None:
    holding = Holding(opening=1_000, frozen=400)
    sellable = sellable_quantity(holding, rules_of(MAIN))

    assert (holding.total, sellable) == (1_000, 600)
    assert not is_valid_sell_quantity(rules_of(MAIN), 700, sellable)


def test_E40_a_buy_that_needs_a_cent_more_than_there_is_does_not_fit() -> None:
    available = Decimal("10000.00")

    assert buy_cost(Decimal("9994.90"), rules_of(MAIN), SCHEDULE) == available
    assert buy_cost(Decimal("9994.91"), rules_of(MAIN), SCHEDULE) == Decimal("10000.01")
