"""What the market of a day asks its source of bars; the port behind DayMarket and Listings."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from adapters.venues.simulated.bars import Bar, DailyBar
from adapters.venues.simulated.records import ExRights, NameRecord


class SessionFeed(Protocol):
    """Bars and published facts by name and session day; MarketFeed says what each is."""

    def knows(self, code: str, day: date) -> bool:
        """Whether the name was listed by that day."""
        ...

    def name(self, code: str) -> NameRecord | None:
        """What the list of names says of it."""
        ...

    def daily(self, code: str, day: date) -> DailyBar | None:
        """The daily bar, or None on a day without trading."""
        ...

    def last_close(self, code: str, before: date) -> Decimal | None:
        """The newest close strictly before that day, CNY."""
        ...

    def is_suspended(self, code: str, day: date) -> bool:
        """Whether the name does not trade that day."""
        ...

    def status(self, code: str, day: date) -> Mapping[str, object] | None:
        """The published facts of that day, or None."""
        ...

    def ex_rights(self, code: str, day: date) -> ExRights | None:
        """The ex-day entry of the name, or None."""
        ...

    def bars(self, code: str, day: date) -> tuple[Bar, ...] | None:
        """The 16 quarter-hour bars, or None on a day without trading."""
        ...
