"""Values as SQLite keeps them, and back: 1/10000 CNY, UTC text, codes."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import overload

from market.money import from_e4, to_e4
from market.phases import SHANGHAI
from market.symbol import Exchange, Symbol

PlainValue = str | int | None
SqlValue = PlainValue | bytes


@overload
def optional_e4(value: Decimal) -> int: ...
@overload
def optional_e4(value: None) -> None: ...
@overload
def optional_e4(value: Decimal | None) -> int | None: ...
def optional_e4(value: Decimal | None) -> int | None:
    """Return 1/10000 CNY; None stays None."""
    return None if value is None else to_e4(value)


def optional_money(value: int | None) -> Decimal | None:
    """Return CNY; NULL stays None."""
    return None if value is None else from_e4(value)


def moment_of(value: str) -> datetime:
    """Return a stored moment in Shanghai time, so that its date is the market's date."""
    return datetime.fromisoformat(value).astimezone(SHANGHAI)


def optional_moment(value: str | None) -> datetime | None:
    """Return a stored moment like `moment_of`; NULL stays None."""
    return None if value is None else moment_of(value)


def optional_date(value: str | None) -> date | None:
    """Return a date; NULL stays None."""
    return None if value is None else date.fromisoformat(value)


@lru_cache(maxsize=8192)
def symbol_of(ts_code: str) -> Symbol:
    """Return the symbol of a stored code; it was checked on its way in."""
    code, _, exchange = ts_code.partition(".")
    return Symbol(code, Exchange(exchange))
