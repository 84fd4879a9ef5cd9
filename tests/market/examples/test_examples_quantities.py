import pytest

from market.quantity import is_valid_buy_quantity, is_valid_sell_quantity, slice_quantities
from market.settlement import Holding, sellable_quantity
from market.side import Side
from tests.market.given import BSE, CHINEXT, MAIN, STAR, rules_of


def test_E7_main_board_buys_no_150() -> None:
    assert not is_valid_buy_quantity(rules_of(MAIN), 150)


def test_E8_star_buys_201_but_not_199() -> None:
    assert not is_valid_buy_quantity(rules_of(STAR), 199)
    assert is_valid_buy_quantity(rules_of(STAR), 201)


def test_E9_beijing_buys_101_but_not_99() -> None:
    assert is_valid_buy_quantity(rules_of(BSE), 101)
    assert not is_valid_buy_quantity(rules_of(BSE), 99)


@pytest.mark.parametrize(
    ("quantity", "allowed"),
    [(32, True), (132, True), (232, True), (100, True), (200, True), (50, False), (150, False)],
)
def test_E10_main_board_sells_the_odd_remainder_whole(quantity: int, allowed: bool) -> None:
    assert is_valid_sell_quantity(rules_of(MAIN), quantity, sellable=232) is allowed


@pytest.mark.parametrize(
    ("quantity", "sellable", "allowed"),
    [
        (32, 232, False),
        (132, 232, False),
        (200, 232, True),
        (201, 232, True),
        (232, 232, True),
        (32, 32, True),
        (31, 32, False),
    ],
)
def test_E11_star_sells_200_or_more_and_the_rest_in_one_order(
    quantity: int, sellable: int, allowed: bool
) -> None:
    assert is_valid_sell_quantity(rules_of(STAR), quantity, sellable) is allowed


def test_E12_star_holding_of_132_sells_only_whole() -> None:
    rules = rules_of(STAR)

    assert [q for q in range(134) if is_valid_sell_quantity(rules, q, 132)] == [132]


def test_E13_beijing_sells_100_or_more_and_29_only_whole() -> None:
    rules = rules_of(BSE)

    assert is_valid_sell_quantity(rules, 101, 130)
    assert not is_valid_sell_quantity(rules, 50, 130)
    assert [q for q in range(31) if is_valid_sell_quantity(rules, q, 29)] == [29]


@pytest.mark.parametrize(
    ("quantity", "allowed"), [(50, True), (100, True), (150, True), (250, False)]
)
def test_E14_shares_bought_today_are_not_sold(quantity: int, allowed: bool) -> None:
    sellable = sellable_quantity(Holding(opening=150, bought_today=100), rules_of(MAIN))

    assert sellable == 150
    assert is_valid_sell_quantity(rules_of(MAIN), quantity, sellable) is allowed


def test_E15_large_orders_are_cut_without_a_tail_below_the_minimum() -> None:
    star = rules_of(STAR)

    assert slice_quantities(star, Side.BUY, 250_000) == (100_000, 100_000, 50_000)
    assert slice_quantities(rules_of(CHINEXT), Side.BUY, 450_000) == (300_000, 150_000)
    assert slice_quantities(star, Side.BUY, 100_100) == (99_900, 200)
