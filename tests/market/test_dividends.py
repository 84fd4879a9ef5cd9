from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from market.dividends import Entitlement, entitled_cash, entitled_quantity, reference_price

RATIOS = st.decimals(min_value=0, max_value=2, places=2)
PRICES = st.decimals(min_value=1, max_value=2_000, places=2)


def test_a_rights_issue_mixes_its_price_in() -> None:
    rights = Entitlement(rights_ratio=Decimal("0.3"), rights_price=Decimal("5.00"))

    assert reference_price(Decimal("18.00"), rights) == Decimal("15.00")


def test_a_fraction_of_a_bonus_share_is_dropped() -> None:
    assert entitled_quantity(101, Entitlement(share_ratio=Decimal("0.15"))) == 116


@given(PRICES, RATIOS, st.integers(min_value=1, max_value=10**6))
def test_an_ex_day_changes_no_wealth_beyond_rounding(
    close: Decimal, share_ratio: Decimal, quantity: int
) -> None:
    entitlement = Entitlement(cash=Decimal("0.50"), share_ratio=share_ratio)
    shares = entitled_quantity(quantity, entitlement)
    price = reference_price(close, entitlement)
    after = shares * price + entitled_cash(quantity, entitlement)

    assert abs(after - close * quantity) <= shares * Decimal("0.005") + price
