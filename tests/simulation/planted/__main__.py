"""`make planted`: plants each bug in a copy of the project and simulates it until it is caught."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.simulation.campaign import WORKERS
from tests.simulation.planted.bugs import BUGS, Bug
from tests.simulation.planted.copies import plant

SEEDS, CATCHES = 500, 1


@dataclass(frozen=True, slots=True)
class Catch:
    """What became of one bug; `seed` is the last day, the one that caught it if one did."""

    bug: Bug
    seed: int
    played: int
    caught: int
    broken: dict[str, int]

    @property
    def is_expected(self) -> bool:
        """Whether one of the promises broke that were named for it."""
        return bool(set(self.bug.breaks) & self.broken.keys())


def main() -> int:
    """Hunt every bug and print the table; 1 where one got away."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="days a bug has to be caught in")
    parser.add_argument("--catches", type=int, default=CATCHES, help="days that must catch it")
    parser.add_argument("--first", type=int, default=1, help="the seed to go on from")
    parser.add_argument("--workers", type=int, default=WORKERS, help="bugs hunted at once")
    parser.add_argument("--only", default="", help="bugs whose name contains this")
    asked = parser.parse_args()
    begun_s = monotonic()
    chosen = [bug for bug in BUGS if asked.only in bug.name]
    with ThreadPoolExecutor(asked.workers) as pool:
        hunts = pool.map(lambda bug: hunt(bug, asked.seeds, asked.catches, asked.first), chosen)
        catches = [_told(catch) for catch in hunts]
    away = [catch for catch in catches if not catch.is_expected]
    _say(
        f"{len(catches) - len(away)} of {len(catches)} planted bugs caught,"
        f" {monotonic() - begun_s:.0f} s"
    )
    return 1 if away else 0


def hunt(bug: Bug, seeds: int, catches: int, first: int = 1) -> Catch:
    """Plant one bug and simulate its copy in a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="sage-planted-"))
    try:
        plant(bug, folder)
        numbers = [str(number) for number in (seeds, catches, first)]
        command = [sys.executable, "-m", "tests.simulation.planted.hunt", bug.name, *numbers]
        environ = {**os.environ, "PYTHONPATH": str(folder)}
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, check=True, text=True
        )
        found = json.loads(done.stdout.splitlines()[-1])
        return Catch(bug, found["seed"], found["played"], found["caught"], found["broken"])
    finally:
        shutil.rmtree(folder)


def _told(catch: Catch) -> Catch:
    seen = " ".join(f"{name}:{count}" for name, count in sorted(catch.broken.items()))
    verdict = "caught" if catch.is_expected else "GOT AWAY"
    _say(
        f"{verdict:<8} {catch.caught} of {catch.played:>3} days, seed {catch.seed:>3}"
        f"  {catch.bug.name:<62}"
        f" {'/'.join(catch.bug.breaks)} -> {seen}"
    )
    return catch


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
