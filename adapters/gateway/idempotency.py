"""What a gateway must not forget over a restart: used order ids, and the newest session.

A reservation is on disk before the venue is called. One that has no result may have reached the
venue, and is never freed nor sent again.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar

Value = TypeVar("Value")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reservation (
    account TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    trade_date TEXT NOT NULL,
    result TEXT,
    PRIMARY KEY (account, client_order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reservation_by_day ON reservation (account, trade_date);
CREATE TABLE IF NOT EXISTS session (account TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT;
"""


class Claim(StrEnum):
    """What a client_order_id turned out to be."""

    NEW = "NEW"
    REPLAY = "REPLAY"
    CONFLICT = "CONFLICT"
    UNCERTAIN = "UNCERTAIN"


@dataclass(frozen=True, slots=True)
class Reservation:
    """The claim on one id; `result` is the stored JSON of a REPLAY."""

    claim: Claim
    result: str | None = None


class IdempotencyStore:
    """One SQLite file behind one worker thread; one call is one transaction.

    Errors of the database escape as sqlite3.Error: nothing was sent on the strength of them.
    """

    def __init__(self, connection: sqlite3.Connection, worker: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._worker = worker
        self._epochs: dict[str, int] = dict(
            connection.execute("SELECT account, epoch FROM session")
        )

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or create the file."""
        worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="idempotency")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(worker, lambda: cls(_connect(path), worker))
        except BaseException:
            worker.shutdown(wait=False)
            raise

    async def close(self) -> None:
        """Close the file and end the thread."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._connection.close)
        self._worker.shutdown()

    async def reserve(
        self,
        account: str,
        digests: Mapping[str, str],
        trade_date: date,
    ) -> dict[str, Reservation]:
        """Claim ids (keys) for bodies (digests), durably; one commit for all of them."""

        def work() -> dict[str, Reservation]:
            return {
                client_order_id: self._claim(account, client_order_id, digest, trade_date)
                for client_order_id, digest in digests.items()
            }

        return await self._transaction(work)

    async def settle(
        self,
        account: str,
        results: Mapping[str, str],
        released: Collection[str],
    ) -> None:
        """Store results for ever, and free ids that provably never reached the venue."""

        def work() -> None:
            self._connection.executemany(
                "UPDATE reservation SET result = ? WHERE account = ? AND client_order_id = ?",
                [(result, account, key) for key, result in results.items()],
            )
            self._connection.executemany(
                "DELETE FROM reservation WHERE account = ? AND client_order_id = ?"
                " AND result IS NULL",
                [(account, key) for key in released],
            )

        await self._transaction(work)

    async def next_session_epoch(self, account: str) -> int:
        """Raise the account's session epoch durably and return it."""

        def work() -> int:
            row = self._connection.execute(
                "INSERT INTO session (account, epoch) VALUES (?, 1)"
                " ON CONFLICT (account) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
                (account,),
            ).fetchone()
            return int(row[0])

        epoch = await self._transaction(work)
        self._epochs[account] = epoch
        return epoch

    def session_epoch(self, account: str) -> int:
        """Return the newest session epoch, 0 when there never was a session."""
        return self._epochs.get(account, 0)

    async def orders_on(self, account: str, trade_date: date) -> int:
        """Count the ids claimed for a trading day."""

        def work() -> int:
            row = self._connection.execute(
                "SELECT count(*) FROM reservation WHERE account = ? AND trade_date = ?",
                (account, trade_date.isoformat()),
            ).fetchone()
            return int(row[0])

        return await self._transaction(work)

    def _claim(
        self,
        account: str,
        client_order_id: str,
        digest: str,
        trade_date: date,
    ) -> Reservation:
        row = self._connection.execute(
            "SELECT digest, result FROM reservation WHERE account = ? AND client_order_id = ?",
            (account, client_order_id),
        ).fetchone()
        if row is not None:
            return _earlier_claim(row[0], row[1], digest)
        self._connection.execute(
            "INSERT INTO reservation (account, client_order_id, digest, trade_date)"
            " VALUES (?, ?, ?, ?)",
            (account, client_order_id, digest, trade_date.isoformat()),
        )
        return Reservation(Claim.NEW)

    async def _transaction(self, work: Callable[[], Value]) -> Value:
        loop = asyncio.get_running_loop()
        # Shielded: a cancelled caller must not leave a half-done transaction to the next one.
        return await asyncio.shield(loop.run_in_executor(self._worker, self._commit, work))

    def _commit(self, work: Callable[[], Value]) -> Value:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            value = work()
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return value


def _earlier_claim(stored_digest: str, result: str | None, digest: str) -> Reservation:
    if stored_digest != digest:
        return Reservation(Claim.CONFLICT)
    if result is None:
        return Reservation(Claim.UNCERTAIN)
    return Reservation(Claim.REPLAY, result)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_SCHEMA)
    return connection
