"""What is published of a name before a session opens: reference price, limits, status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adapters.broker import InstrumentStatus
from adapters.venues.simulated.feed import optional_price
from adapters.venues.simulated.session_feed import SessionFeed
from adapters.wire.models import InstrumentView
from market.board import is_tradable_stock
from market.calendar import TradingCalendar
from market.limits import DailyLimits, daily_limits
from market.rules import RuleBook, RuleMissingError, Rules, SecurityStatus
from market.symbol import Symbol


@dataclass(frozen=True, slots=True)
class Listing:
    """A name's facts for one session; `limits` None means no limit that day."""

    symbol: Symbol
    name: str
    rules: Rules
    status: InstrumentStatus
    is_st: bool
    list_date: date | None
    prev_close: Decimal | None
    limits: DailyLimits | None


class Listings:
    """Facts by name for one session at a time."""

    def __init__(self, feed: SessionFeed, rule_book: RuleBook, calendar: TradingCalendar) -> None:
        """Answer from these sources; nothing is read before the first question."""
        self._feed = feed
        self._rule_book = rule_book
        self._calendar = calendar
        self._day: date | None = None
        self._known: dict[Symbol, Listing | None] = {}

    def published(self, symbol: Symbol, day: date) -> Listing | None:
        """Return the facts of a session as published before its open, None for unknown names."""
        if self._day != day:
            self._day, self._known = day, {}
        if symbol not in self._known:
            self._known[symbol] = self._make(symbol, day)
        return self._known[symbol]

    def expected(self, symbol: Symbol, last: date, coming: date) -> Listing | None:
        """Return what can be told after the close of `last` of the session `coming`.

        The reference is the last close, before any ex-rights entry is published, and the limits
        are computed from it.
        """
        listing = self.published(symbol, last)
        close = self._feed.last_close(str(symbol), coming)
        if listing is None or close is None:
            return listing
        rules = self._rule_book.on(symbol, coming, listing.rules.status)
        return Listing(
            symbol=symbol,
            name=listing.name,
            rules=rules,
            status=listing.status,
            is_st=listing.is_st,
            list_date=listing.list_date,
            prev_close=close,
            limits=daily_limits(rules, close),
        )

    def _make(self, symbol: Symbol, day: date) -> Listing | None:
        code = str(symbol)
        if not is_tradable_stock(symbol) or not self._feed.knows(code, day):
            return None
        row = self._feed.status(code, day)
        prev_close = self._prev_close(code, day, row)
        try:
            rules = self._rule_book.on(symbol, day, self._security_status(symbol, day, prev_close))
        except RuleMissingError:
            return None
        record = self._feed.name(code)
        suspended = self._feed.is_suspended(code, day)
        return Listing(
            symbol=symbol,
            name=str(row["name"]) if row is not None else record.name if record else code,
            rules=rules,
            status=InstrumentStatus.SUSPENDED if suspended else InstrumentStatus.TRADING,
            is_st=row is not None and bool(row["is_st"]),
            list_date=None if record is None else record.listed_on,
            prev_close=prev_close,
            limits=_limits(rules, prev_close, row),
        )

    def _prev_close(self, code: str, day: date, row: Mapping[str, object] | None) -> Decimal | None:
        bar = self._feed.daily(code, day)
        if bar is not None:
            return None if bar.prev_close is None else Decimal(bar.prev_close).scaleb(-2)
        told = None if row is None else optional_price(row["pre_close"])
        return told if told is not None else self._feed.last_close(code, day)

    def _security_status(
        self, symbol: Symbol, day: date, prev_close: Decimal | None
    ) -> SecurityStatus:
        row = self._feed.status(str(symbol), day)
        if row is not None:
            if row["no_limit"]:
                return SecurityStatus.UNLIMITED
            if row["delisting"]:
                return SecurityStatus.DELISTING
            return SecurityStatus.ST if row["is_st"] else SecurityStatus.NORMAL
        if prev_close is None or self._is_first_days(symbol, day):
            return SecurityStatus.UNLIMITED
        return SecurityStatus.NORMAL

    def _is_first_days(self, symbol: Symbol, day: date) -> bool:
        record = self._feed.name(str(symbol))
        if record is None or record.listed_on is None or record.listed_on > day:
            return False
        rules = self._rule_book.on(symbol, day, SecurityStatus.NORMAL)
        listing_day = len(self._calendar.sessions(record.listed_on, day))
        return rules.is_unlimited_day(listing_day, None)


def instrument_view(symbol: Symbol, listing: Listing | None) -> InstrumentView:
    """Return the facts in the words of the wire; NOT_FOUND for a name without any."""
    if listing is None:
        return InstrumentView(
            symbol=str(symbol),
            name="",
            board="",
            status=InstrumentStatus.NOT_FOUND,
            is_st=False,
            list_date=None,
            prev_close=None,
            limit_up=None,
            limit_down=None,
            tick=None,
        )
    return InstrumentView(
        symbol=str(symbol),
        name=listing.name,
        board=listing.rules.board.value,
        status=listing.status,
        is_st=listing.is_st,
        list_date=listing.list_date,
        prev_close=listing.prev_close,
        limit_up=None if listing.limits is None else listing.limits.up,
        limit_down=None if listing.limits is None else listing.limits.down,
        tick=listing.rules.tick,
    )


def _limits(
    rules: Rules, prev_close: Decimal | None, row: Mapping[str, object] | None
) -> DailyLimits | None:
    """Return published limits before computed ones."""
    if rules.limit_ratio is None or prev_close is None:
        return None
    up = None if row is None else optional_price(row["up_limit"])
    down = None if row is None else optional_price(row["down_limit"])
    if up is not None and down is not None:
        return DailyLimits(up, down)
    return daily_limits(rules, prev_close)
