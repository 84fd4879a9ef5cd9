"""Real bars of a market directory as the venue plays them (data/README.md)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from adapters.venues.simulated.bars import (
    Bar,
    DailyBar,
    cents_of_number,
    slot_ends,
    split_daily,
)
from adapters.venues.simulated.records import (
    ExRights,
    NameRecord,
    read_ex_rights,
    read_names,
    read_suspensions,
    require_same_sessions,
)
from adapters.venues.simulated.tables import MarketDataError, SymbolTable
from market.calendar import TradingCalendar

_BAR_COLUMNS = ("open", "high", "low", "close", "volume", "amount")
_STATUS_COLUMNS = (
    "name",
    "is_st",
    "delisting",
    "suspended",
    "no_limit",
    "pre_close",
    "up_limit",
    "down_limit",
)


class MarketFeed:
    """Bars and published facts by name and session day.

    Only daily_bars.parquet is required; what else lies in the directory is used. Everything is
    read when first asked for; quarter-hour bars are kept for one day at a time.
    """

    def __init__(self, folder: Path, calendar: TradingCalendar) -> None:
        """Open the directory. Raises MarketDataError when it has no daily bars."""
        self._folder = folder
        self._calendar = calendar
        if not (folder / "daily_bars.parquet").exists():
            raise MarketDataError(f"{folder} has no daily_bars.parquet")
        require_same_sessions(folder, calendar)
        self._bars_day: date | None = None
        self._bars: dict[str, tuple[Bar, ...] | None] = {}
        self._quarter_hours: SymbolTable | None = None
        self._status_day: date | None = None
        self._status: SymbolTable | None = None

    def knows(self, code: str, day: date) -> bool:
        """Whether the name was listed by that day as far as the data tell, without looking on."""
        return (
            self._daily.on(code, day) is not None
            or self._daily.before(code, day) is not None
            or self.status(code, day) is not None
        )

    def last_session(self, before: date) -> date | None:
        """Return the newest day with bars strictly before a day, None without one."""
        return self._daily.last_day(before)

    def name(self, code: str) -> NameRecord | None:
        """Return what instruments.csv says of the name."""
        return self._names.get(code)

    def daily(self, code: str, day: date) -> DailyBar | None:
        """Return the daily bar, or None on a day without trading."""
        row = self._daily.on(code, day)
        return None if row is None else _daily_bar(row, day)

    def last_close(self, code: str, before: date) -> Decimal | None:
        """Return the close of the newest session with trading strictly before that day."""
        row = self._daily.before(code, before)
        return None if row is None else _money(row["close"])

    def is_suspended(self, code: str, day: date) -> bool:
        """Whether the name does not trade that day; suspensions are public before the open."""
        status = self.status(code, day)
        told = status is not None and bool(status["suspended"])
        return told or (code, day) in self._suspensions or self._daily.on(code, day) is None

    def status(self, code: str, day: date) -> Mapping[str, object] | None:
        """Return the row of status_daily.parquet, or None."""
        if self._status_day != day:
            path = self._folder / "status_daily.parquet"
            self._status = SymbolTable.read(path, _STATUS_COLUMNS, day) if path.exists() else None
            self._status_day = day
        return None if self._status is None else self._status.on(code, day)

    def ex_rights(self, code: str, day: date) -> ExRights | None:
        """Return the ex-day entry of a name, or None.

        Without ex_rights.csv it is read off the bars: a published reference below the close of
        the session before.
        """
        if self._ex_rights is not None:
            return self._ex_rights.get(day, {}).get(code)
        today = self.daily(code, day)
        before = self.daily(code, self._calendar.previous_session(day))
        if today is None or before is None or today.prev_close is None:
            return None
        if today.prev_close >= before.bar.close:
            return None
        return ExRights(code, Decimal(before.bar.close) / 100, Decimal(today.prev_close) / 100)

    def bars(self, code: str, day: date) -> tuple[Bar, ...] | None:
        """Return the 16 quarter-hour bars of a name, or None on a day without trading.

        Real ones where minute_bars.parquet has them, else made of the daily bar.
        """
        if self._bars_day != day:
            self._open_day(day)
        if code not in self._bars:
            self._bars[code] = self._make_bars(code, day)
        return self._bars[code]

    def _open_day(self, day: date) -> None:
        path = self._folder / "minute_bars.parquet"
        self._quarter_hours = (
            SymbolTable.read(path, ("time", *_BAR_COLUMNS), day) if path.exists() else None
        )
        self._bars = {}
        self._bars_day = day

    def _make_bars(self, code: str, day: date) -> tuple[Bar, ...] | None:
        if self._quarter_hours is not None and code in self._quarter_hours:
            return _fill_slots(self._quarter_hours.rows(code), day)
        daily = self.daily(code, day)
        return None if daily is None else split_daily(daily.bar)

    @cached_property
    def _daily(self) -> SymbolTable:
        path = self._folder / "daily_bars.parquet"
        return SymbolTable.read(path, ("pre_close", *_BAR_COLUMNS))

    @cached_property
    def _names(self) -> Mapping[str, NameRecord]:
        return read_names(self._folder)

    @cached_property
    def _suspensions(self) -> frozenset[tuple[str, date]]:
        return read_suspensions(self._folder)

    @cached_property
    def _ex_rights(self) -> Mapping[date, Mapping[str, ExRights]] | None:
        return read_ex_rights(self._folder)


def optional_price(value: object) -> Decimal | None:
    """Read a price cell that may be empty. Raises MarketDataError for anything else."""
    return None if value is None or value != value else _money(value)  # noqa: PLR0124 - NaN


def _money(value: object) -> Decimal:
    return Decimal(_cents(value)).scaleb(-2)


def _cents(value: object) -> int:
    if not isinstance(value, int | float):
        raise MarketDataError(f"{value!r} is not a number")
    return cents_of_number(value)


def _count(value: object) -> int:
    if not isinstance(value, int):
        raise MarketDataError(f"{value!r} is not a number of shares")
    return value


def _bar(row: Mapping[str, object]) -> Bar:
    return Bar(
        open=_cents(row["open"]),
        high=_cents(row["high"]),
        low=_cents(row["low"]),
        close=_cents(row["close"]),
        volume=_count(row["volume"]),
        amount=_cents(row["amount"]),
    )


def _daily_bar(row: Mapping[str, object], day: date) -> DailyBar:
    reference = optional_price(row["pre_close"])
    return DailyBar(day, _bar(row), None if reference is None else int(reference.scaleb(2)))


def _fill_slots(rows: Sequence[Mapping[str, object]], day: date) -> tuple[Bar, ...]:
    """Put the day's rows into 16 slots; a missing one stands still without volume."""
    by_time = {str(row["time"]): _bar(row) for row in rows}
    first = min(by_time)
    price = by_time[first].open
    slots = []
    for end in slot_ends(day):
        bar = by_time.get(f"{end:%H:%M}") or Bar(price, price, price, price, 0, 0)
        price = bar.close
        slots.append(bar)
    return tuple(slots)
