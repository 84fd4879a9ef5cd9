from decimal import Decimal

from market.limits import daily_limits, strictest_cage_bound
from market.money import floor_to
from market.quantity import floor_buy_quantity, floor_sell_quantity
from market.rules import Rules
from market.side import Side
from tests.market.given import MAIN, STAR, rules_of


def affordable(rules: Rules, budget: str, price: str) -> int:
    return floor_buy_quantity(rules, int(Decimal(budget) / Decimal(price)))


def protected_buy(ask: str, prev_close: str) -> Decimal:
    limits = daily_limits(rules_of(MAIN), Decimal(prev_close))
    assert limits is not None
    offset = floor_to(Decimal(ask) * Decimal("1.005"), rules_of(MAIN).tick)
    return min(offset, strictest_cage_bound(Side.BUY, Decimal(ask)), limits.up)


def test_E64_a_weight_of_5_percent_floors_to_13_lots() -> None:
    quantity = affordable(rules_of(MAIN), "50000", "37.21")

    assert quantity == 1_300
    assert 50_000 - quantity * Decimal("37.21") == Decimal("1627.00")


def test_E65_star_buys_any_number_from_200_and_nothing_below() -> None:
    assert affordable(rules_of(STAR), "49250", "152.40") == 323
    assert affordable(rules_of(STAR), "49250", "300.00") == 0


def test_E68_the_offset_binds_before_the_cage_and_the_limit() -> None:
    assert protected_buy("12.34", prev_close="12.34") == Decimal("12.40")


def test_E69_the_upper_limit_caps_the_protected_price() -> None:
    assert protected_buy("11.03", prev_close="10.05") == Decimal("11.06")


def test_E70_a_full_exit_sells_what_is_sellable_today() -> None:
    assert floor_sell_quantity(rules_of(MAIN), quantity=250, sellable=150) == 150
