from decimal import Decimal

from market.fees import Fees, FeeSchedule, fees_of_fills, order_fees
from market.side import Side
from tests.market.given import MAIN, rules_of

SCHEDULE = FeeSchedule()


def fees_for(side: Side, amount: str) -> Fees:
    return order_fees(side, Decimal(amount), rules_of(MAIN), SCHEDULE)


def items_of(commission: str, stamp_duty: str, transfer_fee: str) -> Fees:
    return Fees(Decimal(commission), Decimal(stamp_duty), Decimal(transfer_fee))


def test_E41_sell_of_12340() -> None:
    fees = fees_for(Side.SELL, "12340.00")

    assert fees == items_of("5", "6.17", "0.12")
    assert fees.total == Decimal("11.29")
    assert Decimal("12340.00") - fees.total == Decimal("12328.71")


def test_E42_buy_of_12340_pays_no_stamp_duty() -> None:
    assert fees_for(Side.BUY, "12340.00").total == Decimal("5.12")


def test_E43_buy_of_370200() -> None:
    fees = fees_for(Side.BUY, "370200.00")

    assert fees == items_of("92.55", "0", "3.70")
    assert fees.total == Decimal("96.25")


def test_E44_sell_of_370200() -> None:
    fees = fees_for(Side.SELL, "370200.00")

    assert fees == items_of("92.55", "185.10", "3.70")
    assert Decimal("370200.00") - fees.total == Decimal("369918.65")


def test_E45_the_minimum_breaks_even_at_20000() -> None:
    assert fees_for(Side.BUY, "20000.00") == items_of("5", "0", "0.20")
    assert fees_for(Side.BUY, "20040.00").commission == Decimal("5.01")


def test_E46_a_small_sell_is_eaten_by_the_minimum() -> None:
    fees = fees_for(Side.SELL, "305.00")

    assert fees == items_of("5", "0.15", "0.00")
    assert fees.total == Decimal("5.15")
    assert round(fees.total / Decimal("305.00") * 10_000) == 169


def test_E47_an_order_filled_in_two_parts_pays_the_minimum_once() -> None:
    fills = [300 * Decimal("12.34"), 700 * Decimal("12.35")]

    fees = fees_of_fills(Side.SELL, fills, rules_of(MAIN), SCHEDULE)

    assert fees.total == Decimal("11.29")
    assert sum(fills) / 1_000 == Decimal("12.347")


def test_E48_a_net_commission_adds_handling_and_regulatory_fee() -> None:
    net = FeeSchedule(net_commission=True)

    fees = order_fees(Side.BUY, Decimal("370200.00"), rules_of(MAIN), net)

    assert (fees.handling_fee, fees.regulatory_fee) == (Decimal("12.62"), Decimal("7.40"))
    assert fees.total == Decimal("116.27")
