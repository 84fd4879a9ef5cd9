"""Everything a plan is computed from, and the few facts read off it name by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from adapters.broker import Instrument, Quote
from config.settings import Settings
from market.calendar import TradingCalendar
from market.fees import FeeSchedule
from market.phases import SHANGHAI
from market.rules import RuleBook, SecurityStatus
from market.symbol import Symbol
from statemachine.portfolio import TargetPortfolio
from statemachine.position import AccountSnapshot, Position

# From this time on the venue's instruments carry the previous close and limits of the day itself.
_PUBLISHED_FROM = time(9, 0)
_DELISTING_MARK = "退"


class ReferenceKind(StrEnum):
    """Where a reference price comes from.

    LAST: traded on the session itself. PREV_CLOSE: the close before the session, which goes
    ex-rights with the published one. NONE: there was no price.
    """

    LAST = "LAST"
    PREV_CLOSE = "PREV_CLOSE"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Reference:
    """The price a line is sized and bounded by, CNY."""

    price: Decimal
    kind: ReferenceKind


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """One account, one portfolio, one moment; a plan is a pure function of this.

    `owned` is ours alone, in shares, never what somebody else holds on the account (rule 11).
    `messages_used` counts orders and cancels of the session so far. `parent_run_id` is set for
    a residual plan only.
    """

    portfolio: TargetPortfolio
    account: str
    mode: str
    endpoint: str
    snapshot: AccountSnapshot
    owned: Mapping[Symbol, int]
    instruments: Mapping[Symbol, Instrument]
    quotes: Mapping[Symbol, Quote]
    rules: RuleBook
    fees: FeeSchedule
    calendar: TradingCalendar
    settings: Settings
    settings_hash: str
    session_date: date
    expires_at: datetime
    now: datetime
    messages_used: int = 0
    parent_run_id: str | None = None

    @property
    def is_session_open(self) -> bool:
        """Whether the venue already speaks about the session itself, not about the day before."""
        local = self.now.astimezone(SHANGHAI)
        return local.date() == self.session_date and local.time() >= _PUBLISHED_FROM

    def reference(self, symbol: Symbol) -> Reference | None:
        """Return the last trade of the session, else the close before it; None without either.

        On the eve the last trade is that close. Once the session's own previous close is
        published it wins over an older trade, because it is already ex-rights.
        """
        quote, instrument = self.quotes.get(symbol), self.instruments.get(symbol)
        last = None if quote is None else quote.last
        prev_close = None if instrument is None else instrument.prev_close
        if last is not None and self._is_of_session(quote):
            return Reference(last, ReferenceKind.LAST)
        candidates = (prev_close, last) if self.is_session_open else (last, prev_close)
        price = next((price for price in candidates if price is not None), None)
        return None if price is None else Reference(price, ReferenceKind.PREV_CLOSE)

    def _is_of_session(self, quote: Quote | None) -> bool:
        if quote is None or quote.quote_time is None:
            return False
        return quote.quote_time.astimezone(SHANGHAI).date() == self.session_date


class Holdings:
    """The account's positions by name, as the broker reports them: ours and foreign together."""

    __slots__ = ("_positions", "_settles_before_session")

    def __init__(self, snapshot: AccountSnapshot, session_date: date) -> None:
        taken = snapshot.as_of.astimezone(SHANGHAI).date()
        self._positions = {position.symbol: position for position in snapshot.positions}
        self._settles_before_session = taken < session_date

    def position(self, symbol: Symbol) -> Position | None:
        """Return the broker's row, None where the account holds nothing of the name."""
        return self._positions.get(symbol)

    def sellable(self, symbol: Symbol) -> int:
        """Return what the account can sell of a name on the session, shares.

        A snapshot of an earlier day: what was bought by then settles until the session (T+1). The
        real figure is read again before an order leaves.
        """
        position = self._positions.get(symbol)
        if position is None:
            return 0
        return position.quantity if self._settles_before_session else position.sellable


def security_status(instrument: Instrument) -> SecurityStatus:
    """Return what the venue's facts say about the kind of rules that hold today."""
    if _DELISTING_MARK in instrument.name:
        return SecurityStatus.DELISTING
    return SecurityStatus.ST if instrument.is_st else SecurityStatus.NORMAL
