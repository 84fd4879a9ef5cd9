"""The database together with the lease this process holds on it."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from storage import lease, place
from storage.database import Committed, Database
from storage.transaction import Stamp, Transaction

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
# Hears of every write how many nanoseconds it took until its COMMIT came back.
Hearer = Callable[[int], None]
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class MachineClock(Protocol):
    """The two readings of this host's clock the store writes down."""

    def utc_now(self) -> datetime:
        """Return aware UTC wall time."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never step back."""
        ...


def unheard(_duration_ns: int) -> None:
    """Leave a commit unmeasured."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who writes: for which account, under which lease, with which key for approvals."""

    stamp: Stamp
    epoch: int
    boot_id: str
    approval_key: bytes


class LeasedDatabase:
    """Runs functions on the database; every write first checks that the lease is still ours."""

    def __init__(
        self, database: Database, clock: MachineClock, identity: Identity, heard: Hearer = unheard
    ) -> None:
        self._database = database
        self._clock = clock
        self.identity = identity
        self._last_monotonic_ns = 0
        self._heard = heard

    async def acquire(self, instance_id: str, where: str) -> None:
        """Take the lease with this identity's epoch; raises StampMismatch.

        A file that lies elsewhere than before is halted in the same transaction.
        """
        now = self._clock.utc_now()

        def work(connection: sqlite3.Connection) -> None:
            transaction = self._transaction(connection, now)
            lease.acquire(transaction, instance_id)
            place.check(transaction, where)

        await self._database.run(work)

    async def write(
        self,
        now: datetime,
        function: Callable[Concatenate[Transaction, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run one function as one transaction at market time `now`; raises StaleEpoch."""
        return (await self.commit(now, function, *args, **kwargs)).value

    async def commit(
        self,
        now: datetime,
        function: Callable[Concatenate[Transaction, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Committed[Result]:
        """Do what `write` does, and tell when COMMIT came back."""

        def work(connection: sqlite3.Connection) -> Result:
            transaction = self._transaction(connection, now)
            lease.require_epoch(transaction)
            return function(transaction, *args, **kwargs)

        began_ns = self._clock.monotonic_ns()
        committed = await self._database.commit(work)
        self._heard(committed.monotonic_ns - began_ns)
        return committed

    async def require_lease(self) -> None:
        """Raise StaleEpoch unless the lease in the file is still ours."""
        await self._database.read(
            lambda connection: lease.require_current(connection, self.identity.epoch)
        )

    async def read(
        self,
        function: Callable[Concatenate[sqlite3.Connection, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run one function that only reads."""
        return await self._database.read(
            lambda connection: function(connection, *args, **kwargs),
        )

    async def close(self) -> None:
        """Close the file and join its thread."""
        await self._database.close()

    def _transaction(self, connection: sqlite3.Connection, now: datetime) -> Transaction:
        return Transaction(
            connection=connection,
            stamp=self.identity.stamp,
            epoch=self.identity.epoch,
            now=now,
            utc_now=self._clock.utc_now(),
            monotonic_ns=self._reading_ns(),
            boot_id=self.identity.boot_id,
            approval_key=self.identity.approval_key,
        )

    def _reading_ns(self) -> int:
        """Return a later reading than the one before: events of one transaction have it alone."""
        reading = max(self._clock.monotonic_ns(), self._last_monotonic_ns + 1)
        self._last_monotonic_ns = reading
        return reading


def boot_id() -> str:
    """Which boot of the host this is: monotonic readings compare only within one."""
    return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else "unknown"
