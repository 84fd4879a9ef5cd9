"""What a host does to a daemon: a full or slow disk, a pause, a second daemon, lost files."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.socket_client import call
from daemon.rehearsal.venue_control import VenueControl
from market.phases import SHANGHAI
from storage.database import connect_read_only
from tests.chaos.births import Births
from tests.chaos.checks import NAMED_ENDS, violations
from tests.chaos.fuse import Plan
from tests.chaos.play import CYCLE, QUIET_WEEK, Outcome, Scenario, Week, given, play, play_week
from tests.chaos.stage import Company, Treatment
from tests.chaos.syscalls import can_trace

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

LOOK_INTERVAL_S = 0.02
# The cycle sends at 09:46 where nothing holds it.
LATE = datetime(2026, 1, 21, 10, 0, tzinfo=SHANGHAI)
EX_TEMPFAIL = 75


async def _orders(week: Week) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = (await week.venue.ledger())["orders"]
    return orders


async def _after_first_order(week: Week) -> None:
    orders: list[dict[str, Any]] = []
    while not orders:
        await asyncio.sleep(LOOK_INTERVAL_S)
        orders = await _orders(week)


def _wires(outcome: Outcome) -> list[sqlite3.Row]:
    with closing(connect_read_only(outcome.out / "state" / "execd.sqlite")) as connection:
        return connection.execute("SELECT * FROM wire ORDER BY sequence").fetchall()


async def _played(
    out: Path, treatment: Treatment | None = None, scenario: Scenario = QUIET_WEEK
) -> Outcome:
    async with Births() as births:
        return await play_week(births, out, scenario, [] if treatment is None else [treatment])


async def test_a_full_disk_with_orders_working_ends_the_process_and_loses_nothing(
    tmp_path: Path,
) -> None:
    outcome = await _played(tmp_path / "out", Treatment(file_bytes_max=400_000))

    assert outcome.lives[0].life.code == 70
    assert violations(outcome) == ()


async def test_a_pause_between_commit_and_send_sends_nothing_late(tmp_path: Path) -> None:
    plan = Plan(str(tmp_path / "passed"), pause_at="commit open_batch: after COMMIT", pause_s=3)
    outcome = await _played(tmp_path / "out", Treatment(plan))

    paused = [wire for wire in _wires(outcome) if wire["code"] == "PAUSED"]

    assert paused
    assert {wire["outcome"] for wire in paused} == {"NOT_SENT"}
    assert violations(outcome) == ()


async def test_a_second_daemon_on_the_same_folder_is_turned_away(tmp_path: Path) -> None:
    codes: list[int] = []

    async def second(week: Week) -> None:
        await _after_first_order(week)
        other = await week.company.start()
        codes.append(await other.wait())

    outcome = await _played(tmp_path / "out", None, Scenario(meddle=second))

    assert codes == [EX_TEMPFAIL]
    assert {wire["epoch"] for wire in _wires(outcome)} == {1}
    assert violations(outcome) == ()


@pytest.mark.parametrize("ahead_s", [-3600, 3600])
async def test_a_wall_clock_that_steps_loses_and_repeats_nothing(
    ahead_s: int, tmp_path: Path
) -> None:
    plan = Plan(str(tmp_path / "passed"), wall_ahead_s=ahead_s, wall_from=400)
    outcome = await _played(tmp_path / "out", Treatment(plan))

    assert violations(outcome) == ()


@pytest.mark.skipif(not can_trace(), reason="strace may not trace here")
async def test_a_slow_disk_is_no_failure(tmp_path: Path) -> None:
    delay = ("-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_exit=200000")
    outcome = await _played(tmp_path / "out", Treatment(strace=delay))

    assert len(outcome.lives) == 1
    assert {wire["outcome"] for wire in _wires(outcome)} == {"ACCEPTED"}
    assert violations(outcome) == ()


def _copy(state: Path) -> None:
    copy = state.with_name("copy")
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("*.sock"))
    shutil.rmtree(state)
    copy.rename(state)


async def test_a_copied_state_directory_sends_nothing_until_a_person_resumes(
    tmp_path: Path,
) -> None:
    causes: list[set[str]] = []
    sent: list[int] = []

    async def resume_late(week: Week) -> None:
        await week.company.second_life()
        status = await week.daemon.get("/v1/status")
        causes.append({halt["cause"] for halt in status["halts"]})
        now = await week.venue.now()
        while now < LATE:
            await asyncio.sleep(LOOK_INTERVAL_S)
            now = await week.venue.now()
        sent.append(len(await _orders(week)))
        await week.daemon.post("/v1/resume", {"reason": "the old disk is gone"})

    scenario = replace(CYCLE, settings="{}", working_step=timedelta(minutes=1), meddle=resume_late)
    plan = Plan(str(tmp_path / "passed"), "person approve: after", 1)
    async with Births() as births:
        treatments = [Treatment(plan), Treatment(before=_copy)]
        outcome = await play_week(births, tmp_path / "out", scenario, treatments)

    assert causes == [{"DATABASE_MOVED"}]
    assert sent == [0]
    assert len(_wires(outcome)) == 2
    assert violations(outcome) == ()


def _delete(state: Path) -> None:
    for path in state.glob("execd.sqlite*"):
        path.unlink()


def _replace(state: Path) -> None:
    copy = state / "copy"
    shutil.copyfile(state / "execd.sqlite", copy)
    copy.replace(state / "execd.sqlite")


def _drop_log(state: Path) -> None:
    (state / "execd.sqlite-wal").unlink()


@pytest.mark.parametrize("spoil", [_delete, _replace, _drop_log])
async def test_a_database_that_was_tampered_with_sends_nothing_more(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    plan = Plan(str(tmp_path / "passed"), "commit close_submits: after COMMIT", 1)
    treatments = [Treatment(plan), Treatment(before=spoil)]
    options, words = given(QUIET_WEEK, out)
    async with (
        Births() as births,
        Company(options, births, treatments, words) as company,
        VenueControl(company.endpoint) as venue,
    ):
        company.open()
        week = Week(company, venue, QUIET_WEEK)
        playing = asyncio.create_task(play(week))
        await company.second_life()
        sent = len(await _orders(week))
        halted = await _is_halted(company)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        later = len(await _orders(week))

    assert sent > 0
    assert later == sent
    assert halted


async def _is_halted(company: Company) -> bool:
    """Whether the second life ended by a name, or stands halted."""
    second = company.lives[1]
    if second.answered_s is None:
        return second.life.code in NAMED_ENDS
    status = await asyncio.to_thread(call, company.socket, "GET", "/v1/status")
    return bool(status["halts"])
