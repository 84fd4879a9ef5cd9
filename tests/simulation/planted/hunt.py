"""Plays days in the project it was started in until promises broke often enough; prints JSON.

Run in a planted copy: python -m tests.simulation.planted.hunt BUG SEEDS CATCHES FIRST
"""

import json
import sys
from collections import Counter

from tests.simulation.campaign import play, quiet
from tests.simulation.generate import generate
from tests.simulation.planted.bugs import BUGS
from tests.simulation.shrink import invariants_of

TROUBLE = "BUG"


def main(name: str, seeds: int, catches: int, first: int) -> int:
    """Play the days that may show the bug in their order, from `first` to `seeds`."""
    quiet()
    (bug,) = (bug for bug in BUGS if bug.name == name)
    caught, played, seed = 0, 0, first
    broken: Counter[str] = Counter()
    for seed in range(first, seeds + 1):
        if not bug.may_show(generate(seed)):
            continue
        result = play(seed)
        played += 1
        names = {TROUBLE} if result.outcome is None else invariants_of(result.outcome)
        if names:
            caught += 1
            broken.update(names)
        if caught >= catches:
            break
    sys.stdout.write(
        json.dumps({"seed": seed, "played": played, "caught": caught, "broken": dict(broken)})
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
