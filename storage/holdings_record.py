"""Whose the shares are, what moved without a trade of ours, and what both books differ in."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.fill import Fill
from statemachine.position import Movement
from storage import fills, other_shares, ownership, queries, trouble
from storage.leased_database import LeasedDatabase


class HoldingsRecord(Protocol):
    """The part of the store that reconciliation is made of (trading-day.md rules 11 and 13)."""

    async def decided_symbols(self) -> dict[Symbol, str]:
        """Return names a person decided about: "ours" or "foreign"."""
        ...

    async def decide_ownership(
        self,
        symbol: Symbol,
        owner: str,
        quantity: int,
        *,
        actor: str,
        now: datetime,
        held: int | None = None,
    ) -> None:
        """Record `adopt`: a name is "ours" with this quantity, or "foreign" with 0.

        What the account holds beyond it, `held` where the broker was asked, is other people's.
        """
        ...

    async def other_shares(self) -> dict[Symbol, int]:
        """Return the shares of other people per name; below zero they sold what is ours."""
        ...

    async def movements_from(self, day: date) -> tuple[Movement, ...]:
        """Return what moved without a trade on that day or later, oldest first."""
        ...

    async def foreign_fills_from(self, day: date) -> tuple[Fill, ...]:
        """Return trades of other people of that session or later, oldest first."""
        ...

    async def set_breaks(self, breaks: Sequence[Break], *, now: datetime) -> tuple[Break, ...]:
        """Replace the set of standing breaks; returns the locking ones that are new or changed."""
        ...

    async def open_breaks(self) -> tuple[Break, ...]:
        """Return open breaks that lock."""
        ...

    async def standing_breaks(self) -> tuple[Break, ...]:
        """Return open breaks, explained ones too."""
        ...


class SqliteHoldingsRecord(HoldingsRecord):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def decided_symbols(self) -> dict[Symbol, str]:  # noqa: D102 - the protocol says it
        return await self._database.read(ownership.decided)

    async def decide_ownership(  # noqa: D102 - as above
        self,
        symbol: Symbol,
        owner: str,
        quantity: int,
        *,
        actor: str,
        now: datetime,
        held: int | None = None,
    ) -> None:
        await self._database.write(now, ownership.decide, symbol, owner, quantity, actor, held)

    async def other_shares(self) -> dict[Symbol, int]:  # noqa: D102 - as above
        return await self._database.read(other_shares.balances)

    async def movements_from(self, day: date) -> tuple[Movement, ...]:  # noqa: D102 - as above
        return await self._database.read(queries.movements_from, day)

    async def foreign_fills_from(self, day: date) -> tuple[Fill, ...]:  # noqa: D102 - as above
        return await self._database.read(fills.foreign_from, day)

    async def set_breaks(  # noqa: D102 - as above
        self, breaks: Sequence[Break], *, now: datetime
    ) -> tuple[Break, ...]:
        return await self._database.write(now, trouble.set_breaks, breaks)

    async def open_breaks(self) -> tuple[Break, ...]:  # noqa: D102 - as above
        return await self._database.read(trouble.open_breaks)

    async def standing_breaks(self) -> tuple[Break, ...]:  # noqa: D102 - as above
        return await self._database.read(trouble.standing_breaks)
