from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Self

from pydantic import ValidationError

from market.errors import MarketError
from market.records import SessionFile
from market.strict_yaml import load_strict_yaml

_SESSIONS_FILE = "sessions.yaml"
_DAYS_OF_WORK = 5
_DAYS_OF_WEEK = 7


class CalendarCoverageError(MarketError):
    """The question leaves the period the calendar knows; nothing may be scheduled there."""


class TradingCalendar:
    """The sessions of the three exchanges; days of the exchange, no time of day."""

    __slots__ = ("_first", "_last", "_members", "_sessions")

    def __init__(self, first: date, last: date, closed: Sequence[date]) -> None:
        """Weekdays from `first` to `last`, both known, are sessions unless listed in `closed`."""
        self._first = first
        self._last = last
        shut = frozenset(closed)
        days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        self._sessions = tuple(
            day for day in days if day.weekday() < _DAYS_OF_WORK and day not in shut
        )
        self._members = frozenset(self._sessions)
        if not self._sessions:
            raise ValueError("a calendar needs a session")

    @classmethod
    def load(cls, override_text: str | None = None) -> Self:
        """Read the shipped sessions; an override in the same shape adds closures or a new year.

        The override's closures are added, and its period must touch or lie inside the shipped
        one. Raises StrictYamlError for malformed text, ValueError for a wrong shape or a gap.
        """
        shipped = files("market").joinpath(_SESSIONS_FILE).read_text(encoding="utf-8")
        known = _read(shipped, _SESSIONS_FILE)
        if override_text is None:
            return cls(known.first, known.last, known.closed)
        added = _read(override_text, "calendar override")
        if added.first > known.last + timedelta(days=1) or added.first < known.first:
            raise ValueError(f"the override must begin between {known.first} and {known.last}")
        return cls(known.first, max(known.last, added.last), (*known.closed, *added.closed))

    def closures(self) -> tuple[date, date, tuple[date, ...]]:
        """Return the first and last day it knows, and the weekdays between without a session."""
        count = (self._last - self._first).days + 1
        days = (self._first + timedelta(days=offset) for offset in range(count))
        shut = (day for day in days if day.weekday() < _DAYS_OF_WORK and day not in self._members)
        return self._first, self._last, tuple(shut)

    @property
    def last_session(self) -> date:
        """The last session the calendar knows."""
        return self._sessions[-1]

    def coverage_days(self, day: date) -> int:
        """Return the calendar days from `day` to the last known session, negative past it."""
        return (self.last_session - day).days

    def is_session(self, day: date) -> bool:
        """Whether the exchanges trade on that day. Raises CalendarCoverageError (example E60)."""
        self._require_known(day)
        return day in self._members

    def next_session(self, day: date) -> date:
        """Return the first session strictly after. Raises CalendarCoverageError."""
        self._require_known(day)
        return self._at(bisect_right(self._sessions, day), day)

    def previous_session(self, day: date) -> date:
        """Return the last session strictly before. Raises CalendarCoverageError."""
        self._require_known(day)
        return self._at(bisect_left(self._sessions, day) - 1, day)

    def session_on_or_after(self, day: date) -> date:
        """Return the day itself if it is a session, else the next. Raises CalendarCoverageError."""
        self._require_known(day)
        return self._at(bisect_left(self._sessions, day), day)

    def sessions(self, start: date, end: date) -> tuple[date, ...]:
        """Return the sessions from start to end, both included. Raises CalendarCoverageError."""
        self._require_known(start)
        self._require_known(end)
        return self._sessions[
            bisect_left(self._sessions, start) : bisect_right(self._sessions, end)
        ]

    def first_session_of_week(self, day: date) -> date | None:
        """Return the first session of the Monday-to-Sunday week of `day`, None if it has none.

        "Every Monday" means this (example E59). Raises CalendarCoverageError when a day of that
        week is unknown.
        """
        monday = day - timedelta(days=day.weekday())
        week = self.sessions(monday, monday + timedelta(days=_DAYS_OF_WEEK - 1))
        return week[0] if week else None

    def _at(self, index: int, day: date) -> date:
        if not 0 <= index < len(self._sessions):
            raise self._coverage_error(day)
        return self._sessions[index]

    def _require_known(self, day: date) -> None:
        if not self._first <= day <= self._last:
            raise self._coverage_error(day)

    def _coverage_error(self, day: date) -> CalendarCoverageError:
        return CalendarCoverageError(
            "CALENDAR_COVERAGE",
            f"the trading calendar knows {self._first} to {self._last}; "
            f"the answer for {day} lies outside, so nothing is scheduled",
            f"交易日历仅覆盖 {self._first} 至 {self._last}，{day} 的结果超出范围，拒绝排期",
        )


def _read(text: str, name: str) -> SessionFile:
    try:
        return SessionFile.model_validate(load_strict_yaml(text, name))
    except ValidationError as error:
        raise ValueError(f"{name}: {error}") from error
