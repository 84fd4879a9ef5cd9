"""Which session a signal is for, and whether it comes in time (trading-day.md rules 1 and 2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from config.settings import CheckSettings, DaySettings
from market.calendar import CalendarCoverageError, TradingCalendar
from market.phases import SHANGHAI
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

# Rule 2: from the open on, a pair for this session is late.
_OPEN = time(9, 30)


@dataclass(frozen=True, slots=True)
class DateCheck:
    """The session of a signal, or why it has none.

    `approval_from` is set where days without trading lie between signal and session: an approval
    counts only from that market moment on, and the plan carries STALE_SIGNAL as a flag.
    """

    session_date: date | None
    refusals: tuple[Refusal, ...] = ()
    approval_from: datetime | None = None


def session_date_for(signal_date: date, calendar: TradingCalendar) -> date:
    """Return the first session strictly after the signal. Raises CalendarCoverageError."""
    return calendar.next_session(signal_date)


def approval_opens_at(
    signal_date: date, session_date: date, checks: CheckSettings, day: DaySettings
) -> datetime | None:
    """Return the moment from which an approval counts, None where any moment does."""
    if (session_date - signal_date).days <= checks.signal_age_days_max:
        return None
    return datetime.combine(session_date, day.holiday_approval_from, SHANGHAI)


def approval_closes_at(session_date: date, day: DaySettings) -> datetime:
    """Return the market moment at which plan and approval of that session expire (rule 1)."""
    return datetime.combine(session_date, day.approval_cut_off, SHANGHAI)


def check_dates(
    signal_date: date,
    arrived_at: datetime,
    calendar: TradingCalendar,
    checks: CheckSettings,
    day: DaySettings,
) -> DateCheck:
    """Decide whether a pair that arrives at this market moment still has its session ahead.

    The folder's date is the producer's clock and does not count; `signal_date` does. Past the end
    of the calendar nothing is scheduled.
    """
    try:
        session_date = session_date_for(signal_date, calendar)
        local = arrived_at.astimezone(SHANGHAI)
        refusals = tuple(_refusals(signal_date, local, calendar, checks, day))
    except CalendarCoverageError as error:
        refusal = _refusal(Reason.CALENDAR_COVERAGE, error.message)
        return DateCheck(session_date=None, refusals=(refusal,))
    approval_from = approval_opens_at(signal_date, session_date, checks, day)
    return DateCheck(session_date, refusals, approval_from)


def _refusals(
    signal_date: date,
    local: datetime,
    calendar: TradingCalendar,
    checks: CheckSettings,
    day: DaySettings,
) -> Iterator[Refusal]:
    session_date = session_date_for(signal_date, calendar)
    if not calendar.is_session(signal_date):
        yield _refusal(Reason.NON_SESSION_SIGNAL, f"{signal_date} is not a session")
    if signal_date > local.date():
        yield _refusal(Reason.FUTURE_SIGNAL, f"{signal_date} lies after today, {local.date()}")
    elif local >= approval_closes_at(session_date, day):
        yield _refusal(
            Reason.STALE_SIGNAL,
            f"the session of {signal_date} was {session_date}; it is {local:%Y-%m-%d %H:%M} now",
        )
    elif local >= _opening(session_date) and checks.late_arrival == "drop":
        yield _refusal(
            Reason.LATE_ARRIVAL,
            f"the pair arrived at {local:%H:%M} of its own session {session_date}",
        )


def _opening(session_date: date) -> datetime:
    return datetime.combine(session_date, _OPEN, SHANGHAI)


def _refusal(code: Reason, message: str) -> Refusal:
    return Refusal(code, message, field="trade_date")
