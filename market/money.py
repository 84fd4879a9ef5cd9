from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")

# SQLite keeps signed 64-bit integers.
_E4_MAXIMUM = 2**63 - 1


def to_e4(value: Decimal) -> int:
    """Return the amount in 1/10000 CNY as SQLite keeps it.

    Exact: raises ValueError for more than four decimals, for NaN and infinities, and beyond 64 bit.
    """
    if not value.is_finite() or abs(value) > Decimal(_E4_MAXIMUM).scaleb(-4):
        raise ValueError(f"{value} does not fit into 64 bits of 1/10000 CNY")
    numerator, denominator = value.as_integer_ratio()
    units, remainder = divmod(numerator * 10_000, denominator)
    if remainder:
        raise ValueError(f"{value} has more than four decimals")
    return units


def from_e4(value: int) -> Decimal:
    """Return the amount in CNY of an integer count of 1/10000 CNY."""
    return Decimal(value).scaleb(-4)


def round_half_up(value: Decimal, tick: Decimal) -> Decimal:
    """Round to the nearest multiple of `tick`, halves away from zero, as the exchanges do."""
    return _to_multiple(value, tick, ROUND_HALF_UP)


def floor_to(value: Decimal, tick: Decimal) -> Decimal:
    """Return the largest multiple of `tick` that is not above `value`."""
    return _to_multiple(value, tick, ROUND_FLOOR)


def ceil_to(value: Decimal, tick: Decimal) -> Decimal:
    """Return the smallest multiple of `tick` that is not below `value`."""
    return _to_multiple(value, tick, ROUND_CEILING)


def round_cent(value: Decimal) -> Decimal:
    """Round half up to 0.01 CNY."""
    return round_half_up(value, CENT)


def is_multiple_of(value: Decimal, tick: Decimal) -> bool:
    """Whether `value` lies on the grid of `tick`."""
    return value % tick == 0


def decimal_text(value: Decimal) -> str:
    """Return the one canonical text of a number: "12.34", "12.3", "0", "1000".

    No exponent, no trailing zero after the point, no minus before zero; equal values give equal
    text. Raises ValueError for NaN and infinities.
    """
    if not value.is_finite():
        raise ValueError(f"{value} has no decimal text")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _to_multiple(value: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (value / tick).to_integral_value(rounding=rounding) * tick
