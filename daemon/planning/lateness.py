"""Whether what was approved may still go on without another word (trading-day.md rule 5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.settings import DaySettings, OrderFlowSettings
from market.calendar import TradingCalendar
from market.phases import SHANGHAI, Phase, next_phase_change, phase_at
from statemachine.reasons import Reason
from statemachine.run import RunState

SENDING = (RunState.SUBMITTING, RunState.WORKING)
LATE = (Reason.RELEASED_LATE, Reason.RESTARTED_LATE)


@dataclass(frozen=True, slots=True)
class Words:
    """What people said last of a release: its newest approval, and their newest `resume`."""

    approved_at: datetime
    resumed_at: datetime | None


def resume_ends_at(session_date: date, day: DaySettings) -> datetime:
    """Return the moment from which no `resume` starts late work of that session any more."""
    return datetime.combine(session_date, day.late_resume_until, SHANGHAI)


def release_due_at(
    session_date: date, words: Words, day: DaySettings, calendar: TradingCalendar
) -> datetime:
    """Return the moment from which a release is late: its first send, or the last word on it.

    A `resume` counts until `day.late_resume_until` only, an approval at any time. Who says so in
    the lunch break means the afternoon.
    """
    due_at = max(datetime.combine(session_date, day.first_send, SHANGHAI), words.approved_at)
    resumed_at = words.resumed_at
    if resumed_at is not None and resumed_at < resume_ends_at(session_date, day):
        due_at = max(due_at, resumed_at)
    if phase_at(due_at, calendar) is Phase.LUNCH:
        return next_phase_change(due_at, calendar)
    return due_at


def is_released_late(due_at: datetime, now: datetime, flow: OrderFlowSettings) -> bool:
    """Whether more than `flow.release_delay_max_s` went by, the lunch break included."""
    return now - due_at > timedelta(seconds=flow.release_delay_max_s)


def absence_reason(
    state: RunState, *, has_begun: bool, away: timedelta | None, flow: OrderFlowSettings
) -> Reason | None:
    """Return why a run of today is held when the daemon comes back, None where it goes on.

    A run that was sending may be left alone for `flow.absence_max_s`. One that began and could send
    nothing yet is late as a release is. `away` None is an absence of unknown length: too long.
    """
    if state in SENDING:
        return Reason.RESTARTED_LATE if _is_beyond(away, flow.absence_max_s) else None
    if state is RunState.APPROVED and has_begun:
        return Reason.RELEASED_LATE if _is_beyond(away, flow.release_delay_max_s) else None
    return None


def _is_beyond(away: timedelta | None, limit_s: int) -> bool:
    return away is None or away > timedelta(seconds=limit_s)
