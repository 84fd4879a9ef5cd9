from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.quantity import (
    floor_buy_quantity,
    floor_sell_quantity,
    is_valid_buy_quantity,
    is_valid_sell_quantity,
    slice_quantities,
)
from market.side import Side
from tests.market.given import BSE, CHINEXT, FUND, MAIN, STAR, rules_of

CODES = st.sampled_from([MAIN, CHINEXT, STAR, BSE, FUND])
QUANTITIES = st.integers(min_value=-10, max_value=5_000_000)


@given(CODES, QUANTITIES)
def test_a_floored_buy_is_zero_or_sliceable_and_never_more(code: str, quantity: int) -> None:
    rules = rules_of(code)
    floored = floor_buy_quantity(rules, quantity)

    assert 0 <= floored <= max(quantity, 0)
    assert quantity - floored < rules.lot_minimum
    if floored:
        slices = slice_quantities(rules, Side.BUY, floored)
        assert sum(slices) == floored
        assert all(is_valid_buy_quantity(rules, part) for part in slices)


@given(CODES, QUANTITIES, st.integers(min_value=0, max_value=3_000_000))
def test_a_floored_sell_is_zero_or_a_run_of_legal_orders(
    code: str, quantity: int, sellable: int
) -> None:
    rules = rules_of(code)
    floored = floor_sell_quantity(rules, quantity, sellable)

    assert 0 <= floored <= max(min(quantity, sellable), 0)
    if floored:
        slices = slice_quantities(rules, Side.SELL, floored, sellable)
        left = [sellable, *(sellable - sold for sold in accumulate(slices))]
        assert sum(slices) == floored
        assert all(
            is_valid_sell_quantity(rules, part, before)
            for part, before in zip(slices, left, strict=False)
        )
        assert len(slices) == 1 or min(slices) >= rules.lot_minimum


@given(CODES, st.integers(min_value=1, max_value=3_000_000))
def test_a_full_exit_takes_every_odd_share(code: str, sellable: int) -> None:
    assert floor_sell_quantity(rules_of(code), sellable, sellable) == sellable
    assert floor_sell_quantity(rules_of(code), sellable + 1, sellable) == sellable


def test_a_part_of_a_holding_is_floored() -> None:
    assert floor_sell_quantity(rules_of(MAIN), 231, 232) == 200
    assert floor_sell_quantity(rules_of(MAIN), 99, 232) == 0
    assert floor_sell_quantity(rules_of(STAR), 199, 232) == 0
    assert floor_sell_quantity(rules_of(STAR), 201, 232) == 201


def test_an_order_beyond_the_maximum_is_not_valid() -> None:
    assert is_valid_buy_quantity(rules_of(CHINEXT), 300_000)
    assert not is_valid_buy_quantity(rules_of(CHINEXT), 300_100)
    assert not is_valid_sell_quantity(rules_of(STAR), 100_001, 100_001)


def test_a_large_exit_ends_with_a_lot_and_its_odd_shares() -> None:
    rules = rules_of(MAIN)

    assert slice_quantities(rules, Side.SELL, 1_000_050, 1_000_050) == (999_900, 150)


@pytest.mark.parametrize(
    ("side", "quantity", "sellable"),
    [
        (Side.BUY, 150, None),
        (Side.BUY, 0, None),
        (Side.BUY, -100, None),
        (Side.SELL, 100, None),
        (Side.SELL, 50, 232),
        (Side.SELL, 300, 232),
    ],
)
def test_what_no_orders_can_make_is_refused(
    side: Side, quantity: int, sellable: int | None
) -> None:
    with pytest.raises(ValueError, match="sell"):
        slice_quantities(rules_of(MAIN), side, quantity, sellable)
