"""Fails the daemon's system calls one by one: killed at, EIO from, ENOSPC from the nth of each.

`python -m tests.chaos.syscalls --every 1` plays every call of a week; `--sample 3` plays three of
each kind. strace counts the calls of each thread by itself, so the nth call is the nth of the
thread that gets there first.
"""

import argparse
import asyncio
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.births import Births
from tests.chaos.campaign import Case, Result, Tally, play_all
from tests.chaos.checks import violations
from tests.chaos.play import QUIET_WEEK, Outcome, play_week
from tests.chaos.stage import Treatment

# What the network does not know is not asked of it: ENOSPC and EIO are answers of a disk.
DISK = ("write", "pwrite64", "fdatasync", "fsync")
FAULTS = {
    "KILL": (*DISK, "sendto", "recvfrom"),
    "EIO": DISK,
    "ENOSPC": ("write", "pwrite64"),
}
CALL = re.compile(r"^(\d+) +(\w+)\(", re.MULTILINE)
SENDING = re.compile(r'"POST /v1/orders HTTP')
DATABASE = re.compile(r"\w+\(\d+<[^>]*execd\.sqlite")
EXIT_SOFTWARE = 70


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault of the nth call of one kind."""

    call: str
    fault: str
    nth: int

    @property
    def name(self) -> str:
        """What it is counted under."""
        return f"{self.call} {self.fault}"

    def treatment(self) -> Treatment:
        """Return how the first daemon is treated."""
        how = "signal=KILL" if self.fault == "KILL" else f"error={self.fault}"
        return _traced("-e", f"inject={self.call}:{how}:when={self.nth}")


def can_trace() -> bool:
    """Whether this host lets strace trace."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    return subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode == 0


def _traced(*more: str) -> Treatment:
    return Treatment(strace=("-y", "-s", "40", "-e", f"trace={','.join(FAULTS['KILL'])}", *more))


async def count_calls(births: Births, out: Path) -> Counter[str]:
    """Return how many calls of each kind the busiest thread of a week makes."""
    await play_week(births, out, QUIET_WEEK, [_traced()])
    log = (out / "strace.log").read_text(encoding="utf-8", errors="replace")
    of_thread = Counter((found[1], found[2]) for found in CALL.finditer(log))
    most = Counter[str]()
    for (_thread, call), count in of_thread.items():
        most[call] = max(most[call], count)
    return most


async def play_injection(births: Births, injection: Injection, out: Path) -> Result:
    """Play a week whose first daemon meets the fault; those after it are left alone."""
    outcome = await play_week(births, out, QUIET_WEEK, [injection.treatment()])
    log = (out / "strace.log").read_text(encoding="utf-8", errors="replace")
    was_hit = "(INJECTED)" in log or outcome.lives[0].life.code == -signal.SIGKILL
    found = (*violations(outcome), *_fail_stop(outcome, log))
    return Result(injection.name, f"call {injection.nth}", found, was_hit=was_hit)


def _fail_stop(outcome: Outcome, log: str) -> Iterator[str]:
    """A database that failed ends the process by its name, before anything more is sent."""
    _, injected, after = log.partition("(INJECTED)")
    line = log[log.rfind("\n", 0, len(log) - len(after)) + 1 : len(log) - len(after)]
    if not injected or DATABASE.search(line) is None:
        return
    if SENDING.search(after):
        yield f"sent after the database failed: {line}"
    if outcome.lives[0].life.code != EXIT_SOFTWARE:
        yield f"ended with {outcome.lives[0].life.code} after the database failed: {line}"


def injections(calls: Counter[str], every: int, sample: int | None) -> list[Injection]:
    """Return every nth call with each of its faults, or a sample of each kind."""
    chosen: list[Injection] = []
    for fault, kinds in FAULTS.items():
        for call in kinds:
            numbers = list(range(1, calls[call] + 1, every))
            if sample is not None and sample < len(numbers):
                numbers = sorted(random.Random(f"{call} {fault}").sample(numbers, sample))
            chosen += [Injection(call, fault, nth) for nth in numbers]
    return chosen


async def campaign(folder: Path, every: int, sample: int | None) -> Tally:
    """Play every injection and return what came out."""
    async with Births() as births:
        calls = await count_calls(births, folder / "count")
        chosen = injections(calls, every, sample)
        tally = Tally(list(dict.fromkeys(injection.name for injection in chosen)))
        cases = [
            Case(injection.name, partial(play_injection, births, injection)) for injection in chosen
        ]
        sys.stderr.write(f"{len(cases)} cases; calls of the busiest thread: {dict(calls)}\n")
        await play_all(cases, folder, tally)
        tally.cpu_s = births.cpu_s
    return tally


def main() -> int:
    """Print a line a kind of fault, and the summary; 1 where anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--sample", type=int)
    words = parser.parse_args()
    if not can_trace():
        sys.stdout.write("syscalls: skipped, strace may not trace here\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        tally = asyncio.run(campaign(Path(folder), words.every, words.sample))
    sys.stdout.write(tally.table("syscalls"))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
