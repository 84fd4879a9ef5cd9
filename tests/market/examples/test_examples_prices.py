from datetime import date
from decimal import Decimal

import pytest

from market.limits import (
    PriceFault,
    cage_applies,
    cage_bounds,
    daily_limits,
    price_fault,
    strictest_cage_bound,
)
from market.phases import market_time, phase_at
from market.rules import Rules, SecurityStatus
from market.side import Side
from tests.market.given import (
    BSE,
    CHINEXT,
    FUND,
    MAIN,
    STAR,
    calendar,
    limits_of,
    rules_of,
)


def cage_of(rules: Rules, side: Side, base: str) -> str:
    price = Decimal(base)
    return str(cage_bounds(rules, side, price, price, price, price))


def test_E16_main_board_limits_round_half_up() -> None:
    assert limits_of(rules_of(MAIN), "10.05") == ("11.06", "9.05")


def test_E17_main_board_limits_of_11_40() -> None:
    assert limits_of(rules_of(MAIN), "11.40") == ("12.54", "10.26")


def test_E18_st_on_the_main_board_had_5_percent_until_2026_07_05() -> None:
    for day in ("2026-06-30", "2026-07-05"):
        assert limits_of(rules_of(MAIN, day, SecurityStatus.ST), "1.70") == ("1.79", "1.62")


def test_E19_st_on_the_main_board_has_10_percent_since_2026_07_06() -> None:
    rules = rules_of(MAIN, "2026-07-06", SecurityStatus.ST)

    assert limits_of(rules, "1.87") == ("2.06", "1.68")


def test_E20_star_and_chinext_have_20_percent_in_st_too() -> None:
    assert limits_of(rules_of(STAR), "7.90") == ("9.48", "6.32")
    assert limits_of(rules_of(CHINEXT, status=SecurityStatus.ST), "2.20") == ("2.64", "1.76")


@pytest.mark.parametrize(
    ("prev_close", "up", "down"),
    [
        ("1.82", "2.36", "1.28"),
        ("84.63", "110.01", "59.25"),
        ("17.09", "22.21", "11.97"),
        ("31.46", "40.89", "22.03"),
        ("2.85", "3.70", "2.00"),
    ],
)
def test_E21_beijing_cuts_limits_towards_the_previous_close(
    prev_close: str, up: str, down: str
) -> None:
    assert limits_of(rules_of(BSE), prev_close) == (up, down)


def test_E22_limits_are_at_least_one_tick_away() -> None:
    assert limits_of(rules_of(MAIN), "0.04") == ("0.05", "0.03")


def test_E23_halves_round_up_on_both_sides() -> None:
    assert limits_of(rules_of(MAIN), "4.35") == ("4.79", "3.92")
    assert limits_of(rules_of(MAIN), "1.55") == ("1.71", "1.40")


def test_E24_funds_round_to_a_tenth_of_a_cent() -> None:
    wide = rules_of(FUND, status=SecurityStatus.WIDE_FUND)

    assert limits_of(rules_of(FUND), "4.005") == ("4.406", "3.605")
    assert limits_of(wide, "1.237") == ("1.484", "0.990")


def test_E25_the_generator_stays_one_tick_inside_the_exchange_cage() -> None:
    base = Decimal("12.34")

    assert cage_of(rules_of(MAIN), Side.BUY, "12.34") == "12.59"
    assert cage_of(rules_of(MAIN), Side.SELL, "12.34") == "12.09"
    assert strictest_cage_bound(Side.BUY, base) == Decimal("12.58")
    assert strictest_cage_bound(Side.SELL, base) == Decimal("12.10")


def test_E26_ten_ticks_widen_the_cage_of_a_cheap_main_board_stock() -> None:
    rules = rules_of(MAIN)
    limits = daily_limits(rules, Decimal("3.00"))
    bound = Decimal(cage_of(rules, Side.BUY, "3.00"))

    assert bound == Decimal("3.10")
    assert cage_of(rules, Side.SELL, "3.00") == "2.90"
    assert price_fault(rules, Side.BUY, Decimal("3.08"), limits, bound) is None
    fault = price_fault(rules, Side.BUY, Decimal("3.11"), limits, bound)
    assert fault is PriceFault.OUTSIDE_CAGE


@pytest.mark.parametrize(
    ("base", "highest_buy", "lowest_sell"), [("3.00", "3.06", "2.94"), ("50.33", "51.34", "49.32")]
)
def test_E27_star_has_no_ten_ticks(base: str, highest_buy: str, lowest_sell: str) -> None:
    assert cage_of(rules_of(STAR), Side.BUY, base) == highest_buy
    assert cage_of(rules_of(STAR), Side.SELL, base) == lowest_sell


@pytest.mark.parametrize(
    ("base", "highest_buy", "lowest_sell"), [("10.00", "10.50", "9.50"), ("1.50", "1.60", "1.40")]
)
def test_E28_beijing_has_5_percent_or_ten_ticks(
    base: str, highest_buy: str, lowest_sell: str
) -> None:
    assert cage_of(rules_of(BSE), Side.BUY, base) == highest_buy
    assert cage_of(rules_of(BSE), Side.SELL, base) == lowest_sell


def test_E29_without_asks_the_bid_is_the_base_of_a_buy() -> None:
    rules = rules_of(MAIN)
    locked = Decimal("11.06")
    limits = daily_limits(rules, Decimal("10.05"))

    bound = cage_bounds(rules, Side.BUY, locked, None, locked, Decimal("10.05"))

    assert bound == Decimal("11.28")
    assert price_fault(rules, Side.BUY, locked, limits, bound) is None


def test_E30_a_call_auction_has_no_cage_but_the_daily_limit() -> None:
    rules = rules_of(MAIN)
    limits = daily_limits(rules, Decimal("12.34"))
    phase = phase_at(market_time(date(2026, 9, 1), "09:18:00"), calendar())

    assert limits is not None
    assert limits.up == Decimal("13.57")
    assert not cage_applies(rules, phase)
    assert price_fault(rules, Side.BUY, Decimal("13.00"), limits, None) is None
    fault = price_fault(rules, Side.BUY, Decimal("13.58"), limits, None)
    assert fault is PriceFault.ABOVE_LIMIT_UP
