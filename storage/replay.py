"""The events tell the whole story: replayed from the start they give every row as it is."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from statemachine import run_machine
from statemachine.order import OrderState
from statemachine.order_machine import MOVES
from statemachine.run import RunState
from storage.records import Violation
from storage.rows import PlainValue

ORDER_EDGES = frozenset((source, target) for _, source, target in MOVES)
STORY = "SELECT * FROM events WHERE subject_kind = ? ORDER BY sequence"


@dataclass(slots=True)
class _Replay:
    """One order as the events so far make it."""

    row: dict[str, PlainValue] = field(default_factory=dict)


def replay_orders(connection: sqlite3.Connection) -> Iterator[Violation]:
    """Yield illegal or broken moves and rows that differ (I10), events without a change (I13)."""
    replays: dict[str, _Replay] = {}
    for event in connection.execute(STORY, ("ORDER",)):
        replay = replays.setdefault(event["subject"], _Replay())
        yield from _order_event(replay, event)
    for row in connection.execute("SELECT * FROM orders"):
        replay = replays.pop(row["client_order_id"], _Replay())
        yield from _compare(row, replay)
    for name in replays:
        yield Violation("I10", f"{name} has events and no row")


def replay_runs(connection: sqlite3.Connection) -> Iterator[Violation]:
    """Yield illegal or broken moves of runs, and runs that are not where their events end."""
    states: dict[str, str] = {}
    for event in connection.execute(STORY, ("RUN",)):
        yield from _run_event(states, event)
    for row in connection.execute("SELECT run_id, state FROM runs"):
        told = states.pop(row["run_id"], None)
        if told != row["state"]:
            yield Violation("I10", f"run {row['run_id']} is {row['state']}, its events say {told}")
    for name in states:
        yield Violation("I10", f"run {name} has events and no row")


def _order_event(replay: _Replay, event: sqlite3.Row) -> Iterator[Violation]:
    where = f"event {event['sequence']} of {event['subject']}"
    source, target = event["source"], event["target"]
    moved = source is not None
    if moved and source != replay.row.get("state"):
        yield Violation("I10", f"{where} leaves {source} from {replay.row.get('state')}")
    if moved and (OrderState(source), OrderState(target)) not in ORDER_EDGES:
        yield Violation("I10", f"{where} goes from {source} to {target}")
    if not event["cause"] or not event["initiator"]:
        yield Violation("I13", f"{where} has no cause or no initiator")
    facts: Mapping[str, PlainValue] = json.loads(event["detail"]).get("set", {})
    changed = {name for name, value in facts.items() if replay.row.get(name, "") != value}
    if not changed:
        yield Violation("I13", f"{where} changes nothing")
    if "state" in changed and not moved and replay.row:
        yield Violation("I13", f"{where} changes the state without a move")
    replay.row.update(facts)


def _compare(row: sqlite3.Row, replay: _Replay) -> Iterator[Violation]:
    for name in row.keys():  # noqa: SIM118 - iterating over a sqlite3.Row gives its values
        if name != "sequence" and row[name] != replay.row.get(name):
            yield Violation(
                "I10",
                f"{row['client_order_id']} has {name} {row[name]},"
                f" its events say {replay.row.get(name)}",
            )


def _run_event(states: dict[str, str], event: sqlite3.Row) -> Iterator[Violation]:
    source, target = event["source"], event["target"]
    if target is None:
        return
    before = states.get(event["subject"])
    where = f"event {event['sequence']} of run {event['subject']}"
    if source != before:
        yield Violation("I10", f"{where} leaves {source} from {before}")
    elif source is not None and not _is_legal_run_move(source, target):
        yield Violation("I10", f"{where} goes from {source} to {target}")
    states[event["subject"]] = target


def _is_legal_run_move(source: str, target: str) -> bool:
    return RunState(target) in run_machine.destinations()[RunState(source)]
