"""Feeds spoiled bytes to every reader: `python -m tests.corpus.fuzz --inputs 1000000`.

The same seed feeds the same bytes, however many processes share the work. Exit 1 where anything
but a refusal or a sound acceptance came of an input.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from tests.corpus.mutation import mutated
from tests.corpus.targets import Target, all_targets

SHARD = 2_000
TOLD_MAX = 10


@dataclass(frozen=True, slots=True)
class Shard:
    """A share of the inputs; its bytes follow from seed and number alone."""

    seed: int
    number: int
    inputs: int


@dataclass(slots=True)
class Outcome:
    """What came of inputs: counts by reader, and what went wrong with the bytes that did it."""

    fed: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another share in."""
        self.fed += other.fed
        self.accepted += other.accepted
        self.failures += other.failures


def fuzz(shard: Shard, targets: Mapping[str, Target]) -> Outcome:
    """Feed one share to the readers in turn."""
    dice, outcome = random.Random(f"{shard.seed}/{shard.number}"), Outcome()
    names = sorted(targets)
    for index in range(shard.inputs):
        name = names[index % len(names)]
        data = mutated(dice, targets[name].seeds)
        outcome.fed[name] += 1
        try:
            outcome.accepted[name] += targets[name].feed(data)
        except Exception:  # noqa: BLE001 - whatever it is, it is what we are looking for
            told = f"{name}, input {index} of {shard}: {data!r}\n{traceback.format_exc()}"
            outcome.failures.append(told)
    return outcome


def shards(inputs: int, seed: int) -> Iterator[Shard]:
    """Yield shares that together hold this many inputs."""
    for number, first in enumerate(range(0, inputs, SHARD)):
        yield Shard(seed, number, min(SHARD, inputs - first))


@cache
def _targets() -> Mapping[str, Target]:
    """Build the readers once a process."""
    return all_targets()


def _work(shard: Shard) -> Outcome:
    return fuzz(shard, _targets())


def main() -> int:
    """Run, tell the progress, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    total, began = Outcome(), time.monotonic()
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for done in pool.imap_unordered(_work, shards(options.inputs, options.seed)):
            total.add(done)
            _tell(total, options.inputs, time.monotonic() - began)
    sys.stderr.write("\n")
    return _report(total, time.monotonic() - began, options.workers)


def _tell(total: Outcome, inputs: int, seconds: float) -> None:
    fed = total.fed.total()
    failures = len(total.failures)
    rate = f"{fed / seconds:,.0f}/s"
    sys.stderr.write(f"\r{fed:,} of {inputs:,} inputs, {rate}, {failures} unhandled")
    sys.stderr.flush()


def _report(total: Outcome, seconds: float, workers: int) -> int:
    lines = [
        f"{name:16} {count:>10,} fed {total.accepted[name]:>10,} accepted and sound"
        for name, count in sorted(total.fed.items())
    ]
    fed = total.fed.total()
    lines += [
        *total.failures[:TOLD_MAX],
        (
            f"{fed:,} inputs in {seconds:,.1f} s ({fed / seconds:,.0f}/s on {workers} processes),"
            f" {len(total.failures)} unhandled exceptions, 0 orders"
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
