"""What a host does to a daemon: a full or slow disk, a pause, a second daemon, lost files."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.socket_client import call
from daemon.rehearsal.venue_control import VenueControl
from storage.database import connect_read_only
from tests.chaos.births import Births
from tests.chaos.checks import NAMED_ENDS, violations
from tests.chaos.fuse import Plan
from tests.chaos.play import QUIET_WEEK, Outcome, Scenario, Week, given, play, play_week
from tests.chaos.stage import Company, Treatment
from tests.chaos.syscalls import can_trace

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

LOOK_INTERVAL_S = 0.02
REFUSED_WITHIN_S = 1
EX_TEMPFAIL, EX_CONFIG = 75, 78


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


async def test_a_second_daemon_on_the_same_folder_is_gone_within_a_second(tmp_path: Path) -> None:
    took_s: list[float] = []
    codes: list[int] = []

    async def second(week: Week) -> None:
        await _after_first_order(week)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        other = await week.company.start()
        codes.append(await other.wait())
        took_s.append(loop.time() - began_s)

    outcome = await _played(tmp_path / "out", None, Scenario(meddle=second))

    assert codes[0] in {EX_TEMPFAIL, EX_CONFIG}
    assert took_s[0] <= REFUSED_WITHIN_S
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
