"""Kills the daemon at every named point, plays the week to its end and checks NL1 to NL6.

`python -m tests.chaos.kill --points all --seeds 5` prints a line a point; a seed chooses at which
of the passes of a point the daemon dies. A point that is never passed is a failure.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.births import Births
from tests.chaos.campaign import Case, Result, Tally, cpu_spent_s, play_all
from tests.chaos.catalogue import Point, all_points
from tests.chaos.checks import violations
from tests.chaos.fuse import Plan
from tests.chaos.play import play_week
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.stage import Treatment

FIRST_DEATH = "send orders: after the first byte"
RECOVERED = "serve the control socket: after"


@dataclass(frozen=True, slots=True)
class Kill:
    """Dying at one pass of a point, counted from 1."""

    point: Point
    nth: int

    def treatments(self, out: Path) -> list[Treatment]:
        """Return how the first lives are treated; the last of them is the one that dies here."""
        fatal = Treatment(Plan(str(out / "passed"), self.point.name, self.nth))
        return [*_before(self.point.week, out), fatal]


def _before(week: str, out: Path) -> list[Treatment]:
    if week != "recovery":
        return []
    return [Treatment(Plan(str(out / "passed_first"), FIRST_DEATH, 1))]


async def count_passes(births: Births, week: str, out: Path) -> Counter[str]:
    """Play a week without a kill and return how often each point was passed."""
    treatments = [*_before(week, out), Treatment(Plan(str(out / "passed")))]
    await play_week(births, out, SCENARIOS[week], treatments)
    passed = (out / "passed").read_text(encoding="utf-8").splitlines()
    if week == "recovery":
        passed = passed[: passed.index(RECOVERED) + 1]
    return Counter(passed)


def kills_of(point: Point, passes: int, seeds: int) -> list[Kill]:
    """Return a kill a seed, at passes drawn without repetition while there are enough."""
    dice = random.Random(str(point))
    drawn = [1 + dice.randrange(passes) for _ in range(seeds)]
    if passes >= seeds:
        drawn = [1 + nth for nth in dice.sample(range(passes), seeds)]
    return [Kill(point, nth) for nth in sorted(drawn)]


async def play_kill(births: Births, kill: Kill, out: Path) -> Result:
    """Play one case; whether it was hit is in the result."""
    outcome = await play_week(births, out, SCENARIOS[kill.point.week], kill.treatments(out))
    fatal = len(_before(kill.point.week, out))
    was_hit = outcome.lives[fatal].life.code == -signal.SIGKILL
    return Result(str(kill.point), f"pass {kill.nth}", violations(outcome), was_hit=was_hit)


async def campaign(points: Sequence[Point], seeds: int, folder: Path) -> Tally:
    """Play every case on both cores and return what came out."""
    async with Births() as births:
        passes = {
            week: await count_passes(births, week, folder / f"count-{week}")
            for week in dict.fromkeys(point.week for point in points)
        }
        tally = Tally([str(point) for point in points])
        kills = [
            kill
            for point in points
            if (count := passes[point.week][point.name])
            for kill in kills_of(point, count, seeds)
        ]
        await play_all([_case(births, kill) for kill in kills], folder, tally)
        # A late pass may not come on a machine of another pace; the first one does.
        missed = {kill.point for kill in kills if not tally.hits[str(kill.point)]}
        await play_all([_case(births, Kill(point, 1)) for point in missed], folder, tally)
    tally.cpu_s = cpu_spent_s()
    return tally


def _case(births: Births, kill: Kill) -> Case:
    return Case(str(kill.point), partial(play_kill, births, kill))


def chosen(words: str) -> tuple[Point, ...]:
    """Return all points, the first so many spread over all, or those whose name has the words."""
    points = all_points()
    if words == "all":
        return points
    if words.isdigit():
        count = min(int(words), len(points))
        return tuple(points[number * len(points) // count] for number in range(count))
    return tuple(point for point in points if words in str(point))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", default="all")
    parser.add_argument("--seeds", type=int, default=5)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        tally = asyncio.run(campaign(chosen(words.points), words.seeds, Path(folder)))
    sys.stdout.write(tally.table("kill points"))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
