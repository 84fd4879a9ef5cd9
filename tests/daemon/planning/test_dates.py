from datetime import date

import pytest

from config.settings import CheckSettings, DaySettings
from daemon.planning.dates import DateCheck, check_dates
from market.phases import market_time
from statemachine.reasons import Reason
from tests.daemon.planning.builders import calendar

DAY = DaySettings()


def check(signal: date, arrived: tuple[date, str], late_arrival: str = "drop") -> DateCheck:
    checks = CheckSettings(late_arrival=late_arrival)
    return check_dates(signal, market_time(*arrived), calendar(), checks, DAY)


def codes(result: DateCheck) -> list[Reason]:
    return [refusal.code for refusal in result.refusals]


FRIDAY, SATURDAY, MONDAY = date(2025, 12, 12), date(2025, 12, 13), date(2025, 12, 15)


@pytest.mark.parametrize("arrived", [(FRIDAY, "18:00:00"), (SATURDAY, "10:00:00")])
def test_fridays_signal_trades_on_monday_whenever_the_producer_ran(
    arrived: tuple[date, str],
) -> None:
    result = check(FRIDAY, arrived)

    assert result == DateCheck(session_date=MONDAY)


def test_a_pair_may_still_arrive_before_the_open_of_its_session() -> None:
    assert codes(check(FRIDAY, (MONDAY, "09:29:59"))) == []


def test_from_the_open_of_its_session_a_pair_is_dropped_unless_today_is_chosen() -> None:
    assert codes(check(FRIDAY, (MONDAY, "09:30:00"))) == [Reason.LATE_ARRIVAL]
    assert codes(check(FRIDAY, (MONDAY, "09:30:00"), late_arrival="today")) == []


@pytest.mark.parametrize("late_arrival", ["drop", "today"])
def test_after_the_cut_off_of_its_session_a_signal_is_stale(late_arrival: str) -> None:
    assert codes(check(FRIDAY, (MONDAY, "14:49:59"), late_arrival="today")) == []
    assert codes(check(FRIDAY, (MONDAY, "14:50:00"), late_arrival)) == [Reason.STALE_SIGNAL]
    assert codes(check(FRIDAY, (date(2025, 12, 16), "08:00:00"), late_arrival)) == [
        Reason.STALE_SIGNAL
    ]


def test_a_signal_of_tomorrow_is_refused() -> None:
    assert codes(check(MONDAY, (FRIDAY, "18:00:00"))) == [Reason.FUTURE_SIGNAL]


def test_a_signal_dated_on_a_closed_day_is_refused() -> None:
    assert codes(check(SATURDAY, (SATURDAY, "18:00:00"))) == [Reason.NON_SESSION_SIGNAL]


def test_over_a_holiday_only_an_approval_of_the_morning_itself_counts() -> None:
    new_year_eve = date(2025, 12, 31)

    result = check(new_year_eve, (new_year_eve, "18:00:00"))

    assert result.session_date == date(2026, 1, 5)
    assert codes(result) == []
    assert result.approval_from == market_time(date(2026, 1, 5), "08:30:00")


def test_four_days_are_not_yet_a_holiday() -> None:
    thursday = date(2026, 4, 2)

    result = check(thursday, (thursday, "18:00:00"))

    assert result == DateCheck(session_date=date(2026, 4, 3))
    assert check(date(2026, 4, 3), (date(2026, 4, 3), "18:00:00")).session_date == date(2026, 4, 7)
    assert check(date(2026, 4, 3), (date(2026, 4, 3), "18:00:00")).approval_from is None


def test_past_the_known_sessions_nothing_is_scheduled() -> None:
    last = calendar().last_session

    result = check(last, (last, "18:00:00"))

    assert result.session_date is None
    assert codes(result) == [Reason.CALENDAR_COVERAGE]
    assert "knows" in result.refusals[0].message
