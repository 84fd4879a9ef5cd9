"""Numbers and dates as the producer writes them, by strict ASCII syntax."""

import re
from datetime import date
from decimal import Decimal

# Python's own float() and Decimal() take 1_000, full-width digits, NaN and blanks around.
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"(?:19|20)[0-9]{6}")
_CELL_DAY = re.compile(
    r"((?:19|20)[0-9]{2})(?:([0-9]{2})([0-9]{2})(?:\.0)?|-([0-9]{2})-([0-9]{2}))"
)
NUMBER_LENGTH_MAX = 62
DECIMAL_PLACES_MAX = 60


def strict_decimal(text: str) -> Decimal | None:
    """Return the exact number, plain or as pandas writes small ones (1e-05); None if it is none.

    At most 62 characters and 60 decimal places, so that sums of weights can be exact.
    """
    if len(text) > NUMBER_LENGTH_MAX or _DECIMAL.fullmatch(text) is None:
        return None
    value = Decimal(text)
    # Only an exponent can bring a text this short beyond 60 places.
    if "e" in text or "E" in text:
        return value if decimal_places(value) <= DECIMAL_PLACES_MAX else None
    return value


def decimal_places(value: Decimal) -> int:
    """Return how many digits stand after the point; zero or less for whole numbers."""
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def is_fraction(value: Decimal) -> bool:
    """Whether a weight or exposure lies in [0, 1]; minus zero does not."""
    return not value.is_signed() and value <= 1


def parse_day(text: str) -> date | None:
    """Return the day of YYYYMMDD, or None where the text is no day of this or the last century."""
    if _DAY.fullmatch(text) is None:
        return None
    return _day(text[:4], text[4:6], text[6:])


def parse_cell_day(text: str) -> date | None:
    """Return the day of a CSV cell: 20251107, 20251107.0 (a float column) or 2025-11-07."""
    match = _CELL_DAY.fullmatch(text)
    if match is None:
        return None
    return _day(match[1], match[2] or match[4], match[3] or match[5])


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
