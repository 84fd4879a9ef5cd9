"""The invariants of never-twice-never-lost.md section B that the database alone can show.

Each file of `invariants/` is one SELECT whose rows are violations; what SQL cannot see (hashes,
seals, the replay of the events) is here and in `replay`. Only reads; works on a copy as well.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from storage import anchors, approvals, journal, plans, replay
from storage.anchors import Anchor
from storage.offline import open_copy
from storage.records import Mark, Violation
from storage.replay_fills import replay_fills
from storage.scope import Scope, changed_since, everything

BLOBS = """
SELECT 'input_blob' AS kept_in, sha256, content FROM input_blob
WHERE sha256 IN (
  SELECT csv_sha256 FROM inputs WHERE run_id IN (SELECT value FROM json_each(:runs))
  UNION SELECT context_sha256 FROM inputs WHERE run_id IN (SELECT value FROM json_each(:runs)))
UNION ALL
SELECT 'evidence', sha256, content FROM evidence
WHERE sha256 IN (SELECT evidence_sha256 FROM events WHERE sequence BETWEEN :first AND :last)
"""

PLANS_OF_RUNS = "SELECT plan_hash FROM plan WHERE run_id IN (SELECT value FROM json_each(:runs))"

PLANS_MADE = """
SELECT subject, json_extract(iif(json_valid(detail), detail, '{}'), '$.body_sha256') AS body_sha256
FROM events WHERE subject_kind = 'PLAN' AND sequence BETWEEN :first AND :last
"""

# SQLite takes the other columns of a MIN() from its row: the event that first named the bytes.
KEPT = """
SELECT sha256, kept_utc FROM evidence LEFT JOIN
  (SELECT evidence_sha256, recorded_utc, MIN(sequence) FROM events
   WHERE evidence_sha256 IS NOT NULL GROUP BY evidence_sha256) ON evidence_sha256 = sha256
