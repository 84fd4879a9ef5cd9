"""What one pass of `verify` looks at: named rows and a stretch of events, in bounded portions.

A pass over everything and a pass over what changed differ in nothing but their scope.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from statemachine.run_machine import MOVES
from storage import journal
from storage.records import Mark

ORDERS_MAX, RUNS_MAX, NAMES_MAX, EVENTS_MAX = 250, 4, 100, 1000
OPEN_STATES = json.dumps(sorted({source.value for source, _ in MOVES}))

EVERY_ORDER = """
SELECT client_order_id FROM orders
UNION SELECT subject FROM events WHERE subject_kind = 'ORDER'
UNION SELECT client_order_id FROM wire
UNION SELECT client_order_id FROM fills WHERE ours = 1 AND client_order_id IS NOT NULL
"""

EVERY_RUN = """
SELECT run_id FROM runs
UNION SELECT run_id FROM approval
UNION SELECT subject FROM events WHERE subject_kind = 'RUN'
UNION SELECT run_id FROM inputs
UNION SELECT run_id FROM plan
UNION SELECT run_id FROM orders
"""

EVERY_NAME = """
SELECT ts_code FROM ownership
UNION SELECT ts_code FROM other_shares
UNION SELECT ts_code FROM fills
"""

# The plus and the cross join keep SQLite from walking an index of all events, or all orders.
CHANGED_ORDERS = """
SELECT subject FROM events WHERE sequence > :after AND +subject_kind IN ('ORDER', 'WIRE')
UNION
SELECT json_extract(iif(json_valid(detail), detail, '{}'), '$.client_order_id') AS named FROM events
WHERE sequence > :after AND +subject_kind IN ('FILL', 'MANUAL') AND named IS NOT NULL
UNION
SELECT client_order_id FROM runs CROSS JOIN orders USING (run_id)
WHERE runs.state IN (SELECT value FROM json_each(:open_states))
"""

CHANGED_RUNS = """
SELECT run_id FROM events WHERE sequence > :after AND run_id IS NOT NULL
UNION
SELECT run_id FROM runs WHERE state IN (SELECT value FROM json_each(:open_states))
"""

CHANGED_NAMES = """
SELECT subject FROM events WHERE sequence > :after AND +subject_kind = 'OWNERSHIP'
UNION
SELECT json_extract(iif(json_valid(detail), detail, '{}'), '$.ts_code') AS named FROM events
WHERE sequence > :after AND +subject_kind IN ('FILL', 'MOVEMENT') AND named IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Keys of orders, runs and names, and events `first` to `last`; what is not there is none."""

    orders: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    first: int = 1
    last: int = 0

    def parameters(self) -> dict[str, str | int]:
        """Return what the queries of `invariants/` call these."""
        return {
            "orders": json.dumps(self.orders),
            "runs": json.dumps(self.runs),
            "names": json.dumps(self.names),
            "first": self.first,
            "last": self.last,
        }

    def portions(self) -> Iterator["Scope"]:
        """Return the same scope in pieces that each take some tens of milliseconds."""
        stretches = [
            (first, min(first + EVENTS_MAX - 1, self.last))
            for first in range(self.first, self.last + 1, EVENTS_MAX)
        ]
        pieces = zip_longest(
            _sliced(self.orders, ORDERS_MAX),
            _sliced(self.runs, RUNS_MAX),
            _sliced(self.names, NAMES_MAX),
            stretches,
        )
        for orders, runs, names, stretch in pieces:
            first, last = stretch or (1, 0)
            yield Scope(orders or (), runs or (), names or (), first, last)


def everything(connection: sqlite3.Connection) -> Scope:
    """Return every row, also those that name a row which is not there."""
    return Scope(
        orders=_keys(connection, EVERY_ORDER),
        runs=_keys(connection, EVERY_RUN),
        names=_keys(connection, EVERY_NAME),
        first=1,
        last=journal.head(connection)[0],
    )


def changed_since(connection: sqlite3.Connection, mark: Mark) -> Scope:
    """Return what the events after the mark name, and the runs that have not ended in whole."""
    return Scope(
        orders=_keys(connection, CHANGED_ORDERS, mark.sequence),
        runs=_keys(connection, CHANGED_RUNS, mark.sequence),
        names=_keys(connection, CHANGED_NAMES, mark.sequence),
        first=mark.sequence + 1,
        last=journal.head(connection)[0],
    )


def mark_of(connection: sqlite3.Connection) -> Mark:
    """Return where the record stands; equal marks of one connection have equal rows."""
    (others,) = connection.execute("PRAGMA data_version").fetchone()
    sequence, head = journal.head(connection)
    return Mark(sequence, head, connection.total_changes, int(others))


def _keys(connection: sqlite3.Connection, query: str, after: int = 0) -> tuple[str, ...]:
    parameters = {"after": after, "open_states": OPEN_STATES}
    return tuple(str(row[0]) for row in connection.execute(query, parameters))


def _sliced(keys: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]
