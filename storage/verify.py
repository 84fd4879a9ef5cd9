"""The invariants of never-twice-never-lost.md section B that the database alone can show.

Each file of `invariants/` is one SELECT whose rows are violations; what SQL cannot see (hashes,
seals, the replay of the events) is here and in `replay`. Only reads; works on a copy as well.
"""

import sqlite3
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from statemachine.plan_hash import plan_hash
from storage import approvals, journal, plans, replay
from storage.database import connect_read_only
from storage.records import Violation

BLOBS = """
SELECT 'input_blob' AS kept_in, sha256, content FROM input_blob
UNION ALL SELECT 'evidence', sha256, content FROM evidence
"""


def verify(
    connection: sqlite3.Connection,
    approval_key: bytes | None = None,
) -> tuple[Violation, ...]:
    """Return every violation, empty when all invariants hold.

    Approval seals are checked where the key is given: it is not in the database.
    """
    return (
        *_integrity(connection),
        *(found for name, query in invariants() for found in _run(connection, name, query)),
        *_plans(connection),
        *_seals(connection, approval_key),
        *replay.replay_orders(connection),
        *replay.replay_runs(connection),
        *_chain(connection),
        *_blobs(connection),
    )


def verify_file(path: Path, approval_key: bytes | None = None) -> tuple[Violation, ...]:
    """Check a database file, or a copy of one (with its -wal beside it), without changing it."""
    connection = connect_read_only(path)
    try:
        return verify(connection, approval_key)
    finally:
        connection.close()


@cache
def invariants() -> tuple[tuple[str, str], ...]:
    """Return (id, query) of every invariant in SQL, by id; file i07_... holds I7."""
    folder = files("storage") / "invariants"
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".sql")),
        key=lambda path: path.name,
    )
    return tuple((f"I{int(path.name[1:3])}", path.read_text(encoding="utf-8")) for path in paths)


def _run(connection: sqlite3.Connection, name: str, query: str) -> Iterator[Violation]:
    return (Violation(name, row["detail"]) for row in connection.execute(query))


def _integrity(connection: sqlite3.Connection) -> Iterator[Violation]:
    """The file itself; the safety page gives it no number."""
    for row in connection.execute("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield Violation("FILE", row[0])
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield Violation("FILE", f"row {row[1]} of {row[0]} points to no row of {row[2]}")


def _plans(connection: sqlite3.Connection) -> Iterator[Violation]:
    """I4: the hash recomputes from the rows, and the document beside them says the same."""
    for (wanted,) in connection.execute("SELECT plan_hash FROM plan").fetchall():
        if plans.recomputed_hash(connection, wanted) != wanted:
            yield Violation("I4", f"the rows of plan {wanted} have another hash")
        plan = plans.find(connection, wanted)
        if plan is None or plan_hash(plan) != wanted or plan.plan_hash != wanted:
            yield Violation("I4", f"the document of plan {wanted} has another hash")


def _seals(connection: sqlite3.Connection, key: bytes | None) -> Iterator[Violation]:
    if key is None:
        return
    for row in connection.execute("SELECT * FROM approval"):
        if not approvals.is_authentic(key, approvals.approval_of(row)):
            yield Violation("I4", f"the seal of approval {row['nonce']} does not fit")


def _chain(connection: sqlite3.Connection) -> Iterator[Violation]:
    for fault in journal.verify_chain(connection):
        yield Violation("I14", f"event {fault.sequence} {fault.why}")


def _blobs(connection: sqlite3.Connection) -> Iterator[Violation]:
    """I21: bytes are what they were when they were kept."""
    for row in connection.execute(BLOBS):
        if sha256(row["content"]).hexdigest() != row["sha256"]:
            yield Violation("I21", f"{row['sha256']} in {row['kept_in']} has other bytes")