WHERE recorded_utc IS NOT kept_utc
"""

APPROVALS = "SELECT * FROM approval WHERE run_id IN (SELECT value FROM json_each(:runs))"


def verify(
    connection: sqlite3.Connection,
    approval_key: bytes | None = None,
    anchored: Sequence[Anchor] = (),
) -> tuple[Violation, ...]:
    """Return every violation, empty when all invariants hold.

    Seals of approvals and anchors are checked where the key is given: it is not in the database.
    """
    found = [*check_file(connection), *anchors.contradicted(connection, anchored, approval_key)]
    for portion in everything(connection).portions():
        found += check(connection, portion, approval_key)
    return tuple(found)


def verify_file(
    path: Path,
    approval_key: bytes | None = None,
    anchored: Sequence[Anchor] = (),
) -> tuple[Violation, ...]:
    """Check a database file, or a copy of one (with its -wal beside it), without changing it.

    Raises CopyUnreadable where it is no database of ours or cannot be read.
    """
    with open_copy(path) as connection:
        return verify(connection, approval_key, anchored)


def check(
    connection: sqlite3.Connection,
    scope: Scope,
    approval_key: bytes | None,
) -> tuple[Violation, ...]:
    """Check every invariant on the rows of a scope."""
    parameters = scope.parameters()
    return (
        *(found for name, query in invariants() for found in _run(connection, name, query, scope)),
        *_plans(connection, scope),
        *_seals(connection, scope, approval_key),
        *replay.replay_orders(connection, str(parameters["orders"])),
        *replay.replay_runs(connection, str(parameters["runs"])),
        *replay_fills(connection, str(parameters["names"])),
        *_chain(connection, scope),
        *_blobs(connection, scope),
    )


def check_stretch(connection: sqlite3.Connection, first: int, last: int) -> tuple[Violation, ...]:
    """Check a stretch of the chain and the bytes it names, whatever rows are there beside it."""
    scope = Scope(first=first, last=last)
    return *_chain(connection, scope), *_blobs(connection, scope)


def check_file(connection: sqlite3.Connection) -> tuple[Violation, ...]:
    """Check what belongs to no row: the pages of the file, references, the end of the chain."""
    return (
        *(
            Violation("FILE", str(row[0]))
            for row in connection.execute("PRAGMA integrity_check")
            if row[0] != "ok"
        ),
        *(
            Violation("FILE", f"row {row[1]} of {row[0]} points to no row of {row[2]}")
            for row in connection.execute("PRAGMA foreign_key_check")
        ),
        *(_chain_violation(fault) for fault in journal.verify_tail(connection)),
        *(
            Violation("I21", f"{row['sha256']} was not kept at {row['kept_utc']}", row["sha256"])
            for row in connection.execute(KEPT)
        ),
    )


def check_mark(connection: sqlite3.Connection, mark: Mark) -> tuple[Violation, ...]:
    """Check that the record still contains what a clean pass has seen of it (I14)."""
    found = journal.hash_at(connection, mark.sequence)
    if found == mark.hash:
        return ()
    what = "is gone" if found is None else "is another event now"
    detail = f"event {mark.sequence}, which the last clean pass ended with, {what}"
    return (Violation("I14", detail, str(mark.sequence)),)


def scope_since(connection: sqlite3.Connection, mark: Mark | None) -> Scope:
    """Return what a pass must look at after a clean one; everything where there was none."""
    return everything(connection) if mark is None else changed_since(connection, mark)


@cache
def invariants() -> tuple[tuple[str, str], ...]:
    """Return (id, query) of every invariant in SQL, by id; file i07_... holds I7."""
    folder = files("storage") / "invariants"
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".sql")),
        key=lambda path: path.name,
    )
    return tuple((f"I{int(path.name[1:3])}", path.read_text(encoding="utf-8")) for path in paths)


def _run(
    connection: sqlite3.Connection, name: str, query: str, scope: Scope
) -> Iterator[Violation]:
    for row in connection.execute(query, scope.parameters()):
        yield Violation(name, row["detail"], str(row["subject"]))


def _plans(connection: sqlite3.Connection, scope: Scope) -> Iterator[Violation]:
    """I4: the hash recomputes from the rows, and the document made with them says the same."""
    for (wanted,) in connection.execute(PLANS_OF_RUNS, scope.parameters()).fetchall():
        if not _rows_agree(connection, wanted):
            yield Violation("I4", f"the rows of plan {wanted} have another hash", wanted)
    for wanted, body_sha256 in connection.execute(PLANS_MADE, scope.parameters()).fetchall():
        if not _document_agrees(connection, wanted, body_sha256):
            yield Violation("I4", f"plan {wanted} is not the document it was made as", wanted)


def _rows_agree(connection: sqlite3.Connection, wanted: str) -> bool:
    try:
        return plans.recomputed_hash(connection, wanted) == wanted
    except ValueError:
        return False


def _document_agrees(connection: sqlite3.Connection, wanted: str, body_sha256: str | None) -> bool:
    try:
        return plans.is_as_told(connection, wanted, body_sha256)
    except ValueError:
        return False


def _seals(connection: sqlite3.Connection, scope: Scope, key: bytes | None) -> Iterator[Violation]:
    if key is None:
        return
    for row in connection.execute(APPROVALS, scope.parameters()):
        if not _is_sealed(key, row):
            detail = f"the seal of approval {row['nonce']} does not fit"
            yield Violation("I4", detail, row["run_id"])


def _is_sealed(key: bytes, row: sqlite3.Row) -> bool:
    try:
        return approvals.is_authentic(key, approvals.approval_of(row))
    except ValueError:
        return False


def _chain(connection: sqlite3.Connection, scope: Scope) -> Iterator[Violation]:
    for fault in journal.verify_chain(connection, scope.first, scope.last):
        yield _chain_violation(fault)


def _chain_violation(fault: journal.ChainFault) -> Violation:
    return Violation("I14", f"event {fault.sequence} {fault.why}", str(fault.sequence))


def _blobs(connection: sqlite3.Connection, scope: Scope) -> Iterator[Violation]:
    """I21: bytes are what they were when they were kept."""
    for row in connection.execute(BLOBS, scope.parameters()):
        if sha256(row["content"]).hexdigest() != row["sha256"]:
            detail = f"{row['sha256']} in {row['kept_in']} has other bytes"
            yield Violation("I21", detail, row["sha256"])
