"""One day lived once, and at every wanted point a copy of its process that dies there.

The copy is a fork: it shares the past up to the point instead of living it again. It moves the
day's folder aside, puts a copy in its place, and lives on in there with files of its own.
"""

import asyncio
import os
import pickle
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from adapters.gateway import idempotency
from tests.simulation.market_place import fast_disk
from tests.simulation.run import Day, Outcome, open_day
from tests.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Branch:
    """What became of the copy that died at a point; `trouble` is the simulator's own bug."""

    point: int
    outcome: Outcome | None
    trouble: str = ""


class AllGrown(SystemExit):
    """The last wanted point has passed: the rest of the trunk shows nothing.

    It escapes tasks and lives like a Crash, so that the trunk ends here and is not restarted.
    """


@dataclass(slots=True)
class Trunk:
    """The day that goes on; in a copy, `report_to` is the pipe to the trunk."""

    wanted: AbstractSet[int]
    day: Day | None = None
    branches: list[Branch] = field(default_factory=list)
    report_to: int | None = None
    died_at: int = -1
    _left_open: list[sqlite3.Connection] = field(default_factory=list)

    def dies_at(self, point: int) -> bool:
        """Called at every point: True in the copy that dies there. Raises AllGrown."""
        if self.report_to is not None:
            return False
        if len(self.branches) == len(self.wanted):
            raise AllGrown
        return point in self.wanted and self._fork(point)

    def report(self, branch: Branch) -> None:
        """End the copy, telling the trunk; nothing of the trunk's is closed on the way."""
        if self.report_to is not None:
            with os.fdopen(self.report_to, "wb") as pipe:
                pipe.write(pickle.dumps(branch))
        os._exit(0)

    def _fork(self, point: int) -> bool:
        from_copy, to_trunk = os.pipe()
        if (process := os.fork()) == 0:
            os.close(from_copy)
            self.report_to, self.died_at = to_trunk, point
            self._move_house()
            # asyncio asks by process id which loop runs: in a copy none would, until it is told.
            asyncio._set_running_loop(self._day().points.loop)
            return True
        os.close(to_trunk)
        with os.fdopen(from_copy, "rb") as pipe:
            told = pipe.read()
        os.waitpid(process, 0)
        self._move_back()
        self.branches.append(_read(told, point))
        return False

    def _move_house(self) -> None:
        """Give the copy files of its own; what it inherited open it may never close."""
        day = self._day()
        day.folder.rename(_aside(day.folder))
        shutil.copytree(_aside(day.folder), day.folder)
        for connection in day.disk.open_connections:
            if connection._connection is not None:
                self._left_open.append(connection._connection)
                connection._connection = None
        store = day.house.idempotency
        self._left_open.append(store._connection)
        store._connection = idempotency._connect(day.house.idempotency_path)

    def _move_back(self) -> None:
        folder = self._day().folder
        if _aside(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)
            _aside(folder).rename(folder)

    def _day(self) -> Day:
        if self.day is None:
            raise RuntimeError("the trunk has no day yet")
        return self.day


def branches_of(scenario: Scenario, points: AbstractSet[int]) -> Iterator[Branch]:
    """Live a day and return what became of it with a crash at each of the points."""
    trunk = Trunk(points)
    folder = Path(tempfile.mkdtemp(prefix="sage-sim-", dir=fast_disk()))
    try:
        _grow(trunk, scenario, folder)
    finally:
        if trunk.report_to is None:
            shutil.rmtree(folder)
    yield from trunk.branches


def _grow(trunk: Trunk, scenario: Scenario, folder: Path) -> None:
    try:
        trunk.day = open_day(scenario, folder, dies_at=trunk.dies_at)
        outcome = trunk.day.run()
    except AllGrown:
        return
    except BaseException:
        if trunk.report_to is None:
            raise
        trunk.report(Branch(trunk.died_at, None, traceback.format_exc()))
        raise
    if trunk.report_to is not None:
        trunk.report(Branch(trunk.died_at, outcome))


def _read(told: bytes, point: int) -> Branch:
    """Return what a copy reported; one that said nothing died of something else."""
    if not told:
        return Branch(point, None, "the copy died without a word")
    branch: Branch = pickle.loads(told)  # noqa: S301 - our own child wrote it a moment ago
    return branch


def _aside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-aside")
