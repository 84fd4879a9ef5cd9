"""Everything recorded of one run: its rows, its stretch of the chain, and the bytes they name."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from storage import journal, verify
from storage.database import empty_database
from storage.records import Violation
from storage.replay_fills import replay_fills
from storage.rows import PlainValue
from storage.scope import Scope

Row = Mapping[str, PlainValue]

FAMILY = """
WITH RECURSIVE family (run_id) AS (
  VALUES (:run_id)
  UNION SELECT parent_run_id FROM runs JOIN family USING (run_id) WHERE parent_run_id IS NOT NULL)
SELECT json_group_array(run_id) FROM family
"""

# What a pack holds of each table. A residual run was read from the files of its parent.
QUERIES = {
    "stamp": "SELECT * FROM stamp",
    "runs": "SELECT * FROM runs WHERE run_id IN (SELECT value FROM json_each(:family))"
    " ORDER BY sequence",
    "inputs": "SELECT * FROM inputs WHERE run_id IN (SELECT value FROM json_each(:family))"
    " ORDER BY sequence",
    "plan": "SELECT * FROM plan WHERE run_id = :run_id ORDER BY plan_hash",
    "plan_lines": "SELECT plan_lines.* FROM plan_lines JOIN plan USING (plan_hash)"
    " WHERE run_id = :run_id ORDER BY plan_hash, ts_code",
    "line_status": "SELECT * FROM line_status WHERE run_id = :run_id ORDER BY ts_code",
    "approval": "SELECT * FROM approval WHERE run_id = :run_id ORDER BY approval_id",
    "orders": "SELECT * FROM orders WHERE run_id = :run_id ORDER BY sequence",
    "fills": "SELECT fills.* FROM fills JOIN orders USING (client_order_id)"
    " WHERE run_id = :run_id ORDER BY fills.sequence",
    "wire": "SELECT * FROM wire WHERE run_id = :run_id ORDER BY sequence",
    "events": "SELECT * FROM events WHERE sequence >= :first ORDER BY sequence",
}

BLOBS = {
    "evidence": """
SELECT sha256, content, kept_utc FROM evidence WHERE sha256 IN
  (SELECT evidence_sha256 FROM events WHERE sequence >= :first) ORDER BY sha256
""",
    "input_blob": """
SELECT sha256, content, kept_utc FROM input_blob WHERE sha256 IN
  (SELECT csv_sha256 FROM inputs WHERE run_id IN (SELECT value FROM json_each(:family))
   UNION SELECT context_sha256 FROM inputs
   WHERE run_id IN (SELECT value FROM json_each(:family))) ORDER BY sha256
""",
}

FIRST = "SELECT MIN(sequence) FROM events WHERE run_id = ?"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the database has it.

    `rows` are by table, without the bytes of `blobs`, which are by table and SHA-256; `before` is
    the seal of the event that the stretch of the chain follows.
    """

    run_id: str
    schema: int
    before: str
    rows: Mapping[str, tuple[Row, ...]]
    blobs: Mapping[str, Mapping[str, bytes]]

    @property
    def first(self) -> int:
        """The sequence of the first event."""
        return int(self.rows["events"][0]["sequence"] or 0)

    @property
    def last(self) -> int:
        """The sequence of the last event."""
        return int(self.rows["events"][-1]["sequence"] or 0)

    def run(self) -> Row:
        """Return the row of the run itself; KeyError where it is not there."""
        return {row["run_id"]: row for row in self.rows["runs"]}[self.run_id]


def record_of(connection: sqlite3.Connection, run_id: str) -> RunRecord | None:
    """Return all that is recorded of a run; None for one nobody knows."""
    first = connection.execute(FIRST, (run_id,)).fetchone()[0]
    if first is None:
        return None
    (family,) = connection.execute(FAMILY, {"run_id": run_id}).fetchone()
    named = {"run_id": run_id, "family": family, "first": first}
    rows = {table: _rows(connection, query, named) for table, query in QUERIES.items()}
    blobs: dict[str, dict[str, bytes]] = {}
    for table, query in BLOBS.items():
        kept = connection.execute(query, named).fetchall()
        blobs[table] = {row["sha256"]: row["content"] for row in kept}
        rows[table] = tuple({"sha256": row["sha256"], "kept_utc": row["kept_utc"]} for row in kept)
    return RunRecord(
        run_id=run_id,
        schema=int(connection.execute("PRAGMA user_version").fetchone()[0]),
        before=journal.hash_at(connection, first - 1) or "",
        rows=rows,
        blobs=blobs,
    )


def check_record(record: RunRecord, approval_key: bytes | None = None) -> tuple[Violation, ...]:
    """Return what the record of a run shows to be broken, by the invariants of the database.

    Raises sqlite3.Error for rows that no database of ours could hold.
    """
    with restored(record) as connection:
        names = sorted({str(row["ts_code"]) for row in record.rows["fills"]})
        scope = Scope(orders=_orders_of(record), runs=(record.run_id,))
        return (
            *verify.check(connection, scope, approval_key),
            *verify.check_stretch(connection, record.first, record.last),
            *replay_fills(connection, json.dumps(names)),
        )


def _orders_of(record: RunRecord) -> tuple[str, ...]:
    """Return every order of the run, also one that only its events still name."""
    told = {
        str(row["subject"])
        for row in record.rows["events"]
        if row["subject_kind"] in ("ORDER", "WIRE") and row["run_id"] == record.run_id
    }
    return tuple(sorted(told | {str(row["client_order_id"]) for row in record.rows["orders"]}))


@contextmanager
def restored(record: RunRecord) -> Iterator[sqlite3.Connection]:
    """Yield a database in memory that holds the record and nothing else.

    The event before its first stands in by its seal alone. Raises sqlite3.Error for rows that
    no database of ours could hold.
    """
    with empty_database() as connection:
        insert_row(connection, "events", _stand_in(record))
        for table, rows in record.rows.items():
            contents = record.blobs.get(table)
            for row in rows:
                content = {} if contents is None else {"content": contents[str(row["sha256"])]}
                insert_row(connection, table, {**row, **content})
        yield connection


def _rows(
    connection: sqlite3.Connection, query: str, named: Mapping[str, str | int]
) -> tuple[Row, ...]:
    return tuple(dict(row) for row in connection.execute(query, named))


def insert_row(
    connection: sqlite3.Connection, table: str, row: Mapping[str, PlainValue | bytes]
) -> None:
    """Write one row; its names are quoted, for a record may be a stranger's."""
    names = ", ".join(_quoted(name) for name in row)
    marks = ", ".join("?" for _ in row)
    statement = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks})"  # noqa: S608 - quoted
    connection.execute(statement, tuple(row.values()))


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _stand_in(record: RunRecord) -> dict[str, PlainValue]:
    follower = record.rows["events"][0]
    text = dict.fromkeys(("subject_kind", "subject", "cause", "initiator", "actor"), "")
    moments = dict.fromkeys(("market_time", "recorded_utc", "boot_id", "prev_hash"), "")
    numbers = {"sequence": record.first - 1, "inferred": 0, "monotonic_ns": 0}
    seal = {"detail": "{}", "hash": record.before, "run_id": None}
    return {**follower, **text, **moments, **numbers, **seal, "evidence_sha256": None}
