"""Fails the daemon's system calls one by one: killed at, EIO from, ENOSPC from the nth of each.

`python -m tests.chaos.syscalls --every 1` plays every call of a cycle of two orders, from the drop
of the pair to its completed run; `--sample 3` plays three of each kind and fault.
"""

import argparse
import asyncio
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos.births import Births
from tests.chaos.campaign import Case, Result, Tally, cpu_spent_s, play_all
from tests.chaos.checks import violations
from tests.chaos.play import CYCLE, play_week
from tests.chaos.stage import Treatment
from tests.chaos.traces import INJECTED, Calls, broken_promises, calls_of

# What the network does not know is not asked of it: ENOSPC and EIO are answers of a disk.
DISK = ("write", "pwrite64", "fdatasync", "fsync")
FAULTS = {
    "KILL": (*DISK, "sendto", "recvfrom"),
    "EIO": DISK,
    "ENOSPC": ("write", "pwrite64"),
}
EXIT_SOFTWARE = 70
TRIES_MAX = 3


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault of the nth call of one kind, of those on one file of the case where there is one."""

    call: str
    fault: str
    nth: int
    path: str | None = None

    @property
    def name(self) -> str:
        """What it is counted under."""
        return f"{self.call} {self.fault}"

    def treatment(self, out: Path) -> Treatment:
        """Return how the first daemon of the case in `out` is treated."""
        how = "signal=KILL" if self.fault == "KILL" else f"error={self.fault}"
        # What is sent after a failure shows whether the process stopped in time.
        calls = (self.call,) if self.path else (self.call, "sendto")
        more = ("-P", str(out / self.path)) if self.path else ()
        return _traced(calls, *more, "-e", f"inject={self.call}:{how}:when={self.nth}")


def can_trace() -> bool:
    """Whether this host lets strace trace."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    return subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode == 0


def _traced(calls: Sequence[str], *more: str) -> Treatment:
    return Treatment(strace=("-y", "-s", "40", "-e", f"trace={','.join(calls)}", *more))


async def count_calls(births: Births, out: Path) -> list[Calls]:
    """Play a cycle that nothing happens to and return its calls."""
    await play_week(births, out, CYCLE, [_traced(FAULTS["KILL"])])
    log = (out / "strace.log").read_text(encoding="utf-8", errors="replace")
    return calls_of(log, out)


async def play_injection(births: Births, injection: Injection, out: Path) -> Result:
    """Play a cycle whose first daemon meets the fault; those after it are left alone.

    A daemon wakes a little more or less often each time: one that never met it is played again.
    """
    for number in range(1, TRIES_MAX + 1):
        folder = out / str(number)
        outcome = await play_week(births, folder, CYCLE, [injection.treatment(folder)])
        log = (folder / "strace.log").read_text(encoding="utf-8", errors="replace")
        code = outcome.lives[0].life.code
        was_hit = INJECTED in log or code == -signal.SIGKILL
        found = (*violations(outcome), *broken_promises(log, code, EXIT_SOFTWARE))
        if was_hit or found:
            break
    detail = f"call {injection.nth} of {injection.path or 'its thread'}"
    return Result(injection.name, detail, found, was_hit=was_hit)


def injections(calls: Iterable[Calls], every: int, sample: int | None) -> list[Injection]:
    """Return every nth call with each of its faults, or a sample of each kind."""
    chosen: list[Injection] = []
    for fault, kinds in FAULTS.items():
        for kind in kinds:
            found = [
                Injection(kind, fault, nth, of.path)
                for of in calls
                if of.call == kind
                for nth in range(1, of.count + 1)
            ][::every]
            if sample is not None and sample < len(found):
                found = random.Random(f"{kind} {fault}").sample(found, sample)
            chosen += found
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
        sys.stderr.write(f"{len(cases)} cases; calls of one cycle: {_numbers(calls)}\n")
        await play_all(cases, folder, tally)
    tally.cpu_s = cpu_spent_s()
    return tally


def _numbers(calls: Iterable[Calls]) -> str:
    numbers = Counter[str]()
    for of in calls:
        numbers[of.call] += of.count
    return ", ".join(f"{call} {count}" for call, count in numbers.most_common())


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
