"""The events tell the whole story: replayed from the start they give every row as it is."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from statemachine.order_machine import MOVES
from statemachine.run_machine import MOVES as RUN_MOVES
from storage.records import Violation
from storage.rows import PlainValue

ORDER_EDGES = frozenset((source.value, target.value) for _, source, target in MOVES)
RUN_EDGES = frozenset((source.value, target.value) for source, target in RUN_MOVES)

STORY = """
SELECT sequence, subject, source, target, cause, initiator, detail FROM events
WHERE subject_kind = ? AND subject IN (SELECT value FROM json_each(?))
ORDER BY subject, sequence
"""

ORDERS = "SELECT * FROM orders WHERE client_order_id IN (SELECT value FROM json_each(?))"
RUNS = "SELECT run_id, state FROM runs WHERE run_id IN (SELECT value FROM json_each(?))"


@dataclass(slots=True)
class _Replay:
    """One order as the events so far make it."""

    row: dict[str, PlainValue] = field(default_factory=dict)


def replay_orders(connection: sqlite3.Connection, orders: str) -> Iterator[Violation]:
    """Yield illegal or broken moves and rows that differ (I10), events without a change (I13).

    `orders` is a JSON array of ids.
    """
    replays: dict[str, _Replay] = {}
    for event in connection.execute(STORY, ("ORDER", orders)):
        replay = replays.setdefault(event["subject"], _Replay())
        yield from _order_event(replay, event)
    for row in connection.execute(ORDERS, (orders,)):
        replay = replays.pop(row["client_order_id"], _Replay())
        yield from _compare(row, replay)
    for name in replays:
        yield Violation("I10", f"{name} has events and no row", name)


def replay_runs(connection: sqlite3.Connection, runs: str) -> Iterator[Violation]:
    """Yield illegal or broken moves of runs, and runs that are not where their events end.

    `runs` is a JSON array of ids.
    """
    states: dict[str, str] = {}
    for event in connection.execute(STORY, ("RUN", runs)):
        yield from _run_event(states, event)
    for row in connection.execute(RUNS, (runs,)):
        name, told = row["run_id"], states.pop(row["run_id"], None)
        if told != row["state"]:
            yield Violation("I10", f"run {name} is {row['state']}, its events say {told}", name)
    for name in states:
        yield Violation("I10", f"run {name} has events and no row", name)


def _order_event(replay: _Replay, event: sqlite3.Row) -> Iterator[Violation]:
    name = event["subject"]
    where = f"event {event['sequence']} of {name}"
    source, target = event["source"], event["target"]
    moved = source is not None
    if moved and source != replay.row.get("state"):
        yield Violation("I10", f"{where} leaves {source} from {replay.row.get('state')}", name)
    if moved and (source, target) not in ORDER_EDGES:
        yield Violation("I10", f"{where} goes from {source} to {target}", name)
    if not event["cause"] or not event["initiator"]:
        yield Violation("I13", f"{where} has no cause or no initiator", name)
    facts = _facts(event["detail"])
    changed = {name for name, value in facts.items() if replay.row.get(name, "") != value}
    if not changed:
        yield Violation("I13", f"{where} changes nothing", name)
    if "state" in changed and not moved and replay.row:
        yield Violation("I13", f"{where} changes the state without a move", name)
    replay.row.update(facts)


def _facts(detail: str) -> Mapping[str, PlainValue]:
    """Return what an event set; nothing where that can no longer be read."""
    try:
        facts = json.loads(detail)["set"]
    except (ValueError, KeyError, TypeError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _compare(row: sqlite3.Row, replay: _Replay) -> Iterator[Violation]:
    for name in row.keys():  # noqa: SIM118 - iterating over a sqlite3.Row gives its values
        if row[name] != replay.row.get(name):
            order, told = row["client_order_id"], replay.row.get(name)
            detail = f"{order} has {name} {row[name]}, its events say {told}"
            yield Violation("I10", detail, order)


def _run_event(states: dict[str, str], event: sqlite3.Row) -> Iterator[Violation]:
    source, target, name = event["source"], event["target"], event["subject"]
    where = f"event {event['sequence']} of run {name}"
    if not event["cause"] or not event["initiator"]:
        yield Violation("I13", f"{where} has no cause or no initiator", name)
    if target is None:
        return
    before = states.get(name)
    if source != before:
        yield Violation("I10", f"{where} leaves {source} from {before}", name)
    elif source is not None and (source, target) not in RUN_EDGES:
        yield Violation("I10", f"{where} goes from {source} to {target}", name)
    states[name] = target
