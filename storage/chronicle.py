"""What a person reads of the journal: the story of one order, and what changed since a look."""

# ruff: noqa: D102 - the protocol says what each verb promises

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from statemachine.fill import Fill
from statemachine.order import Order
from storage import bindings, fills, orders
from storage.bindings import Artifact
from storage.leased_database import LeasedDatabase
from storage.rows import moment_of
from storage.run_record import RunRecord, record_of

STORY = """
SELECT subject_kind, source, target, cause, initiator, actor, detail, market_time FROM events
WHERE subject_kind IN ('ORDER', 'WIRE') AND subject = ? ORDER BY sequence
"""
CHANGED = """
SELECT subject_kind, COALESCE(run_id, ''), MAX(sequence) FROM events WHERE sequence > ?
GROUP BY 1, 2
"""
NEWEST = "SELECT COALESCE(MAX(sequence), 0) FROM events"


@dataclass(frozen=True, slots=True)
class Chapter:
    """One event of an order; `source` and `target` are None where no state moved."""

    at: datetime
    subject_kind: str
    source: str | None
    target: str | None
    cause: str
    initiator: str
    actor: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """What the journal says since an event: (subject kind, run id or "") pairs, and its newest."""

    sequence: int
    subjects: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RunBook:
    """The orders and fills of a run as one moment had them: right after the event `sequence`."""

    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    sequence: int


class Chronicle(Protocol):
    """The part of the store that tells what happened."""

    async def order_story(self, client_order_id: str) -> tuple[Chapter, ...]:
        """Return what happened to an order, oldest first; empty for one nobody knows."""
        ...

    async def newest_event(self) -> int:
        """Return the sequence of the newest event, 0 before the first."""
        ...

    async def changes_since(self, sequence: int) -> Changes:
        """Return what changed after an event."""
        ...

    async def run_book(self, run_id: str) -> RunBook:
        """Return the orders and fills of a run, and which event they are as of."""
        ...

    async def bind_artifacts(
        self,
        run_id: str,
        artifacts: Sequence[Artifact],
        *,
        now: datetime,
        evidence: bytes | None = None,
    ) -> None:
        """Write down which bytes were written as which files, and from what."""
        ...

    async def bound_artifacts(self, run_id: str) -> dict[str, str]:
        """Return file name -> SHA-256 as each file of a run was written last."""
        ...

    async def run_record(self, run_id: str) -> RunRecord | None:
        """Return all that is recorded of a run; None for one nobody knows."""
        ...


class SqliteChronicle(Chronicle):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def order_story(self, client_order_id: str) -> tuple[Chapter, ...]:
        return await self._database.read(story_of, client_order_id)

    async def newest_event(self) -> int:
        return await self._database.read(newest)

    async def changes_since(self, sequence: int) -> Changes:
        return await self._database.read(changes, sequence)

    async def run_book(self, run_id: str) -> RunBook:
        return await self._database.read(book_of, run_id)

    async def bind_artifacts(
        self,
        run_id: str,
        artifacts: Sequence[Artifact],
        *,
        now: datetime,
        evidence: bytes | None = None,
    ) -> None:
        await self._database.write(now, bindings.bind, run_id, artifacts, evidence)

    async def bound_artifacts(self, run_id: str) -> dict[str, str]:
        return await self._database.read(bindings.bound, run_id)

    async def run_record(self, run_id: str) -> RunRecord | None:
        return await self._database.read(record_of, run_id)


def story_of(connection: sqlite3.Connection, client_order_id: str) -> tuple[Chapter, ...]:
    """Return what happened to an order, oldest first."""
    return tuple(map(chapter_of, connection.execute(STORY, (client_order_id,))))


def chapter_of(row: sqlite3.Row) -> Chapter:
    """Read one event."""
    return Chapter(
        at=moment_of(row["market_time"]),
        subject_kind=row["subject_kind"],
        source=row["source"],
        target=row["target"],
        cause=row["cause"],
        initiator=row["initiator"],
        actor=row["actor"],
        detail=json.loads(row["detail"]),
    )


def book_of(connection: sqlite3.Connection, run_id: str) -> RunBook:
    """Return the orders and fills of a run, and which event they are as of."""
    return RunBook(
        orders.find_of_run(connection, run_id),
        fills.find_of_run(connection, run_id),
        newest(connection),
    )


def newest(connection: sqlite3.Connection) -> int:
    """Return the sequence of the newest event, 0 before the first."""
    return int(connection.execute(NEWEST).fetchone()[0])


def changes(connection: sqlite3.Connection, sequence: int) -> Changes:
    """Return what changed after an event."""
    rows = connection.execute(CHANGED, (sequence,)).fetchall()
    return Changes(
        sequence=max((row[2] for row in rows), default=sequence),
        subjects=frozenset((row[0], row[1]) for row in rows),
    )
