"""Quantities as fractions of strategy capital, to six decimals."""

from decimal import Decimal

from market.money import round_half_up

WEIGHT_STEP = Decimal("0.000001")


def ratio(amount: Decimal, capital: Decimal) -> Decimal:
    """Return the amount as a fraction of the capital; zero where there is no capital."""
    return round_half_up(amount / capital, WEIGHT_STEP) if capital else Decimal(0)


def weight_of(quantity: int, price: Decimal | None, capital: Decimal) -> Decimal | None:
    """Return the weight of a holding at a price, CNY a share.

    None when shares have no price; no shares weigh nothing at any price.
    """
    if quantity == 0:
        return Decimal(0)
    return None if price is None else ratio(quantity * price, capital)
