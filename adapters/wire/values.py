"""The values of the wire as pydantic types: read exactly, and only what a record can keep."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from market.money import decimal_text, to_e4
from market.symbol import Symbol

# A record adds up figures in 64 bits: a single one must leave room for many.
FIGURE_MAX = 10**12
YEAR_MIN, YEAR_MAX = 1990, 2200

_DECIMAL_PATTERN = r"-?[0-9]{1,18}(\.[0-9]{1,28})?"
_DECIMAL = re.compile(_DECIMAL_PATTERN)


def _decimal_string(value: object) -> Decimal:
    """Take a Decimal, or its plain text; a JSON number would have passed through a float."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise ValueError('money and prices are decimal strings such as "12.34"')


def _bookable(value: Decimal) -> Decimal:
    if abs(value) > FIGURE_MAX:
        raise ValueError(f"{value} is beyond {FIGURE_MAX} CNY")
    to_e4(value)
    return value


def _countable(value: int) -> int:
    if abs(value) > FIGURE_MAX:
        raise ValueError(f"{value} is beyond {FIGURE_MAX}")
    return value


def _some(value: int) -> int:
    if value == 0:
        raise ValueError("a trade of nothing is no trade")
    return value


def _believable(moment: datetime) -> datetime:
    """Refuse the ends of the calendar, where a change of time zone has no result."""
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise ValueError(f"{moment.year} is no year of trading")
    return moment


Money = Annotated[
    Decimal,
    BeforeValidator(_decimal_string),
    PlainSerializer(decimal_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_DECIMAL_PATTERN}$"}),
]
# What goes into the books: at most four decimals, so that nothing is ever rounded there.
BookedMoney = Annotated[Money, AfterValidator(_bookable)]
WholeNumber = Annotated[int, AfterValidator(_countable)]
TradedShares = Annotated[WholeNumber, AfterValidator(_some)]
Moment = Annotated[AwareDatetime, AfterValidator(_believable)]
ClientOrderId = Annotated[str, Field(min_length=8, max_length=24, pattern=r"^[\x21-\x7e]+$")]
SymbolText = Annotated[
    str,
    Field(pattern=r"^[0-9]{6}\.(SH|SZ|BJ)$"),
    AfterValidator(lambda text: str(Symbol.parse(text))),
]
