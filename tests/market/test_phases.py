from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.calendar import CalendarCoverageError
from market.phases import (
    SHANGHAI,
    Phase,
    PhasePolicy,
    accepts_cancels,
    accepts_orders,
    after_continuous_seconds,
    continuous_seconds_between,
    is_continuous,
    market_time,
    next_phase_change,
    phase_at,
    phase_for,
)
from tests.market.given import BSE, FUND, MAIN, calendar, rules_of

SESSION = date(2026, 9, 1)
MOMENTS = st.datetimes(
    market_time(date(2026, 2, 9), "00:00:00").replace(tzinfo=None),
    market_time(date(2026, 3, 6), "00:00:00").replace(tzinfo=None),
    timezones=st.just(SHANGHAI),
)


@pytest.mark.parametrize(
    ("clock", "phase"),
    [
        ("00:00:00", Phase.CLOSED),
        ("09:14:59.999999", Phase.CLOSED),
        ("09:15:00", Phase.OPENING_CALL),
        ("09:20:00", Phase.OPENING_CALL_NO_CANCEL),
        ("09:25:00", Phase.GAP),
        ("09:30:00", Phase.MORNING),
        ("11:29:59.999999", Phase.MORNING),
        ("11:30:00", Phase.LUNCH),
        ("13:00:00", Phase.AFTERNOON),
        ("14:57:00", Phase.CLOSING_CALL),
        ("15:00:00", Phase.AFTER_CLOSE),
        ("15:05:00", Phase.AFTER_HOURS),
        ("15:29:59", Phase.AFTER_HOURS),
        ("15:30:00", Phase.CLOSED),
    ],
)
def test_a_phase_begins_at_its_minute(clock: str, phase: Phase) -> None:
    moment = market_time(SESSION, clock)

    assert phase_at(moment, calendar()) is phase
    assert phase_at(moment.astimezone(UTC), calendar()) is phase


def test_a_closed_day_has_one_phase() -> None:
    assert phase_at(market_time(date(2026, 9, 5), "10:00:00"), calendar()) is Phase.CLOSED


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        phase_at(datetime(2026, 9, 1, 10), calendar())  # noqa: DTZ001


def test_a_moment_past_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarCoverageError):
        phase_at(market_time(date(2027, 1, 4), "10:00:00"), calendar())


@pytest.mark.parametrize(
    ("phase", "orders", "cancels"),
    [
        (Phase.CLOSED, False, False),
        (Phase.OPENING_CALL, True, True),
        (Phase.OPENING_CALL_NO_CANCEL, True, False),
        (Phase.GAP, False, False),
        (Phase.MORNING, True, True),
        (Phase.LUNCH, False, False),
        (Phase.AFTERNOON, True, True),
        (Phase.CLOSING_CALL, True, False),
        (Phase.AFTER_CLOSE, False, False),
        (Phase.AFTER_HOURS, False, False),
    ],
)
def test_each_phase_says_what_it_accepts(phase: Phase, orders: bool, cancels: bool) -> None:
    assert accepts_orders(phase) is orders
    assert accepts_cancels(phase) is cancels


def test_a_broker_may_queue_at_lunch_and_in_the_gap() -> None:
    policy = PhasePolicy(gap_orders=True, lunch_orders=True, lunch_cancels=True)

    assert accepts_orders(Phase.GAP, policy)
    assert accepts_orders(Phase.LUNCH, policy)
    assert accepts_cancels(Phase.LUNCH, policy)
    assert not accepts_cancels(Phase.GAP, policy)


def test_shanghai_funds_have_a_closing_call_since_2026_07_06() -> None:
    for day, phase in (("2026-07-03", Phase.AFTERNOON), ("2026-07-06", Phase.CLOSING_CALL)):
        moment = market_time(date.fromisoformat(day), "14:58:00")
        assert phase_for(moment, calendar(), rules_of(FUND, day)) is phase


@pytest.mark.parametrize(
    ("code", "day", "phase"),
    [
        (MAIN, "2026-07-03", Phase.CLOSED),
        (MAIN, "2026-07-06", Phase.AFTER_HOURS),
        (BSE, "2026-07-06", Phase.CLOSED),
        ("688981.SH", "2026-07-03", Phase.AFTER_HOURS),
        ("300750.SZ", "2026-07-03", Phase.AFTER_HOURS),
    ],
)
def test_after_hours_came_to_all_but_beijing_on_2026_07_06(
    code: str, day: str, phase: Phase
) -> None:
    moment = market_time(date.fromisoformat(day), "15:10:00")

    assert phase_for(moment, calendar(), rules_of(code, day)) is phase


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-09-01T09:00:00", "2026-09-01T09:30:01", "1"),
        ("2026-09-01T11:29:50", "2026-09-01T13:00:05.5", "15.5"),
        ("2026-09-01T11:40:00", "2026-09-01T12:50:00", "0"),
        ("2026-09-01T14:56:50", "2026-09-02T09:30:10", "20"),
        ("2026-09-01T00:00:00", "2026-09-02T00:00:00", "14220"),
        ("2026-02-13T14:56:59", "2026-02-24T09:30:01", "2"),
        ("2026-09-01T10:00:00", "2026-09-01T09:59:00", "0"),
    ],
)
def test_only_continuous_trading_counts(start: str, end: str, seconds: str) -> None:
    begin, finish = (datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) for text in (start, end))

    assert continuous_seconds_between(begin, finish, calendar()) == Decimal(seconds)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_continuous_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    start, middle, end = sorted((one, two, three))
    parts = (
        continuous_seconds_between(start, middle, calendar()),
        continuous_seconds_between(middle, end, calendar()),
    )

    assert sum(parts) == continuous_seconds_between(start, end, calendar())


@given(MOMENTS, st.integers(min_value=1, max_value=50_000))
def test_an_age_is_reached_exactly_when_it_was_foretold(start: datetime, age_s: int) -> None:
    moment = after_continuous_seconds(start, Decimal(age_s), calendar())
    just_before = moment - timedelta(microseconds=1)

    assert continuous_seconds_between(start, moment, calendar()) == age_s
    assert continuous_seconds_between(start, just_before, calendar()) < age_s


def test_a_negative_age_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        after_continuous_seconds(market_time(SESSION, "10:00:00"), Decimal(-1), calendar())


@given(MOMENTS)
def test_a_phase_lasts_until_the_next_change(moment: datetime) -> None:
    change = next_phase_change(moment, calendar())
    just_before = change - timedelta(microseconds=1)

    assert change > moment
    assert phase_at(just_before, calendar()) is phase_at(moment, calendar())
    assert phase_at(change, calendar()) is not phase_at(moment, calendar())


def test_after_the_day_the_next_opening_call_is_the_next_change() -> None:
    evening = market_time(date(2026, 9, 30), "15:30:00")

    assert next_phase_change(evening, calendar()) == market_time(date(2026, 10, 8), "09:15:00")


def test_continuous_are_morning_and_afternoon_only() -> None:
    assert [phase for phase in Phase if is_continuous(phase)] == [Phase.MORNING, Phase.AFTERNOON]
