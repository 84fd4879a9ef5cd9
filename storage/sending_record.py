"""What a send asks of the record before its bytes leave, and after: reads of the wire log."""

from datetime import date, datetime, timedelta
from typing import Protocol

from statemachine.plan import Plan
from storage import approvals, approved, sent
from storage.leased_database import LeasedDatabase
from storage.records import Approval, SentBatch, SentOrder


class SendingRecord(Protocol):
    """The part of the store that guards a send (never-twice-never-lost.md A2, A4, A6)."""

    async def require_lease(self) -> None:
        """Raise StaleEpoch unless this process still holds the lease; asks the file (S1)."""
        ...

    async def last_submit(self, client_order_id: str) -> SentBatch | None:
        """Return the newest submit of an order that may have left."""
        ...

    async def latency_max(self, session_date: date) -> timedelta:
        """Return the longest a submit of that day took, in market time; zero before the first."""
        ...

    async def sent_on(self, session_date: date) -> tuple[SentOrder, ...]:
        """Return every order of that day whose bytes may have left."""
        ...

    async def approved_plans(self, session_date: date) -> tuple[Plan, ...]:
        """Return the plans of a session that a standing, authentic approval covers, rows' words."""
        ...

    async def standing_approvals(
        self, run_id: str, plan_hash: str, now: datetime
    ) -> tuple[Approval, ...]:
        """Return the approvals of a plan that count now; none where its rows have another hash."""
        ...


class SqliteSendingRecord(SendingRecord):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def require_lease(self) -> None:  # noqa: D102 - the protocol says it
        await self._database.require_lease()

    async def last_submit(self, client_order_id: str) -> SentBatch | None:  # noqa: D102 - as above
        return await self._database.read(sent.last_submit, client_order_id)

    async def latency_max(self, session_date: date) -> timedelta:  # noqa: D102 - as above
        return await self._database.read(sent.latency_max, session_date)

    async def sent_on(self, session_date: date) -> tuple[SentOrder, ...]:  # noqa: D102 - as above
        return await self._database.read(sent.sent_on, session_date)

    async def approved_plans(self, session_date: date) -> tuple[Plan, ...]:  # noqa: D102 - as above
        key = self._database.identity.approval_key
        return await self._database.read(approved.plans_of, session_date, key)

    async def standing_approvals(  # noqa: D102 - as above
        self, run_id: str, plan_hash: str, now: datetime
    ) -> tuple[Approval, ...]:
        key = self._database.identity.approval_key
        return await self._database.read(approvals.standing, key, run_id, plan_hash, now)
