"""What forbids buying a name for good, whatever the cash and the book say (rule 16).

A holding of such a name may still go: only buys are bounded here.
"""

from datetime import date

from adapters.broker import Instrument
from config.settings import CheckSettings
from daemon.planning.inputs import security_status
from market.board import board_of
from market.calendar import TradingCalendar
from market.rules import SecurityStatus
from statemachine.reasons import Reason

# a-share-rules.md section 11: a rebalancer stays out of the first five days of a listing.
_LISTING_SESSIONS = 5
# More days than five sessions ever take, the longest holiday included.
_LISTING_DAYS_BOUND = 30


def buy_denial(
    instrument: Instrument, session_date: date, checks: CheckSettings, calendar: TradingCalendar
) -> Reason | None:
    """Return the first reason why the name is not bought on that session, None without one.

    Asked when planning and again at release, because a name may become ST in between, and the
    account may not trade those (a-share-rules.md sections 2 and 10).
    """
    symbol, status = instrument.symbol, security_status(instrument)
    if str(symbol) in checks.blacklist:
        return Reason.BLACKLISTED
    if board_of(symbol) in checks.denied_boards or status in checks.denied_statuses:
        return Reason.NO_PERMISSION
    if status is SecurityStatus.DELISTING:
        return Reason.DELISTING
    return _listing_denial(instrument.list_date, session_date, calendar)


def _listing_denial(
    list_date: date | None, session_date: date, calendar: TradingCalendar
) -> Reason | None:
    if list_date is None or (session_date - list_date).days > _LISTING_DAYS_BOUND:
        return None
    if list_date > session_date:
        return Reason.NOT_LISTED
    sessions = len(calendar.sessions(list_date, session_date))
    return Reason.LISTING_DAYS if sessions <= _LISTING_SESSIONS else None
