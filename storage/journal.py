"""The events table: every change of state is one row, and each row seals those before it."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from statemachine.canonical import Canonical, canonical_json, utc_text
from statemachine.order import Initiator
from storage.rows import SqlValue
from storage.transaction import Transaction

GENESIS = "0" * 64

SEALED_COLUMNS = (
    "sequence",
    "subject_kind",
    "subject",
    "run_id",
    "source",
    "target",
    "cause",
    "initiator",
    "actor",
    "inferred",
    "detail",
    "evidence_sha256",
    "market_time",
    "recorded_utc",
    "monotonic_ns",
    "boot_id",
    "epoch",
)

INSERT = """
INSERT INTO events (sequence, subject_kind, subject, run_id, source, target, cause, initiator,
  actor, inferred, detail, evidence_sha256, market_time, recorded_utc, monotonic_ns, boot_id,
  epoch, prev_hash, hash)
VALUES (:sequence, :subject_kind, :subject, :run_id, :source, :target, :cause, :initiator,
  :actor, :inferred, :detail, :evidence_sha256, :market_time, :recorded_utc, :monotonic_ns,
  :boot_id, :epoch, :prev_hash, :hash)
"""


class Subject(StrEnum):
    """What an event is about."""

    ALERT = "ALERT"
    APPROVAL = "APPROVAL"
    ARTIFACT = "ARTIFACT"
    BREAK = "BREAK"
    FILL = "FILL"
    HALT = "HALT"
    INPUT = "INPUT"
    LEASE = "LEASE"
    LINE = "LINE"
    MANUAL = "MANUAL"
    MOVEMENT = "MOVEMENT"
    NOTE = "NOTE"
    ORDER = "ORDER"
    OWNERSHIP = "OWNERSHIP"
    PLAN = "PLAN"
    RUN = "RUN"
    WIRE = "WIRE"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing to write down; `source` and `target` are states, None where none moved."""

    subject_kind: Subject
    subject: str
    cause: str
    run_id: str | None = None
    source: str | None = None
    target: str | None = None
    initiator: Initiator = Initiator.US
    actor: str = "daemon"
    inferred: bool = False
    evidence_sha256: str | None = None
    detail: Mapping[str, Canonical] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A row of the chain that does not follow from the rows before it."""

    sequence: int
    why: str


def append(transaction: Transaction, happening: Happening) -> int:
    """Write one event and return its sequence."""
    last_sequence, last_hash = head(transaction.connection)
    row: dict[str, SqlValue] = {
        "sequence": last_sequence + 1,
        "subject_kind": happening.subject_kind,
        "subject": happening.subject,
        "run_id": happening.run_id,
        "source": happening.source,
        "target": happening.target,
        "cause": happening.cause,
        "initiator": happening.initiator,
        "actor": happening.actor,
        "inferred": int(happening.inferred),
        "detail": canonical_json(happening.detail).decode(),
        "evidence_sha256": happening.evidence_sha256,
        "market_time": utc_text(transaction.now),
        "recorded_utc": utc_text(transaction.utc_now),
        "monotonic_ns": transaction.monotonic_ns,
        "boot_id": transaction.boot_id,
        "epoch": transaction.epoch,
    }
    row |= {"prev_hash": last_hash, "hash": _seal(last_hash, row)}
    transaction.connection.execute(INSERT, row)
    return last_sequence + 1


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return the newest (sequence, hash); (0, GENESIS) for an empty journal."""
    row = connection.execute(
        "SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1",
    ).fetchone()
    return (0, GENESIS) if row is None else (row["sequence"], row["hash"])


def verify_chain(
    connection: sqlite3.Connection,
    first: int = 1,
    last: int | None = None,
) -> Iterator[ChainFault]:
    """Re-walk a stretch of the chain, to its end by default; yields every row that does not fit.

    The row before the stretch is taken as it is (I14).
    """
    sequence, last_hash = first - 1, hash_at(connection, first - 1)
    end = head(connection)[0] if last is None else last
    rows = connection.execute(
        "SELECT * FROM events WHERE sequence BETWEEN ? AND ? ORDER BY sequence", (first, end)
    )
    for row in rows:
        if row["sequence"] != sequence + 1:
            yield ChainFault(row["sequence"], f"follows {sequence}")
        if row["prev_hash"] != last_hash:
            yield ChainFault(row["sequence"], "does not name the hash of the row before it")
        if row["hash"] != _seal(row["prev_hash"], {name: row[name] for name in SEALED_COLUMNS}):
            yield ChainFault(row["sequence"], "its content is not what was sealed")
        sequence, last_hash = row["sequence"], row["hash"]


def verify_tail(connection: sqlite3.Connection) -> Iterator[ChainFault]:
    """Yield a tail that was cut: the table's counter outlives its rows."""
    sequence, _ = head(connection)
    counted = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    if counted is not None and counted["seq"] != sequence:
        yield ChainFault(sequence, f"is the last row, but {counted['seq']} were written")


def hash_at(connection: sqlite3.Connection, sequence: int) -> str | None:
    """Return the hash of one event, GENESIS before the first, None where there is no such row."""
    if sequence == 0:
        return GENESIS
    row = connection.execute("SELECT hash FROM events WHERE sequence = ?", (sequence,)).fetchone()
    return None if row is None else str(row["hash"])


def _seal(prev_hash: str, row: Mapping[str, Canonical]) -> str:
    return sha256(prev_hash.encode() + b"|" + canonical_json(row)).hexdigest()
