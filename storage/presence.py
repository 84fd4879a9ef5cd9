"""The daemon's sign of life: when it last watched over a run, in market time (rule 5)."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from statemachine.canonical import utc_text
from storage import journal
from storage.leased_database import LeasedDatabase
from storage.rows import optional_moment
from storage.transaction import Transaction
from storage.trouble import OURSELVES

RETURNED = "RETURNED"

UPSERT = """
INSERT INTO presence (only_row, seen_at, epoch) VALUES (1, :seen_at, :epoch)
ON CONFLICT (only_row) DO UPDATE SET seen_at = excluded.seen_at, epoch = excluded.epoch
"""

LAST_RESUMED = "SELECT MAX(lifted_at) FROM halts WHERE lifted_by NOT IN (?, ?)"


class PresenceRecord(Protocol):
    """The part of the store that knows how long nobody watched."""

    async def last_seen(self) -> datetime | None:
        """Return when a daemon last said that it is there; None before the first time."""
        ...

    async def note_seen(self, *, now: datetime) -> None:
        """Say that the daemon is there; replaces what was said before, and is no event."""
        ...

    async def note_return(self, limits: Mapping[str, str | int], *, now: datetime) -> None:
        """Write down the absence that ends now, and the limits of this process, as one event.

        Call it after whatever the absence stops was stopped: from here on it is over.
        """
        ...

    async def last_resumed(self) -> datetime | None:
        """Return when a person last lifted a halt; None before the first time."""
        ...


class SqlitePresenceRecord(PresenceRecord):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def last_seen(self) -> datetime | None:  # noqa: D102 - the protocol says it
        return await self._database.read(last_seen)

    async def note_seen(self, *, now: datetime) -> None:  # noqa: D102 - as above
        await self._database.write(now, note_seen)

    async def note_return(  # noqa: D102 - as above
        self, limits: Mapping[str, str | int], *, now: datetime
    ) -> None:
        await self._database.write(now, note_return, limits)

    async def last_resumed(self) -> datetime | None:  # noqa: D102 - as above
        return await self._database.read(last_resumed)


def last_seen(connection: sqlite3.Connection) -> datetime | None:
    """Return the newest sign of life."""
    row = connection.execute("SELECT seen_at FROM presence").fetchone()
    return None if row is None else optional_moment(row["seen_at"])


def note_seen(transaction: Transaction) -> None:
    """Write the sign of life of this moment."""
    seen = {"seen_at": utc_text(transaction.now), "epoch": transaction.epoch}
    transaction.connection.execute(UPSERT, seen)


def note_return(transaction: Transaction, limits: Mapping[str, str | int]) -> None:
    """Write the event of a return, and with it the first sign of life."""
    before = last_seen(transaction.connection)
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.NOTE,
            RETURNED,
            RETURNED,
            detail={**limits, "last_seen": None if before is None else utc_text(before)},
        ),
    )
    note_seen(transaction)


def last_resumed(connection: sqlite3.Connection) -> datetime | None:
    """Return when a person last lifted a halt of any kind."""
    return optional_moment(connection.execute(LAST_RESUMED, OURSELVES).fetchone()[0])
