"""The market of the day the venue is in: facts, quotes and prices of any name at a moment."""

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from adapters.broker import InstrumentStatus
from adapters.venues.simulated.bars import ended_slots, slot_ends, to_cents
from adapters.venues.simulated.halts import Halts
from adapters.venues.simulated.listings import Listing, Listings
from adapters.venues.simulated.name_book import NameDay
from adapters.venues.simulated.quotes import quote_view
from adapters.venues.simulated.records import ExRights
from adapters.venues.simulated.session_feed import SessionFeed
from adapters.wire.models import QuoteView
from market.calendar import TradingCalendar
from market.phases import SHANGHAI, Phase, phase_at
from market.rules import RuleBook
from market.symbol import Symbol

# After-hours trading is over: from here on the facts asked for are those of the next session.
DAY_END = time(15, 30)

# While these run the venue vouches for its quotes; otherwise they are as old as the last bar.
_QUOTING = frozenset({Phase.MORNING, Phase.AFTERNOON, Phase.CLOSING_CALL})


class DayMarket:
    """One session of real bars; `open_day` moves on to the next.

    `halts` are what a test or an operator of the venue adds; the data know whole days only.
    """

    def __init__(
        self,
        feed: SessionFeed,
        rule_book: RuleBook,
        calendar: TradingCalendar,
        day: date,
        seed: int = 0,
    ) -> None:
        """Begin in a session, which may be over already; the seed draws the depth of books."""
        self.halts = Halts()
        self._seed = seed
        self._feed = feed
        self._listings = Listings(feed, rule_book, calendar)
        self._calendar = calendar
        self._day = day
        self._quotes: dict[Symbol, tuple[int, QuoteView]] = {}

    @property
    def day(self) -> date:
        """The session whose bars are played, until the next one is opened."""
        return self._day

    def open_day(self, day: date) -> None:
        """Begin a new session."""
        self._day = day
        self._quotes = {}

    def trade_date(self, moment: datetime) -> date:
        """Return the session in progress, or the next one when none is."""
        local = moment.astimezone(SHANGHAI)
        if self._calendar.is_session(local.date()) and local.time() < DAY_END:
            return local.date()
        return self._calendar.next_session(local.date())

    def listing(self, symbol: Symbol, moment: datetime) -> Listing | None:
        """Return the facts of the trade date as known at a moment, None for unknown names.

        From the end of a session to the opening of the next day they are what its last close
        lets one expect; then they are published. A name in a halt is HALTED.
        """
        coming = self.trade_date(moment)
        if coming == self._day:
            listing = self._listings.published(symbol, self._day)
            if listing is not None and self.halts.is_halted(symbol, moment):
                return replace(listing, status=InstrumentStatus.HALTED)
            return listing
        return self._listings.expected(symbol, self._day, coming)

    def quote(self, symbol: Symbol, moment: datetime) -> QuoteView:
        """Return the touch of the day from bars that ended by the moment."""
        ended = ended_slots(self._day, moment)
        known = self._quotes.get(symbol)
        if known is None or known[0] != ended:
            known = ended, self._make_quote(symbol, ended)
            self._quotes[symbol] = known
        quote = known[1]
        if quote.quote_time is None or phase_at(moment, self._calendar) not in _QUOTING:
            return quote
        return quote.model_copy(update={"quote_time": moment})

    def price(self, symbol: Symbol, moment: datetime) -> Decimal | None:
        """Return what a share is worth: last trade, else reference, else last close."""
        last = self.quote(symbol, moment).last
        if last is not None:
            return last
        listing = self._listings.published(symbol, self._day)
        return None if listing is None else listing.prev_close

    def name_day(self, symbol: Symbol) -> NameDay:
        """Return what the book needs to match a name today."""
        listing = self._listings.published(symbol, self._day)
        limits = None if listing is None else listing.limits
        return NameDay(
            bars=self._feed.bars(str(symbol), self._day),
            limit_up=None if limits is None else to_cents(limits.up),
            limit_down=None if limits is None else to_cents(limits.down),
            draw_key=f"{self._seed}|{symbol}|{self._day:%Y%m%d}",
        )

    def ex_rights(self, symbol: Symbol) -> ExRights | None:
        """Return the ex-day entry of a name for today, or None."""
        return self._feed.ex_rights(str(symbol), self._day)

    def _make_quote(self, symbol: Symbol, ended: int) -> QuoteView:
        return quote_view(
            symbol,
            self.name_day(symbol),
            ended,
            slot_ends(self._day)[ended - 1] if ended else None,
        )
