"""`make sweep`: one crash at every await point of a reference day, and of a recovery.

The day has four orders: one is partly filled and cancelled, is quoted again, and one answer to a
send is lost, so that its outcome is unknown.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import chain, groupby
from multiprocessing import get_context
from time import monotonic

from tests.simulation.branches import Branch, branches_of
from tests.simulation.campaign import WORKERS, quiet
from tests.simulation.faults import Fault, Kind
from tests.simulation.market_place import market_folder
from tests.simulation.run import run_day
from tests.simulation.scenario import Scenario, World

UNKNOWN = Fault(Kind.NET_LOST_REPLY, "net submit ", 2)
REFERENCE = Scenario(
    seed=4,
    world=World(
        first_send=time(14, 38),
        names=3,
        participation_percent=25,
        batch_size=2,
        sweep_interval_s=300,
        poll_interval_s=10,
        poll_idle_interval_s=60,
        look_interval_s=60,
        is_brief=True,
    ),
    faults=(UNKNOWN,),
)
IN_DOUBT = Fault(Kind.CRASH_POINT, "net submit arrived", 1)
PROGRESS_EVERY, SHARE = 25, 64


@dataclass(frozen=True, slots=True)
class Case:
    """The reference day with a crash at a point; `in_recovery` counts from a first crash on."""

    point: int
    in_recovery: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a case came to."""

    case: Case
    violations: tuple[str, ...]
    crashes: int
    trace: str


def points_of(scenario: Scenario) -> list[str]:
    """Return the labels of all await points of a day."""
    labels: list[str] = []
    run_day(scenario, labels=labels)
    return labels


def cases(every: int = 1) -> Iterator[Case]:
    """Return a case for each point, or for one in `every`."""
    day = points_of(REFERENCE)
    yield from (Case(point, in_recovery=False) for point in range(0, len(day), every))
    doubtful = points_of(REFERENCE.with_faults((UNKNOWN, IN_DOUBT)))
    first_crash = next(
        index for index, label in enumerate(doubtful) if label == "net submit arrived"
    )
    begins = first_crash + 1
    length = next(
        index for index, label in enumerate(doubtful[begins:]) if "|recovering" not in label
    )
    yield from (Case(begins + point, in_recovery=True) for point in range(0, length, every))


def scenario_of(in_recovery: bool) -> Scenario:
    """Return the day that the cases of a kind crash."""
    return REFERENCE.with_faults((UNKNOWN, IN_DOUBT) if in_recovery else (UNKNOWN,))


def play(case: Case) -> Verdict:
    """Live one case from its first moment on."""
    outcome = run_day(scenario_of(case.in_recovery), die_at=case.point)
    return Verdict(case, outcome.violations, outcome.crashes, outcome.trace)


def shares(todo: Sequence[Case]) -> Iterator[tuple[Case, ...]]:
    """Return the cases in handfuls of one kind that share their past."""
    for _, group in groupby(todo, lambda case: case.in_recovery):
        kind = tuple(group)
        yield from (kind[first : first + SHARE] for first in range(0, len(kind), SHARE))


def play_share(share: tuple[Case, ...]) -> list[Verdict]:
    """Live cases of one kind, their common past only once."""
    cases_by_point = {case.point: case for case in share}
    return [
        _verdict(cases_by_point[branch.point], branch)
        for branch in branches_of(scenario_of(share[0].in_recovery), cases_by_point.keys())
    ]


def _verdict(case: Case, branch: Branch) -> Verdict:
    outcome = branch.outcome
    if outcome is None:
        return Verdict(case, (f"SIMULATOR {branch.trouble}",), 0, "")
    return Verdict(case, outcome.violations, outcome.crashes, outcome.trace)


def main(every: int = 1) -> int:
    """Sweep every point and print what broke, the count and the wall time."""
    begun_s, count, crashes, broken = monotonic(), 0, 0, 0
    quiet()
    market_folder()
    todo = list(cases(every))
    with get_context("fork").Pool(WORKERS, initializer=quiet) as pool:
        played = pool.imap_unordered(play_share, shares(todo))
        for verdict in chain.from_iterable(played):
            count += 1
            crashes += verdict.crashes
            broken += bool(verdict.violations)
            for text in verdict.violations:
                sys.stdout.write(f"VIOLATION at {verdict.case}: {text}\n")
            if count % PROGRESS_EVERY == 0:
                wall_s = monotonic() - begun_s
                sys.stderr.write(f"\r{count} of {len(todo)}, {broken} broken, {wall_s:.0f} s")
    recoveries = sum(case.in_recovery for case in todo)
    sys.stdout.write(
        f"\n{count} await points ({recoveries} of them in a recovery), {crashes} crashes,"
        f" {broken} broken, {monotonic() - begun_s:.0f} s\n"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1))
