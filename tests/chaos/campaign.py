"""Plays many cases, two at a time, and keeps what came out of them."""

import asyncio
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from daemon.cli.socket_client import DaemonRefused
from daemon.rehearsal.options import RehearsalError

AT_ONCE = 2
CASE_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Result:
    """What one case did: `was_hit` tells whether what it was made for happened at all."""

    name: str
    detail: str
    violations: tuple[str, ...]
    was_hit: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One case; it is given a folder of its own to play in."""

    name: str
    play: Callable[[Path], Awaitable[Result]]


@dataclass(slots=True)
class Tally:
    """What came out of all cases, by name; `cpu_s` is what this process and all others cost."""

    names: Sequence[str]
    hits: Counter[str] = field(default_factory=Counter)
    played: int = 0
    violations: list[str] = field(default_factory=list)
    bad: Counter[str] = field(default_factory=Counter)
    began_s: float = field(default_factory=time.monotonic)
    cpu_s: float = 0

    def add(self, result: Result) -> None:
        """Count a case."""
        self.played += 1
        self.hits[result.name] += result.was_hit
        self.bad[result.name] += len(result.violations)
        told = [f"{result.name} [{result.detail}]: {words}" for words in result.violations]
        self.violations += told
        for words in told:
            sys.stderr.write(f"VIOLATION {words}\n")

    @property
    def never_hit(self) -> list[str]:
        """The names nothing ever happened at."""
        return [name for name in self.names if not self.hits[name]]

    @property
    def failed(self) -> bool:
        """Whether anything was violated, or anything was never hit."""
        return bool(self.violations or self.never_hit)

    def table(self, what: str) -> str:
        """Return a line a name, and the summary."""
        width = max(map(len, self.names), default=0)
        lines = [
            f"{name:<{width}}  hit {self.hits[name]:>3}  violations {self.bad[name]}"
            for name in self.names
        ]
        return "\n".join([*lines, *self.violations, self.summary(what), ""])

    def summary(self, what: str) -> str:
        """Return one line with all counts."""
        return (
            f"{what}: {len(self.names)} names, {self.played} cases, {self.hits.total()} hits,"
            f" {len(self.never_hit)} never hit, {len(self.violations)} violations,"
            f" {time.monotonic() - self.began_s:.0f} s wall, {self.cpu_s:.0f} s CPU"
        )


def cpu_spent_s() -> float:
    """Return what this process and those it waited for have cost so far."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


async def play_all(cases: Iterable[Case], folder: Path, tally: Tally) -> None:
    """Play the cases, each in a folder that is removed where nothing was found."""
    waiting = iter(list(enumerate(cases)))

    async def worker() -> None:
        for number, case in waiting:
            out = folder / f"case-{tally.played}-{number}"
            try:
                result = await asyncio.wait_for(case.play(out), CASE_TIMEOUT_S)
            except (RehearsalError, DaemonRefused, TimeoutError) as error:
                result = Result(case.name, "play", (f"NL6 {error!r}",), was_hit=True)
            tally.add(result)
            if not result.violations:
                shutil.rmtree(out, ignore_errors=True)
            if sys.stderr.isatty() or tally.played % 25 == 0:
                sys.stderr.write(f"{tally.played} cases, {len(tally.violations)} violations\n")

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
