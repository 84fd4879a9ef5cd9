from datetime import date

import pytest

from market.calendar import CalendarCoverageError
from tests.market.given import calendar


def test_E57_the_long_holidays_of_2026_are_skipped() -> None:
    assert calendar().next_session(date(2026, 2, 13)) == date(2026, 2, 24)
    assert calendar().next_session(date(2026, 9, 30)) == date(2026, 10, 8)


def test_E58_make_up_working_saturdays_are_no_sessions() -> None:
    assert not calendar().is_session(date(2026, 2, 14))
    assert not calendar().is_session(date(2026, 10, 10))


def test_E59_a_week_may_have_no_session_at_all() -> None:
    assert calendar().first_session_of_week(date(2026, 2, 16)) is None
    assert calendar().first_session_of_week(date(2026, 10, 7)) == date(2026, 10, 8)


def test_E60_a_day_past_the_known_year_is_unknown_not_closed() -> None:
    with pytest.raises(CalendarCoverageError, match="2026-12-31"):
        calendar().is_session(date(2027, 1, 4))
