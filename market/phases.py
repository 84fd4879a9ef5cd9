from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from market.calendar import TradingCalendar
from market.rules import Rules

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Phase(StrEnum):
    """A phase of the exchange day, the same for stocks of all three exchanges."""

    CLOSED = "CLOSED"
    OPENING_CALL = "OPENING_CALL"
    OPENING_CALL_NO_CANCEL = "OPENING_CALL_NO_CANCEL"
    GAP = "GAP"  # between the opening match and continuous trading
    MORNING = "MORNING"
    LUNCH = "LUNCH"
    AFTERNOON = "AFTERNOON"
    CLOSING_CALL = "CLOSING_CALL"
    AFTER_CLOSE = "AFTER_CLOSE"  # the close is made, fixed-price trading has not begun
    AFTER_HOURS = "AFTER_HOURS"


@dataclass(frozen=True, slots=True)
class PhasePolicy:
    """What no rule text settles and brokers do differently (a-share-rules.md section 12)."""

    gap_orders: bool = False
    lunch_orders: bool = False
    lunch_cancels: bool = False


DEFAULT_PHASE_POLICY = PhasePolicy()

# a-share-rules.md section 4: when each phase begins.
_STARTS = (
    time(9, 15),
    time(9, 20),
    time(9, 25),
    time(9, 30),
    time(11, 30),
    time(13, 0),
    time(14, 57),
    time(15, 0),
    time(15, 5),
    time(15, 30),
)
_PHASES = (
    Phase.CLOSED,
    Phase.OPENING_CALL,
    Phase.OPENING_CALL_NO_CANCEL,
    Phase.GAP,
    Phase.MORNING,
    Phase.LUNCH,
    Phase.AFTERNOON,
    Phase.CLOSING_CALL,
    Phase.AFTER_CLOSE,
    Phase.AFTER_HOURS,
    Phase.CLOSED,
)
_CONTINUOUS = ((time(9, 30), time(11, 30)), (time(13, 0), time(14, 57)))
_MICROSECOND = timedelta(microseconds=1)


def market_time(day: date, clock: str) -> datetime:
    """Return that Shanghai time of day, "09:31:00", as an aware datetime."""
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)


def phase_at(moment: datetime, calendar: TradingCalendar) -> Phase:
    """Return the phase for stocks; the start of a phase belongs to it.

    Raises ValueError for a naive datetime, CalendarCoverageError past the known sessions.
    """
    local = _local(moment)
    if not calendar.is_session(local.date()):
        return Phase.CLOSED
    return _PHASES[bisect_right(_STARTS, local.time())]


def phase_for(moment: datetime, calendar: TradingCalendar, rules: Rules) -> Phase:
    """Return the phase for one kind of security: not all have a closing call or after-hours.

    Raises as `phase_at`.
    """
    phase = phase_at(moment, calendar)
    if phase is Phase.CLOSING_CALL and not rules.has_closing_call:
        return Phase.AFTERNOON
    if phase in {Phase.AFTER_CLOSE, Phase.AFTER_HOURS} and not rules.has_after_hours:
        return Phase.CLOSED
    return phase


def accepts_orders(phase: Phase, policy: PhasePolicy = DEFAULT_PHASE_POLICY) -> bool:
    """Whether an ordinary limit order may be sent; after-hours has an order type of its own."""
    match phase:
        case (
            Phase.OPENING_CALL
            | Phase.OPENING_CALL_NO_CANCEL
            | Phase.MORNING
            | Phase.AFTERNOON
            | Phase.CLOSING_CALL
        ):
            return True
        case Phase.GAP:
            return policy.gap_orders
        case Phase.LUNCH:
            return policy.lunch_orders
        case Phase.CLOSED | Phase.AFTER_CLOSE | Phase.AFTER_HOURS:
            return False
        case _:
            assert_never(phase)


def accepts_cancels(phase: Phase, policy: PhasePolicy = DEFAULT_PHASE_POLICY) -> bool:
    """Whether the exchange takes a cancel of an ordinary order (examples E31, E34)."""
    match phase:
        case Phase.OPENING_CALL | Phase.MORNING | Phase.AFTERNOON:
            return True
        case Phase.LUNCH:
            return policy.lunch_cancels
        case (
            Phase.CLOSED
            | Phase.OPENING_CALL_NO_CANCEL
            | Phase.GAP
            | Phase.CLOSING_CALL
            | Phase.AFTER_CLOSE
            | Phase.AFTER_HOURS
        ):
            return False
        case _:
            assert_never(phase)


def is_continuous(phase: Phase) -> bool:
    """Whether orders match one by one as they arrive."""
    return phase in {Phase.MORNING, Phase.AFTERNOON}


def continuous_seconds_between(
    start: datetime, end: datetime, calendar: TradingCalendar
) -> Decimal:
    """Return the seconds of continuous trading from start to end, 0 if end is not later.

    Lunch, call auctions, nights and closed days do not count. Raises as `phase_at`.
    """
    first, last = _local(start), _local(end)
    if last <= first:
        return Decimal(0)
    total = timedelta()
    for day in calendar.sessions(first.date(), last.date()):
        for opening, closing in _windows(day):
            total += max(min(last, closing) - max(first, opening), timedelta())
    return Decimal(total // _MICROSECOND).scaleb(-6)


def after_continuous_seconds(
    start: datetime, seconds: Decimal, calendar: TradingCalendar
) -> datetime:
    """Return the first moment of continuous trading at which so much of it has passed since start.

    The inverse of `continuous_seconds_between`, for sleeping until an age is reached. Raises
    ValueError for a negative age, else as `phase_at`.
    """
    if seconds < 0:
        raise ValueError(f"{seconds} s is negative")
    left = int(seconds.scaleb(6)) * _MICROSECOND
    moment = _local(start)
    day = calendar.session_on_or_after(moment.date())
    while True:
        for opening, closing in _windows(day):
            begin = max(moment, opening)
            if begin + left <= closing:
                return begin + left
            left -= max(closing - begin, timedelta())
        day = calendar.next_session(day)


def next_phase_change(moment: datetime, calendar: TradingCalendar) -> datetime:
    """Return the first moment strictly later at which `phase_at` changes. Raises the same."""
    local = _local(moment)
    day = local.date()
    if calendar.is_session(day):
        index = bisect_right(_STARTS, local.time())
        if index < len(_STARTS):
            return datetime.combine(day, _STARTS[index], SHANGHAI)
    return datetime.combine(calendar.next_session(day), _STARTS[0], SHANGHAI)


def _windows(day: date) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(
        (datetime.combine(day, opening, SHANGHAI), datetime.combine(day, closing, SHANGHAI))
        for opening, closing in _CONTINUOUS
    )


def _local(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(SHANGHAI)
