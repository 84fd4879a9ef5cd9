from decimal import Decimal

import pytest

from market.board import is_tradable_stock
from market.dividends import Entitlement, entitled_cash, entitled_quantity, reference_price
from market.symbol import parse_position_symbol
from tests.market.given import MAIN, limits_of, rules_of


def test_E61_cash_and_bonus_shares_lower_the_reference_price() -> None:
    entitlement = Entitlement(cash=Decimal("0.40"), share_ratio=Decimal("0.2"))

    price = reference_price(Decimal("12.00"), entitlement)

    assert price == Decimal("9.67")
    assert limits_of(rules_of(MAIN), str(price)) == ("10.64", "8.70")
    assert entitled_quantity(1_000, entitlement) == 1_200
    assert entitled_cash(1_000, entitlement) == Decimal("400.00")
    assert 1_200 * price + Decimal("400.00") == Decimal("12004.00")


def test_E62_five_per_ten_and_half_a_yuan_of_20_is_13() -> None:
    entitlement = Entitlement(cash=Decimal("0.50"), share_ratio=Decimal("0.5"))

    assert reference_price(Decimal("20.00"), entitlement) == Decimal("13.00")


@pytest.mark.parametrize("text", ["888880.SH", "204001.SH", "131810.SZ", "730001.SH", "400001.BJ"])
def test_E63_standard_bonds_and_repo_are_never_ours_to_sell(text: str) -> None:
    assert not is_tradable_stock(parse_position_symbol(text))
