"""What was told of a run at its end, kept as evidence under an event: the newest one counts."""

# ruff: noqa: D102 - the protocol says what each verb promises

import sqlite3
from datetime import date, datetime
from typing import Protocol

from storage import journal
from storage.chronicle import Chapter, chapter_of
from storage.evidence import keep_evidence
from storage.leased_database import LeasedDatabase
from storage.transaction import Transaction

CAUSE = "RUN_REPORT"

NEWEST = """
SELECT evidence.sha256, content FROM events JOIN evidence ON evidence.sha256 = evidence_sha256
WHERE subject_kind = 'NOTE' AND subject = ? ORDER BY sequence DESC LIMIT 1
"""

OF_SESSIONS = """
SELECT content FROM run_reports
JOIN evidence ON evidence.sha256 = evidence_sha256
JOIN runs ON runs.run_id = run_reports.run_id
WHERE session_date BETWEEN ? AND ? ORDER BY session_date, runs.sequence
"""

# A stop of all sends stands in the story of every run that was under way.
STORY = """
SELECT subject_kind, source, target, cause, initiator, actor, detail, market_time FROM events
WHERE (subject_kind IN ('RUN', 'APPROVAL') AND run_id = :run_id)
  OR (subject_kind = 'HALT' AND date(market_time, '+8 hours') =
      (SELECT session_date FROM runs WHERE run_id = :run_id))
ORDER BY sequence
"""


class ReportRecord(Protocol):
    """The part of the store that keeps the reports of runs."""

    async def keep_report(self, run_id: str, document: bytes, *, now: datetime) -> None:
        """Keep the report of a run, a JSON document; the same bytes again write nothing."""
        ...

    async def report(self, run_id: str) -> bytes | None:
        """Return the newest report of a run."""
        ...

    async def reports(self, first: date, last: date) -> tuple[bytes, ...]:
        """Return the newest report of each run whose session lies in these days, oldest first."""
        ...

    async def run_story(self, run_id: str) -> tuple[Chapter, ...]:
        """Return how a run moved, who approved it, and the halts of its session, oldest first."""
        ...


class SqliteReportRecord(ReportRecord):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def keep_report(self, run_id: str, document: bytes, *, now: datetime) -> None:
        await self._database.write(now, keep, run_id, document)

    async def report(self, run_id: str) -> bytes | None:
        return await self._database.read(newest, run_id)

    async def reports(self, first: date, last: date) -> tuple[bytes, ...]:
        return await self._database.read(of_sessions, first, last)

    async def run_story(self, run_id: str) -> tuple[Chapter, ...]:
        return await self._database.read(story_of_run, run_id)


def keep(transaction: Transaction, run_id: str, document: bytes) -> None:
    """Keep the bytes and say in the journal of which run they are."""
    if newest(transaction.connection, run_id) == document:
        return
    happening = journal.Happening(
        journal.Subject.NOTE,
        f"{CAUSE}:{run_id}",
        CAUSE,
        run_id=run_id,
        evidence_sha256=keep_evidence(transaction, document),
    )
    journal.append(transaction, happening)


def newest(connection: sqlite3.Connection, run_id: str) -> bytes | None:
    """Return the newest report of a run."""
    row = connection.execute(NEWEST, (f"{CAUSE}:{run_id}",)).fetchone()
    return None if row is None else bytes(row["content"])


def of_sessions(connection: sqlite3.Connection, first: date, last: date) -> tuple[bytes, ...]:
    """Return the newest report of each run of these sessions, oldest first."""
    rows = connection.execute(OF_SESSIONS, (first.isoformat(), last.isoformat()))
    return tuple(bytes(row["content"]) for row in rows)


def story_of_run(connection: sqlite3.Connection, run_id: str) -> tuple[Chapter, ...]:
    """Return the chapters of a run's story, oldest first."""
    return tuple(map(chapter_of, connection.execute(STORY, {"run_id": run_id})))
