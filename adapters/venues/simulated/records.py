"""The small files beside the bars: names, suspensions, ex-days, the calendar."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from adapters.venues.simulated.tables import MarketDataError
from market.calendar import TradingCalendar


@dataclass(frozen=True, slots=True)
class NameRecord:
    """A name as instruments.csv has it; `listed_on` only for listings inside the data."""

    name: str
    listed_on: date | None


@dataclass(frozen=True, slots=True)
class ExRights:
    """An ex-day: what a share was last traded at and the reference price published instead."""

    code: str
    last_close: Decimal
    prev_close: Decimal

    @property
    def credit(self) -> Decimal:
        """Cash for one share held overnight, CNY; the file gives no more than the factor."""
        return self.last_close - self.prev_close


def read_names(folder: Path) -> Mapping[str, NameRecord]:
    """Read instruments.csv, empty where it is missing."""
    rows = _rows(folder / "instruments.csv", ("ts_code", "name", "listed_in_window"))
    return {row["ts_code"]: NameRecord(row["name"], _date(row["listed_in_window"])) for row in rows}


def read_suspensions(folder: Path) -> frozenset[tuple[str, date]]:
    """Read the stock-days without trading, empty where the file is missing."""
    rows = _rows(folder / "suspensions.csv", ("ts_code", "trade_date"))
    return frozenset((row["ts_code"], _required_date(row["trade_date"])) for row in rows)


def read_ex_rights(folder: Path) -> Mapping[date, Mapping[str, ExRights]] | None:
    """Read the ex-days by day and name, or None where the file is missing."""
    path = folder / "ex_rights.csv"
    if not path.exists():
        return None
    by_day: dict[date, dict[str, ExRights]] = {}
    for row in _rows(path, ("ts_code", "ex_date", "last_close", "pre_close")):
        record = ExRights(row["ts_code"], _price(row["last_close"]), _price(row["pre_close"]))
        by_day.setdefault(_required_date(row["ex_date"]), {})[record.code] = record
    return by_day


def require_same_sessions(folder: Path, calendar: TradingCalendar) -> None:
    """Compare trade_calendar.csv with the calendar of the rule book, where the file exists.

    Raises MarketDataError when they name different sessions in the period of the file.
    """
    rows = _rows(folder / "trade_calendar.csv", ("trade_date",))
    told = [_required_date(row["trade_date"]) for row in rows]
    if told and list(calendar.sessions(told[0], told[-1])) != told:
        raise MarketDataError(f"{folder / 'trade_calendar.csv'} disagrees with the calendar")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise MarketDataError(f"{path} lacks the columns {', '.join(sorted(missing))}")
        yield from reader


def _date(text: str) -> date | None:
    return _required_date(text) if text else None


def _required_date(text: str) -> date:
    try:
        return datetime.strptime(f"{text}+0000", "%Y%m%d%z").date()
    except ValueError as error:
        raise MarketDataError(f"{text!r} is not a date YYYYMMDD") from error


def _price(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise MarketDataError(f"{text!r} is not a price") from error
