from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from daemon.randomness import SystemRandomness
from daemon.rehearsal.driver import STUCK, Driver
from daemon.rehearsal.stage import Stage
from daemon.rehearsal.venue_control import VenueControl
from market.phases import SHANGHAI
from statemachine.run import RunState
from statemachine.run_machine import is_over
from tests.daemon.rehearsal.given import Json, options
from tests.support.book import at


def driver_at(tmp_path: Path, now: datetime) -> Driver:
    """Return a driver that holds no market time but remembers one."""
    asked = options(tmp_path / "out", tmp_path)
    stage = Stage(asked, SystemRandomness(), print)
    driver = Driver(asked, stage, cast("VenueControl", None), print)
    driver._now = now
    return driver


def run_view(state: str = "WORKING", session: str | None = "2025-11-10") -> Json:
    return {"run_id": "r", "state": state, "session_date": session}


def test_every_state_is_an_end_a_dead_end_or_something_to_wait_for() -> None:
    states = {state.value for state in RunState}
    ended = {state.value for state in RunState if is_over(state)}

    assert states >= ended | STUCK
    assert ended.isdisjoint(STUCK)
    assert states - ended - STUCK == {
        "RECEIVED",
        "PLANNED",
        "AWAITING_APPROVAL",
        "HOLD_INPUT_CHANGED",
        "APPROVED",
        "SUBMITTING",
        "WORKING",
        "RECONCILING",
    }


@pytest.mark.parametrize(
    ("state", "now", "then"),
    [
        ("APPROVED", "08:30", "09:30"),
        ("WORKING", "09:30", "09:35"),
        ("WORKING", "14:58", "15:03"),
        ("WORKING", "15:33", "15:36"),
        ("RECONCILING", "15:11", "15:36"),
        ("RECONCILING", "15:36", "16:36"),
        ("WORKING", "20:00", "21:00"),
    ],
)
def test_one_looks_soon_while_orders_move_and_later_while_nothing_can(
    tmp_path: Path, state: str, now: str, then: str
) -> None:
    assert driver_at(tmp_path, at(now))._next_look(run_view(state)) == at(then)


def test_looking_always_moves_time_on(tmp_path: Path) -> None:
    now = at("00:00")
    while now < at("23:00"):
        for state in ("APPROVED", "WORKING", "RECONCILING"):
            assert driver_at(tmp_path, now)._next_look(run_view(state)) > now
        now += timedelta(minutes=7)


def test_a_run_is_overdue_at_noon_of_the_fifth_day_after_its_session(tmp_path: Path) -> None:
    due = datetime(2025, 11, 15, 12, tzinfo=SHANGHAI)

    assert not driver_at(tmp_path, due)._is_overdue(run_view())
    assert driver_at(tmp_path, due + timedelta(seconds=1))._is_overdue(run_view())


def test_a_run_without_a_session_is_taken_as_today_s(tmp_path: Path) -> None:
    driver = driver_at(tmp_path, at("08:00"))

    assert not driver._is_overdue(run_view(session=None))
    assert driver._next_look(run_view("RECEIVED", session=None)) == at("09:30")
