"""How values look on a page; what cannot be read is shown as it is."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from market.money import decimal_text
from market.phases import SHANGHAI

NOTHING = "–"
HASH_SHOWN = 12
PRICE_STEP = Decimal("0.0001")
_CENTS = Decimal("0.01")
_HUNDRED = Decimal(100)


def number(value: object) -> Decimal | None:
    """Return a JSON value as a number, None for one that is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def money(value: object) -> str:
    """Return CNY with separators and two decimals."""
    found = number(value)
    return _or_nothing(value) if found is None else f"{found.quantize(_CENTS):,}"


def whole_money(value: object) -> str:
    """Return CNY with separators, rounded to the yuan."""
    found = number(value)
    return _or_nothing(value) if found is None else f"{found.quantize(Decimal(1)):,}"


def price(value: object) -> str:
    """Return a price with the decimals it has, two to four."""
    found = number(value)
    if found is None:
        return _or_nothing(value)
    text = decimal_text(found.quantize(PRICE_STEP))
    return text if len(text.partition(".")[2]) > 1 else f"{found:.2f}"


def shares(value: object) -> str:
    """Return a quantity with separators."""
    found = number(value)
    return _or_nothing(value) if found is None else f"{found.to_integral_value():,}"


def percent(value: object) -> str:
    """Return a fraction in percent with two decimals."""
    found = number(value)
    return _or_nothing(value) if found is None else f"{(found * _HUNDRED).quantize(_CENTS)} %"


def points(value: object) -> str:
    """Return basis points with one decimal and a sign."""
    found = number(value)
    return _or_nothing(value) if found is None else f"{found.quantize(Decimal('0.1')):+}"


def moment(value: object) -> str:
    """Return a moment in Shanghai time, without the year."""
    found = _moment(value)
    return _or_nothing(value) if found is None else f"{found:%m-%d %H:%M:%S}"


def clock(value: object) -> str:
    """Return the time of day in Shanghai."""
    found = _moment(value)
    return _or_nothing(value) if found is None else f"{found:%H:%M:%S}"


def short_hash(value: object) -> str:
    """Return the beginning of a hash."""
    return _or_nothing(value)[:HASH_SHOWN]


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(SHANGHAI) if found.tzinfo else None


def _or_nothing(value: object) -> str:
    return NOTHING if value is None or value == "" else str(value)


FILTERS = {
    "money": money,
    "whole_money": whole_money,
    "price": price,
    "shares": shares,
    "percent": percent,
    "points": points,
    "moment": moment,
    "clock": clock,
    "short_hash": short_hash,
}
