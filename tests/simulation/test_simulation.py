import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.faults import WHOLE_FOLDER, Fault, Kind
from tests.simulation.generate import WINDOWS, generate
from tests.simulation.run import open_day, run_day
from tests.simulation.scenario import Scenario, World
from tests.simulation.sweep import REFERENCE, UNKNOWN
from tests.support.project import ROOT

SEEDS = range(1, 4)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The session's tries say on the standard log what the day's own log says already."""
    log = logging.getLogger("backoff")
    log.disabled = True
    yield
    log.disabled = False


def test_a_day_without_faults_trades_the_whole_portfolio() -> None:
    outcome = run_day(Scenario(seed=1, world=World(participation_percent=80)))

    assert outcome.violations == ()
    assert outcome.run_states == ("COMPLETED",)
    assert outcome.orders >= 6


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds_on_a_day_with_faults(seed: int) -> None:
    outcome = run_day(generate(seed))

    assert outcome.violations == (), outcome.scenario


@pytest.mark.parametrize("world", [World(stages=True), World(two_persons=True)])
def test_a_portfolio_is_traded_whoever_has_to_approve_it(world: World) -> None:
    outcome = run_day(Scenario(1, replace(world, participation_percent=80, is_brief=True)))

    assert outcome.violations == ()
    assert outcome.orders >= 6


def test_a_crash_between_the_send_and_its_record_neither_repeats_nor_loses_it() -> None:
    crash = Fault(Kind.CRASH_POINT, "net submit arrived", 1)

    outcome = run_day(Scenario(seed=1, faults=(crash,)))

    assert outcome.violations == ()
    assert outcome.crashes == 1
    assert outcome.orders >= 6


def test_the_same_seed_is_the_same_day_in_any_process() -> None:
    here = run_day(generate(3)).trace
    program = (
        "import logging; logging.getLogger('backoff').disabled = True\n"
        "from tests.simulation.generate import generate\n"
        "from tests.simulation.run import run_day\n"
        "print(run_day(generate(3)).trace)"
    )
    environ = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}

    there = subprocess.run(
        [sys.executable, "-c", program], env=environ, cwd=ROOT, capture_output=True, check=True
    )

    assert there.stdout.decode().strip() == here


def test_every_window_that_crashes_prefer_is_one_of_a_days_await_points() -> None:
    labels: list[str] = []
    for faults in ((), (UNKNOWN,)):
        run_day(REFERENCE.with_faults(faults), labels=labels)

    missing = {name for name, _ in WINDOWS if not any(name in label for label in labels)}

    assert missing <= {"commit set_unresolved"}


@pytest.mark.parametrize("detail", ["", WHOLE_FOLDER])
def test_an_old_copy_of_the_record_sends_nothing_and_stands_halted(
    tmp_path: Path, detail: str
) -> None:
    faults = (
        Fault(Kind.CRASH_POINT, "commit approve done", 1),
        Fault(Kind.CRASH_POINT, "net submit answered", 2),
        Fault(Kind.DISK_OLD_COPY, "restart", 1, 1, detail),
    )
    day = open_day(Scenario(1, World(is_brief=True), faults), tmp_path)

    outcome = day.run()

    assert outcome.violations == ()
    assert outcome.struck[Kind.DISK_OLD_COPY] == 1
    assert day.restored is not None
    assert len(day.restored.forgotten) >= 2
    assert len(day.network.sends.sends) == day.restored.sends
