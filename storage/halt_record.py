"""What stops the sends, as the record has it: who said so, from when, until when."""

from datetime import datetime
from typing import Protocol

from storage import reductions, trouble
from storage.leased_database import LeasedDatabase
from storage.records import Halt


class HaltRecord(Protocol):
    """The part of the store that says what may be sent (trading-day.md rules 22 and 24)."""

    async def halt(self, kind: str, cause: str, *, actor: str, now: datetime) -> None:
        """Stop submits durably; kind is "HALT" or "AUTO_HOLD"."""
        ...

    async def resume(
        self, kind: str, *, actor: str, reason: str, now: datetime, cause: str | None = None
    ) -> None:
        """Lift the standing halts of a kind, or only the one with this cause."""
        ...

    async def halts(self) -> tuple[Halt, ...]:
        """Return standing halts."""
        ...

    async def reduce(self, cause: str, *, actor: str, now: datetime) -> None:
        """Let only sells go, durably."""
        ...

    async def end_reductions(self, *, actor: str, reason: str, now: datetime) -> None:
        """Let buys go again."""
        ...

    async def reductions(self) -> tuple[Halt, ...]:
        """Return what stands against buys alone; their kind is REDUCE_ONLY."""
        ...


class SqliteHaltRecord(HaltRecord):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def halt(  # noqa: D102 - the protocol says it
        self, kind: str, cause: str, *, actor: str, now: datetime
    ) -> None:
        await self._database.write(now, trouble.halt, kind, cause, actor=actor)

    async def resume(  # noqa: D102 - as above
        self, kind: str, *, actor: str, reason: str, now: datetime, cause: str | None = None
    ) -> None:
        await self._database.write(
            now, trouble.resume, kind, actor=actor, reason=reason, cause=cause
        )

    async def halts(self) -> tuple[Halt, ...]:  # noqa: D102 - as above
        return await self._database.read(trouble.halts)

    async def reductions(self) -> tuple[Halt, ...]:  # noqa: D102 - as above
        return await self._database.read(reductions.standing)

    async def reduce(  # noqa: D102 - as above
        self, cause: str, *, actor: str, now: datetime
    ) -> None:
        await self._database.write(now, reductions.stand, cause, actor=actor)

    async def end_reductions(  # noqa: D102 - as above
        self, *, actor: str, reason: str, now: datetime
    ) -> None:
        await self._database.write(now, reductions.lift, actor=actor, reason=reason)
