"""Many seeds in worker processes, and the table of what they met."""

import logging
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from multiprocessing import get_context
from time import monotonic, process_time

from tests.simulation.generate import generate
from tests.simulation.market_place import market_folder
from tests.simulation.run import Outcome, run_day

WORKERS = 2
PROGRESS_EVERY = 10
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Result:
    """One seed: its outcome, or the traceback of the simulator's own bug."""

    seed: int
    outcome: Outcome | None
    trouble: str
    cpu_s: float


@dataclass(slots=True)
class Table:
    """What all days met together."""

    days: int = 0
    crashes: int = 0
    lives: int = 0
    points: int = 0
    orders: int = 0
    simulated_s: float = 0
    cpu_s: float = 0
    kinds: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    states: Counter[tuple[str, ...]] = field(default_factory=Counter)
    broken: dict[int, tuple[str, ...]] = field(default_factory=dict)
    trouble: dict[int, str] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Count one day."""
        self.days += 1
        self.cpu_s += result.cpu_s
        outcome = result.outcome
        if outcome is None:
            self.trouble[result.seed] = result.trouble
            return
        self.crashes += outcome.crashes
        self.lives += outcome.lives
        self.points += outcome.points
        self.orders += outcome.orders
        self.simulated_s += outcome.simulated_s
        self.kinds.update(outcome.struck)
        self.pairs.update(combinations(sorted(outcome.struck), 2))
        self.states[outcome.run_states] += 1
        if outcome.violations:
            self.broken[result.seed] = outcome.violations

    def lines(self, wall_s: float) -> Iterator[str]:
        """Return the table as text."""
        yield f"{'fault':<44} struck"
        yield from (f"{name:<44} {count:>6}" for name, count in sorted(self.kinds.items()))
        rarest = min(self.pairs.values(), default=0)
        yield f"fault kinds seen {len(self.kinds)}"
        yield f"pairs of kinds seen on one day {len(self.pairs)}, the rarest {rarest} times"
        yield f"days {self.days}, orders {self.orders}, await points {self.points}"
        yield f"lives {self.lives}, crashes {self.crashes}"
        per_core = self.days / max(self.cpu_s, 1e-9) * HOUR_S
        yield (
            f"simulated days per hour and core {per_core:.0f}"
            f" ({self.cpu_s / max(self.days, 1):.2f} CPU seconds a day), wall {wall_s:.0f} s"
        )
        for seed, violations in sorted(self.broken.items()):
            yield from (f"VIOLATION seed {seed}: {text}" for text in violations)
        for seed, trouble in sorted(self.trouble.items()):
            yield f"SIMULATOR seed {seed}: {trouble}"
        yield f"violations {sum(map(len, self.broken.values()))} on {len(self.broken)} days"


def play(seed: int) -> Result:
    """Simulate the day of one seed, in whatever process."""
    begun_s = process_time()
    try:
        outcome = run_day(generate(seed))
    except Exception:  # noqa: BLE001 - the simulator's own bug is a line of the table
        return Result(seed, None, traceback.format_exc(), process_time() - begun_s)
    return Result(seed, outcome, "", process_time() - begun_s)


def quiet() -> None:
    """Silence the logs of libraries: each day has its own."""
    logging.disable(logging.CRITICAL)


def campaign(seeds: Iterable[int], tell: Callable[[str], None]) -> Table:
    """Play all seeds and return the table; `tell` hears of progress."""
    table, begun_s = Table(), monotonic()
    market_folder()
    with get_context("fork").Pool(WORKERS, initializer=quiet) as pool:
        for result in pool.imap_unordered(play, seeds):
            table.add(result)
            if result.seed in table.broken:
                tell(f"\nseed {result.seed}: {table.broken[result.seed][0]}\n")
            if table.days % PROGRESS_EVERY == 0:
                tell(
                    f"\r{table.days} days, {table.crashes} crashes, {len(table.kinds)} kinds,"
                    f" {len(table.broken)} broken, {monotonic() - begun_s:.0f} s"
                )
    tell("\n")
    sys.stdout.write("\n".join(table.lines(monotonic() - begun_s)) + "\n")
    return table
