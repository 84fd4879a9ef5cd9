"""Plays days in the project it was started in until promises broke often enough; prints JSON.

Run in a planted copy: python -m tests.simulation.planted.hunt SEEDS CATCHES [FIRST]
"""

import json
import sys
from collections import Counter

from tests.simulation.campaign import play, quiet
from tests.simulation.shrink import invariants_of

TROUBLE = "BUG"


def main(seeds: int, catches: int, first: int = 1) -> int:
    """Play seeds in their order, from `first` to `seeds`."""
    quiet()
    caught, played = 0, 0
    broken: Counter[str] = Counter()
    for seed in range(first, seeds + 1):
        result = play(seed)
        played = seed
        names = {TROUBLE} if result.outcome is None else invariants_of(result.outcome)
        if names:
            caught += 1
            broken.update(names)
        if caught >= catches:
            break
    sys.stdout.write(json.dumps({"played": played, "caught": caught, "broken": dict(broken)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
