from datetime import datetime, timedelta

import pytest

from config.settings import DaySettings, OrderFlowSettings
from daemon.planning.lateness import (
    Words,
    absence_reason,
    is_released_late,
    release_due_at,
)
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.planning.builders import calendar
from tests.support.desk import EVENING, SESSION, at

DAY, FLOW = DaySettings(), OrderFlowSettings()
MICROSECOND = timedelta(microseconds=1)


def due_at(approved_at: datetime, resumed_at: datetime | None = None) -> datetime:
    return release_due_at(SESSION, Words(approved_at, resumed_at), DAY, calendar())


@pytest.mark.parametrize(
    ("approved_at", "resumed_at", "due"),
    [
        (EVENING, None, "09:31:00"),
        (EVENING, EVENING, "09:31:00"),
        (at("09:30:59"), None, "09:31:00"),
        (at("10:15:00"), None, "10:15:00"),
        (at("10:15:00"), at("10:00:00"), "10:15:00"),
        (EVENING, at("10:40:00"), "10:40:00"),
        (EVENING, at("13:59:59"), "13:59:59"),
        (EVENING, at("14:00:00"), "09:31:00"),
        (at("14:20:00"), at("14:10:00"), "14:20:00"),
        (at("11:29:59"), None, "11:29:59"),
        (at("11:30:00"), None, "13:00:00"),
        (EVENING, at("12:59:59"), "13:00:00"),
    ],
)
def test_a_release_is_due_at_its_first_send_or_the_last_word_on_it(
    approved_at: datetime, resumed_at: datetime | None, due: str
) -> None:
    assert due_at(approved_at, resumed_at) == at(due)


def test_a_release_is_late_beyond_half_an_hour() -> None:
    limit = timedelta(minutes=30)

    assert not is_released_late(at("09:31:00"), at("09:31:00") + limit, FLOW)
    assert is_released_late(at("09:31:00"), at("09:31:00") + limit + MICROSECOND, FLOW)


@pytest.mark.parametrize("state", [RunState.SUBMITTING, RunState.WORKING])
@pytest.mark.parametrize("has_begun", [False, True])
def test_a_run_that_was_sending_may_be_left_alone_for_ten_minutes(
    state: RunState, *, has_begun: bool
) -> None:
    def reason(away: timedelta | None) -> Reason | None:
        return absence_reason(state, has_begun=has_begun, away=away, flow=FLOW)

    assert reason(timedelta(minutes=10)) is None
    assert reason(timedelta(minutes=10) + MICROSECOND) is Reason.RESTARTED_LATE
    assert reason(None) is Reason.RESTARTED_LATE


def test_a_run_that_began_and_sent_nothing_is_late_as_a_release_is() -> None:
    def reason(away: timedelta | None) -> Reason | None:
        return absence_reason(RunState.APPROVED, has_begun=True, away=away, flow=FLOW)

    assert reason(timedelta(minutes=30)) is None
    assert reason(timedelta(minutes=30) + MICROSECOND) is Reason.RELEASED_LATE
    assert reason(None) is Reason.RELEASED_LATE


@pytest.mark.parametrize("away", [None, timedelta(hours=5)])
def test_a_run_that_has_not_begun_is_judged_at_its_release(away: timedelta | None) -> None:
    assert absence_reason(RunState.APPROVED, has_begun=False, away=away, flow=FLOW) is None
