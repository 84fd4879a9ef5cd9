from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.fees import NO_FEES, FeeRounding, FeeSchedule, MinimumScope, fees_of_fills, order_fees
from market.money import CENT, is_multiple_of
from market.side import Side
from tests.market.given import FUND, MAIN, rules_of

AMOUNTS = st.decimals(min_value="0.01", max_value=10**8, places=2)
SCHEDULE = FeeSchedule()


@pytest.mark.parametrize(
    ("rounding", "stamp_duty"),
    [(FeeRounding.HALF_UP, "6.17"), (FeeRounding.UP, "6.18"), (FeeRounding.DOWN, "6.17")],
)
def test_a_counter_may_round_its_items_in_its_own_way(
    rounding: FeeRounding, stamp_duty: str
) -> None:
    exact = Decimal("12342.00")  # 6.171 of stamp duty
    fees = order_fees(Side.SELL, exact, rules_of(MAIN), FeeSchedule(rounding=rounding))

    assert fees.stamp_duty == Decimal(stamp_duty)


def test_rounding_down_and_half_up_part_at_the_half_cent() -> None:
    half = Decimal("12350.00")  # 6.175 of stamp duty
    down = order_fees(Side.SELL, half, rules_of(MAIN), FeeSchedule(rounding=FeeRounding.DOWN))

    assert order_fees(Side.SELL, half, rules_of(MAIN), SCHEDULE).stamp_duty == Decimal("6.18")
    assert down.stamp_duty == Decimal("6.17")


@given(st.sampled_from(Side), AMOUNTS, st.booleans())
def test_every_item_is_whole_cents_and_none_is_negative(
    side: Side, amount: Decimal, net: bool
) -> None:
    fees = order_fees(side, amount, rules_of(MAIN), FeeSchedule(net_commission=net))
    items = (
        fees.commission,
        fees.stamp_duty,
        fees.transfer_fee,
        fees.handling_fee,
        fees.regulatory_fee,
    )

    assert all(item >= 0 and is_multiple_of(item, CENT) for item in items)
    assert fees.total == sum(items)
    assert fees.commission >= 5


@given(st.sampled_from(Side), AMOUNTS, AMOUNTS)
def test_a_larger_order_never_costs_less(side: Side, amount: Decimal, more: Decimal) -> None:
    small = order_fees(side, amount, rules_of(MAIN), SCHEDULE)
    large = order_fees(side, amount + more, rules_of(MAIN), SCHEDULE)

    assert small.total <= large.total


@given(st.lists(AMOUNTS, min_size=1, max_size=5))
def test_the_steps_of_the_fills_add_up_to_the_fees_of_the_order(fills: list[Decimal]) -> None:
    total, amount = NO_FEES, Decimal(0)
    for fill in fills:
        before = order_fees(Side.SELL, amount, rules_of(MAIN), SCHEDULE)
        amount += fill
        after = order_fees(Side.SELL, amount, rules_of(MAIN), SCHEDULE)
        total = total.plus(after.minus(before))

    assert total == fees_of_fills(Side.SELL, fills, rules_of(MAIN), SCHEDULE)


def test_nothing_filled_costs_nothing() -> None:
    assert order_fees(Side.SELL, Decimal(0), rules_of(MAIN), SCHEDULE) == NO_FEES


def test_a_counter_may_charge_the_minimum_for_every_fill() -> None:
    schedule = FeeSchedule(minimum_scope=MinimumScope.FILL)

    fees = fees_of_fills(Side.BUY, [Decimal(3_000)] * 2, rules_of(MAIN), schedule)

    assert fees.commission == 10


@pytest.mark.parametrize(("day", "duty"), [("2023-08-25", "100.00"), ("2023-08-28", "50.00")])
def test_stamp_duty_was_halved_on_2023_08_28(day: str, duty: str) -> None:
    fees = order_fees(Side.SELL, Decimal(100_000), rules_of(MAIN, day), SCHEDULE)

    assert fees.stamp_duty == Decimal(duty)


def test_a_fund_pays_neither_stamp_duty_nor_transfer_fee() -> None:
    fees = order_fees(Side.SELL, Decimal(100_000), rules_of(FUND), SCHEDULE)

    assert fees.stamp_duty + fees.transfer_fee == 0


def test_a_commission_above_the_legal_maximum_is_refused() -> None:
    with pytest.raises(ValueError, match="legal maximum"):
        order_fees(Side.BUY, Decimal(1), rules_of(MAIN), FeeSchedule(Decimal("0.0031")))


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        order_fees(Side.BUY, Decimal(-1), rules_of(MAIN), SCHEDULE)
