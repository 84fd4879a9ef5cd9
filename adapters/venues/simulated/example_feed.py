"""The newest session that has bars, played as if it were one that is still to come."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Self

from adapters.venues.simulated.bars import Bar, DailyBar, from_cents, to_cents
from adapters.venues.simulated.feed import MarketFeed
from adapters.venues.simulated.listings import Listings
from adapters.venues.simulated.records import ExRights, NameRecord
from adapters.venues.simulated.scaling import Band, Scaling
from adapters.venues.simulated.tables import MarketDataError
from market.calendar import TradingCalendar
from market.limits import DailyLimits, daily_limits
from market.rules import RuleBook, RuleMissingError
from market.symbol import Symbol

# Published for the session that is played; those of the coming one follow from its reference.
_OF_THE_DAY = ("pre_close", "up_limit", "down_limit")


class ExampleFeed:
    """Answers for the session `session` with the bars of the session `played`, prices scaled.

    A name without bars on `played`, or without a reference, does not trade.
    """

    def __init__(
        self, feed: MarketFeed, played: date, session: date, scalings: Mapping[str, Scaling]
    ) -> None:
        self._feed = feed
        self.played = played
        self._session = session
        self._scalings = scalings

    @classmethod
    def open(
        cls,
        market_dir: Path,
        session: date,
        references: Mapping[Symbol, Decimal],
        calendar: TradingCalendar,
        rule_book: RuleBook,
    ) -> Self:
        """Take the newest session of a market directory before `session`; references are CNY.

        Raises MarketDataError where the directory is no market or has no session before.
        """
        feed = MarketFeed(market_dir, calendar)
        played = feed.last_session(session)
        if played is None:
            raise MarketDataError(f"{market_dir} has no bars of a session before {session}")
        listings = Listings(feed, rule_book, calendar)
        found = {
            str(symbol): _scaling(symbol, reference, session, played, feed, listings, rule_book)
            for symbol, reference in references.items()
        }
        scalings = {code: scaling for code, scaling in found.items() if scaling is not None}
        return cls(feed, played, session, scalings)

    def has_bars(self, code: str) -> bool:
        """Whether the name can be played."""
        return code in self._scalings

    def knows(self, code: str, _day: date) -> bool:
        """Whether the name was listed by the session that is played."""
        return self._feed.knows(code, self.played)

    def name(self, code: str) -> NameRecord | None:
        """Return what instruments.csv says of the name."""
        return self._feed.name(code)

    def daily(self, code: str, day: date) -> DailyBar | None:
        """Return the bar of the session that is played, scaled, as the one to come."""
        scaling = self._scalings.get(code)
        played = self._feed.daily(code, self.played)
        if day != self._session or scaling is None or played is None:
            return None
        return DailyBar(day, scaling.bar(played.bar), scaling.reference)

    def last_close(self, code: str, before: date) -> Decimal | None:
        """Return the reference; the real close for a name that cannot be played."""
        scaling = self._scalings.get(code)
        return self._feed.last_close(code, before) if scaling is None else _cny(scaling)

    def is_suspended(self, code: str, _day: date) -> bool:
        """Whether the name does not trade: it did not on the session that is played."""
        return not self.has_bars(code) or self._feed.is_suspended(code, self.played)

    def status(self, code: str, _day: date) -> Mapping[str, object] | None:
        """Return the facts of the session that is played, without its own prices."""
        row = self._feed.status(code, self.played)
        return None if row is None else {**row, **dict.fromkeys(_OF_THE_DAY)}

    def ex_rights(self, _code: str, _day: date) -> ExRights | None:
        """Return None: the reference is a price of now."""
        return None

    def bars(self, code: str, day: date) -> tuple[Bar, ...] | None:
        """Return the quarter-hour bars of the session that is played, scaled."""
        scaling = self._scalings.get(code)
        played = self._feed.bars(code, self.played)
        if day != self._session or scaling is None or played is None:
            return None
        return tuple(scaling.bar(bar) for bar in played)


def _cny(scaling: Scaling) -> Decimal:
    return from_cents(scaling.reference)


def _scaling(
    symbol: Symbol,
    reference: Decimal,
    session: date,
    played: date,
    feed: MarketFeed,
    listings: Listings,
    rule_book: RuleBook,
) -> Scaling | None:
    """Return how a name's prices are carried over, None where its session cannot be played."""
    listing, daily = listings.published(symbol, played), feed.daily(str(symbol), played)
    if listing is None or daily is None or daily.prev_close is None:
        return None
    try:
        rules = rule_book.on(symbol, session, listing.rules.status)
    except RuleMissingError:
        return None
    return Scaling(
        prev_close=daily.prev_close,
        reference=to_cents(reference),
        before=_band(listing.limits),
        after=_band(daily_limits(rules, reference)),
    )


def _band(limits: DailyLimits | None) -> Band | None:
    return None if limits is None else Band(to_cents(limits.down), to_cents(limits.up))
