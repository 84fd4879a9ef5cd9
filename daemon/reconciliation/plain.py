"""Records as plain JSON: decimals as strings, times with their offset, names as ts_code."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from market.money import decimal_text
from market.phases import SHANGHAI
from market.symbol import Symbol

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def plain_record(record: object) -> dict[str, Json]:
    """Return a dataclass as a dictionary of its fields. Raises TypeError for anything else."""
    if not is_dataclass(record):
        raise TypeError(f"{type(record).__name__} is no record")
    return {field.name: plain(getattr(record, field.name)) for field in fields(record)}


def plain(value: object) -> Json:
    """Return the JSON form; times in Shanghai.

    Raises TypeError for what has none, a float above all, and ValueError for a naive time.
    """
    if value is None or isinstance(value, bool | int):
        return value
    match value:
        case str() | Decimal() | date() | Symbol():
            return _text(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
        case _:
            return plain_record(value)


def _text(value: str | Decimal | date | Symbol) -> str:
    match value:
        case Decimal():
            return decimal_text(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value} carries no time zone")
            return value.astimezone(SHANGHAI).isoformat()
        case date():
            return value.isoformat()
        case str() | Symbol():
            return str(value)
        case _:
            assert_never(value)
