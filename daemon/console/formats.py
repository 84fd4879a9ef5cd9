"""How values look on a page; what cannot be read is shown as it is."""

from collections.abc import Callable
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
    return _number_as(value, lambda found: f"{found.quantize(_CENTS):,}")


def whole_money(value: object) -> str:
    """Return CNY with separators, rounded to the yuan."""
    return _number_as(value, lambda found: f"{found.quantize(Decimal(1)):,}")


def price(value: object) -> str:
    """Return a price with the decimals it has, two to four."""
    return _number_as(value, _price)


def shares(value: object) -> str:
    """Return a quantity with separators."""
    return _number_as(value, lambda found: f"{found.to_integral_value():,}")


def percent(value: object) -> str:
    """Return a fraction in percent with two decimals."""
    return _number_as(value, lambda found: f"{(found * _HUNDRED).quantize(_CENTS)} %")


def points(value: object) -> str:
    """Return basis points with one decimal and a sign."""
    return _number_as(value, lambda found: f"{found.quantize(Decimal('0.1')):+}")


def moment(value: object) -> str:
    """Return a moment in Shanghai time, without the year."""
    return _moment_as(value, "%m-%d %H:%M:%S")


def clock(value: object) -> str:
    """Return the time of day in Shanghai."""
    return _moment_as(value, "%H:%M:%S")


def short_hash(value: object) -> str:
    """Return the beginning of a hash."""
    return _or_nothing(value)[:HASH_SHOWN]


def _number_as(value: object, form: Callable[[Decimal], str]) -> str:
    found = number(value)
    return _or_nothing(value) if found is None else form(found)


def _price(found: Decimal) -> str:
    text = decimal_text(found.quantize(PRICE_STEP))
    return text if len(text.partition(".")[2]) > 1 else f"{found:.2f}"


def _moment_as(value: object, form: str) -> str:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return _or_nothing(value)
    return f"{found.astimezone(SHANGHAI):{form}}" if found.tzinfo else _or_nothing(value)


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
