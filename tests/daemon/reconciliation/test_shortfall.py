from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.reconciliation.shortfall import (
    Benchmarks,
    Shortfall,
    implementation_shortfall,
    order_slippage_bp,
    run_slippage_bp,
    shortfall_bp,
    slippage_bp,
)
from market.side import Side
from statemachine.order import Order
from tests.support.book import make_order

PRICES = st.decimals("0.5", "400", places=2)


def order(side: Side, quantity: int, average: str, arrival: str | None = "10.00") -> Order:
    return replace(
        make_order(side=side),
        filled_quantity=quantity,
        filled_amount=quantity * Decimal(average),
        arrival_price=None if arrival is None else Decimal(arrival),
    )


@pytest.mark.parametrize(
    ("side", "average", "expected"),
    [(Side.BUY, "10.03", "30"), (Side.SELL, "9.97", "30"), (Side.SELL, "10.02", "-20")],
)
def test_E66_slippage_is_a_cost_when_positive_on_either_side(
    side: Side, average: str, expected: str
) -> None:
    assert slippage_bp(side, Decimal(average), Decimal("10.00")) == Decimal(expected)


def test_E67_the_shortfall_has_four_parts_and_the_sum_that_perold_has() -> None:
    prices = Benchmarks(Decimal("10.00"), Decimal("10.05"), Decimal("10.30"))
    paid = 4_000 * Decimal("10.12")

    found = implementation_shortfall(Side.BUY, 5_000, 4_000, paid, prices, Decimal(15))
    perold = (paid - 4_000 * prices.decision, 1_000 * (prices.end - prices.decision), found.fees)

    assert found == Shortfall(Decimal(250), Decimal(280), Decimal(250), Decimal(15))
    assert perold == (Decimal(480), Decimal(300), Decimal(15))
    assert found.total == sum(perold) == 795
    assert shortfall_bp(found, 5_000, prices) == 159


@given(
    side=st.sampled_from(Side),
    prices=st.builds(Benchmarks, PRICES, PRICES, PRICES),
    average=PRICES,
    arrival=PRICES,
    wanted=st.integers(1, 10_000),
    data=st.data(),
)
def test_the_arrival_price_moves_no_total_and_a_sale_mirrors_a_purchase(
    side: Side,
    prices: Benchmarks,
    average: Decimal,
    arrival: Decimal,
    wanted: int,
    data: st.DataObject,
) -> None:
    filled = data.draw(st.integers(0, wanted))
    amount = filled * average
    found = implementation_shortfall(side, wanted, filled, amount, prices)
    later = implementation_shortfall(side, wanted, filled, amount, replace(prices, arrival=arrival))
    mirrored = Side.SELL if side is Side.BUY else Side.BUY

    assert found.total == later.total
    assert implementation_shortfall(mirrored, wanted, filled, amount, prices).total == -found.total


def test_nothing_wanted_has_no_shortfall_in_basis_points() -> None:
    prices = Benchmarks(Decimal(10), Decimal(10), Decimal(10))

    assert shortfall_bp(Shortfall(*[Decimal(0)] * 4), 0, prices) is None


def test_slippage_has_two_decimals_rounded_half_up() -> None:
    found = slippage_bp(Side.BUY, Decimal("8.000025"), Decimal(8))

    assert str(found) == "0.03"


def test_there_is_no_slippage_without_a_fill_or_an_arrival_price() -> None:
    assert slippage_bp(Side.BUY, None, Decimal(10)) is None
    assert slippage_bp(Side.BUY, Decimal(10), None) is None
    assert slippage_bp(Side.BUY, Decimal(10), Decimal(0)) is None
    assert order_slippage_bp(make_order()) is None
    assert run_slippage_bp([make_order(), order(Side.BUY, 100, "10.03", None)]) is None


def test_a_runs_slippage_is_weighted_by_amount() -> None:
    orders = [
        order(Side.BUY, 100, "10.10"),
        order(Side.SELL, 300, "10.10"),
        order(Side.BUY, 900, "11.00", None),
        make_order(),
    ]

    assert run_slippage_bp(orders) == Decimal("-50.00")


@given(average=PRICES, arrival=PRICES)
def test_what_costs_a_buyer_pays_a_seller(average: Decimal, arrival: Decimal) -> None:
    bought = slippage_bp(Side.BUY, average, arrival)
    sold = slippage_bp(Side.SELL, average, arrival)

    assert bought is not None
    assert sold == -bought
    assert (bought > 0) is (average > arrival) or abs(bought) < Decimal("0.01")


@given(side=st.sampled_from(Side), average=PRICES, quantity=st.integers(1, 10_000))
def test_a_run_of_one_order_has_its_slippage(side: Side, average: Decimal, quantity: int) -> None:
    one = order(side, quantity, str(average))

    assert run_slippage_bp([one]) == order_slippage_bp(one)
