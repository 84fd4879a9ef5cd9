"""The await points of a process: where it may die, be paused, and what the trace is made of."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.faults import Family, Kind, Script
from tests.simulation.virtual_loop import VirtualLoop


class Crash(SystemExit):
    """Escapes tasks and handles, so the loop dies the way kill -9 leaves it."""


@dataclass(slots=True)
class Trace:
    """A running hash over everything that happened, in order."""

    points: int = 0
    _hash: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def note(self, *parts: object) -> None:
        """Add one event."""
        self._hash.update(repr(parts).encode())

    def pass_point(self, label: str, now_s: float) -> int:
        """Add an await point and return its number."""
        number = self.points
        self.points += 1
        self._hash.update(f"{label} {now_s!r}\n".encode())
        return number

    def digest(self) -> str:
        """Return the hash so far."""
        text: str = self._hash.hexdigest()
        return text


@dataclass(slots=True)
class Points:
    """All points of one world. `die_at` kills at the point of that number, `dies_at` may."""

    script: Script
    trace: Trace
    die_at: int | None = None
    dies_at: Callable[[int], bool] = lambda _point: False
    is_dead: bool = False
    loop: VirtualLoop | None = None
    is_recovering: bool = True
    labels: list[str] | None = None

    def begin(self, loop: VirtualLoop) -> None:
        """A new process begins on this loop."""
        self.loop, self.is_dead, self.is_recovering = loop, False, True

    def reach(self, label: str) -> None:
        """Pass a point, or die at it; once dead, every further point kills again."""
        if self.is_dead or self.loop is None:
            raise Crash(label)
        number = self.trace.pass_point(label, self.loop.now_s)
        if self.is_recovering:
            label += "|recovering"
        if self.labels is not None:
            self.labels.append(label)
        paused = self.script.strike(Family.CLOCK, label)
        if paused is not None and paused.kind in (Kind.CLOCK_PAUSE, Kind.CLOCK_SUSPEND):
            self.loop.now_s += paused.size
        dies = self.dies_at(number) or number == self.die_at
        if self.script.strike(Family.CRASH, label) is not None or dies:
            self.is_dead = True
            raise Crash(label)
