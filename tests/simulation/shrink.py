"""From a day that broke a promise to the fewest faults that still break it (ddmin)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TypeVar

from tests.simulation.faults import faults_json
from tests.simulation.run import Outcome, run_day
from tests.simulation.scenario import Scenario

Item = TypeVar("Item")
NAMES_MIN = 1


def minimal(items: Sequence[Item], breaks: Callable[[Sequence[Item]], bool]) -> tuple[Item, ...]:
    """Return a subset that still breaks and of which no single item can be left out."""
    kept = tuple(items)
    parts = 2
    while len(kept) > 1 and parts <= len(kept):
        size = -(-len(kept) // parts)
        chunks = [kept[start : start + size] for start in range(0, len(kept), size)]
        for index in range(len(chunks)):
            others = (*chunks[:index], *chunks[index + 1 :])
            rest = tuple(item for chunk in others for item in chunk)
            if breaks(rest):
                kept, parts = rest, max(parts - 1, 2)
                break
        else:
            if parts == len(kept):
                break
            parts = min(len(kept), 2 * parts)
    return () if kept and breaks(()) else kept


def invariants_of(outcome: Outcome) -> frozenset[str]:
    """Return the names of the promises that were broken."""
    return frozenset(text.partition(" ")[0] for text in outcome.violations)


def shrink(scenario: Scenario, tell: Callable[[str], None] = lambda _text: None) -> Scenario:
    """Return a smaller day that breaks one of the same promises."""
    wanted = invariants_of(run_day(scenario))

    def breaks(smaller: Scenario) -> bool:
        is_broken = bool(wanted & invariants_of(run_day(smaller)))
        tell(f"{len(smaller.faults)} faults, {smaller.world.names} names: {is_broken}")
        return is_broken

    faults = minimal(scenario.faults, lambda items: breaks(scenario.with_faults(tuple(items))))
    found = scenario.with_faults(faults)
    while found.world.names > NAMES_MIN:
        fewer = replace(found, world=replace(found.world, names=found.world.names - 1))
        if not breaks(fewer):
            break
        found = fewer
    return found


def regression(scenario: Scenario, violations: Sequence[str]) -> str:
    """Return the text of a regression: one JSON document to put into `regressions/`."""
    world = asdict(scenario.world) | {"first_send": scenario.world.first_send.isoformat()}
    head = json.dumps({"seed": scenario.seed, **world})[:-1]
    said = "".join(f"# {text}\n" for text in violations)
    return f'{said}{head},\n "faults": {faults_json(scenario.faults)}}}\n'
