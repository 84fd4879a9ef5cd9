from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.calendar import CalendarCoverageError, TradingCalendar
from tests.market.given import calendar
from tests.support.shared_data import shared_data

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
DAYS = st.dates(date(2024, 1, 15), date(2026, 12, 15))
NEXT_YEAR = 'first: "2027-01-01"\nlast: "2027-12-31"\nclosed: ["2027-01-01"]\n'


# The library leans on a form of pandas.Series.values that pandas is about to change.
@pytest.mark.filterwarnings("ignore:Series.values:DeprecationWarning")
def test_the_sessions_are_those_of_exchange_calendars() -> None:
    library = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars, the second opinion, is not installed"
    )
    theirs = library.get_calendar("XSHG").sessions_in_range(FIRST.isoformat(), LAST.isoformat())

    assert calendar().sessions(FIRST, LAST) == tuple(day.date() for day in theirs)


def test_the_sessions_are_the_days_on_which_the_market_traded() -> None:
    lines = (shared_data() / "trade_calendar.csv").read_text(encoding="utf-8").split()[1:]
    traded = tuple(date.fromisoformat(line) for line in lines)

    assert len(traded) == 397
    assert calendar().sessions(traded[0], traded[-1]) == traded


@pytest.mark.parametrize("text", ["2024-02-09", "2025-01-28", "2026-01-02", "2026-06-19"])
def test_closed_weekdays_are_no_sessions(text: str) -> None:
    assert not calendar().is_session(date.fromisoformat(text))


@given(DAYS)
def test_neighbours_are_sessions_and_nothing_lies_between(day: date) -> None:
    before, after = calendar().previous_session(day), calendar().next_session(day)
    between = calendar().sessions(before + timedelta(days=1), after - timedelta(days=1))

    assert before < day < after
    assert between == ((day,) if calendar().is_session(day) else ())
    assert calendar().session_on_or_after(day) == (between[0] if between else after)


def test_the_days_left_are_counted_to_the_last_session() -> None:
    assert calendar().last_session == LAST
    assert calendar().coverage_days(date(2026, 12, 1)) == 30
    assert calendar().coverage_days(date(2027, 1, 2)) == -2


def test_the_session_after_the_last_is_unknown() -> None:
    with pytest.raises(CalendarCoverageError) as refusal:
        calendar().next_session(LAST)

    assert refusal.value.code == "CALENDAR_COVERAGE"
    assert "2026-12-31" in refusal.value.message
    assert "拒绝排期" in refusal.value.message_zh


@pytest.mark.parametrize("text", ["2023-12-29", "2027-01-01"])
def test_days_outside_the_known_period_are_unknown(text: str) -> None:
    day = date.fromisoformat(text)
    for ask in (
        calendar().is_session,
        calendar().next_session,
        calendar().previous_session,
        calendar().session_on_or_after,
        calendar().first_session_of_week,
    ):
        with pytest.raises(CalendarCoverageError):
            ask(day)
    with pytest.raises(CalendarCoverageError):
        calendar().sessions(min(day, FIRST), max(day, LAST))


def test_the_first_known_day_has_no_session_before_it() -> None:
    with pytest.raises(CalendarCoverageError):
        calendar().previous_session(FIRST)


def test_an_override_adds_the_next_year() -> None:
    extended = TradingCalendar.load(NEXT_YEAR)

    assert extended.next_session(LAST) == date(2027, 1, 4)
    assert extended.last_session == date(2027, 12, 31)


def test_an_override_adds_an_emergency_closure() -> None:
    closure = 'first: "2026-11-23"\nlast: "2026-11-23"\nclosed: ["2026-11-23"]\n'
    changed = TradingCalendar.load(closure)

    assert not changed.is_session(date(2026, 11, 23))
    assert changed.last_session == LAST


def test_an_override_with_a_gap_before_it_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin between"):
        TradingCalendar.load(NEXT_YEAR.replace("2027-01-01", "2027-01-02", 1))


@pytest.mark.parametrize("text", ["first: 20270101", 'first: "2027-01-01"', "- 1"])
def test_an_override_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="calendar override"):
        TradingCalendar.load(text)


def test_a_calendar_without_a_session_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a session"):
        TradingCalendar(date(2026, 2, 14), date(2026, 2, 15), ())
