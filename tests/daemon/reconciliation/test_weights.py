from decimal import Decimal

from daemon.reconciliation.weights import ratio, weight_of


def test_a_weight_has_six_decimals() -> None:
    assert str(weight_of(100, Decimal(1), Decimal(300))) == "0.333333"
    assert str(ratio(Decimal(2), Decimal(3))) == "0.666667"


def test_shares_without_a_price_have_no_weight_and_no_shares_weigh_nothing() -> None:
    assert weight_of(100, None, Decimal(1000)) is None
    assert weight_of(0, None, Decimal(1000)) == 0


def test_without_capital_everything_weighs_nothing() -> None:
    assert weight_of(100, Decimal(10), Decimal(0)) == 0
