"""`make sim`: python -m tests.simulation [--seeds N] [--first N] [--seed N] [--log]."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.simulation.campaign import campaign, quiet
from tests.simulation.generate import generate
from tests.simulation.regressions import read_regression
from tests.simulation.run import open_day, run_day
from tests.simulation.scenario import Scenario
from tests.simulation.shrink import regression, shrink

SHRUNK_MAX = 3


def main() -> int:
    """Play seeds, or one of them with its log; shrink what breaks. Returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many days")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="one day, with its trace hash and its log")
    parser.add_argument("--script", type=Path, help="one day, from a regression file")
    asked = parser.parse_args()
    if asked.seed is not None or asked.script is not None:
        scenario = generate(asked.seed) if asked.script is None else read_regression(asked.script)
        return _one(scenario)
    seeds = range(asked.first, asked.first + asked.seeds)
    table = campaign(seeds, _tell)
    for seed in sorted(table.broken)[:SHRUNK_MAX]:
        _shrunk(generate(seed))
    return 1 if table.broken or table.trouble else 0


def _one(scenario: Scenario) -> int:
    quiet()
    with tempfile.TemporaryDirectory(prefix="sage-sim-") as folder:
        day = open_day(scenario, Path(folder))
        outcome = day.run()
    for moment, level, event in day.log:
        words = " ".join(f"{name}={value}" for name, value in event.items() if name != "event")
        _say(f"{moment:%m-%d %H:%M:%S.%f} {level:<7} {event['event']} {words}")
    for fault in scenario.faults:
        _say(f"fault {fault}")
    _say(f"struck {outcome.struck}")
    _say(f"lives {outcome.lives}, crashes {outcome.crashes}, points {outcome.points}")
    for text in outcome.violations:
        _say(f"VIOLATION {text}")
    _say(f"seed {scenario.seed} trace {outcome.trace} runs {' '.join(outcome.run_states)}")
    if outcome.violations:
        _shrunk(scenario)
    return 1 if outcome.violations else 0


def _shrunk(scenario: Scenario) -> None:
    small = shrink(scenario, lambda text: _tell(f"\rshrinking: {text}   "))
    _tell("\n")
    _say(f"--- seed {scenario.seed}, shrunk; put this into tests/simulation/regressions/")
    _say(regression(small, run_day(small).violations))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
