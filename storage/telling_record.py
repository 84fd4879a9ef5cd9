"""What the store promises about people: what is listed for them, told to them, seen by them."""

# ruff: noqa: D102 - the protocol says what each verb promises

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from statemachine.alert_texts import Incident
from statemachine.severity import Severity
from storage import alerts, manual, outbox, resolutions, trouble
from storage.alerts import Alert
from storage.leased_database import LeasedDatabase
from storage.outbox import Ending
from storage.records import ManualItem


class TellingRecord(Protocol):
    """Whatever is listed or halts is told of in the same transaction; nothing is told of twice."""

    async def add_manual(
        self,
        item: ManualItem,
        *,
        now: datetime,
        severity: Severity = Severity.P1,
        quiet: timedelta = manual.NEVER,
    ) -> bool:
        """List something for a person; False where the same stands open about the same subject.

        Nor within `quiet` after the same was resolved. Violations and breaks are the same only
        where they say the same.
        """
        ...

    async def manual_items(self, *, open_only: bool = True) -> tuple[ManualItem, ...]:
        """Return the manual list."""
        ...

    async def resolve_manual(
        self,
        item_id: int,
        choice: str,
        *,
        actor: str,
        now: datetime,
        reason: str = "",
        evidence: str = "",
    ) -> ManualItem:
        """Record a person's choice and do what it means (`storage.manual.Choice`).

        Conflict if the item was resolved, or the choice is not offered or cannot be done now.
        "confirm-absent" takes two persons, reason and evidence; the item stays open till then, and
        after "leave".
        """
        ...

    async def finish_manual(self, item_id: int, *, actor: str, now: datetime) -> None:
        """Close an item because another verb did what it asks for; Conflict if it was closed."""
        ...

    async def stop(self, kind: str, item: ManualItem, *, actor: str, now: datetime) -> bool:
        """Stand a halt under the item's reason, list the item and tell of both, all or nothing.

        Returns whether the item was new. `kind` is "HALT" or "AUTO_HOLD".
        """
        ...

    async def announce(self, cause: str, incident: Incident, *, now: datetime) -> bool:
        """Tell of something that does not stand; False where this cause was told ever."""
        ...

    async def alerts_to_deliver(self, now_utc: datetime) -> tuple[Alert, ...]:
        """Return what nobody has acknowledged and is not long over, oldest first."""
        ...

    async def alerts(self, *, newest_max: int | None = None) -> tuple[Alert, ...]:
        """Return the open alerts, oldest first, or the newest ones of all, newest first."""
        ...

    async def begin_delivery(
        self, channel: str, alert_ids: Sequence[int], *, escalates: bool, now: datetime
    ) -> None:
        """Write down that these alerts leave together; call before the first byte does."""
        ...

    async def end_delivery(
        self, channel: str, alert_ids: Sequence[int], ending: Ending, *, now: datetime
    ) -> None:
        """Write down what the channel said."""
        ...

    async def acknowledge(
        self, alert_ids: Sequence[int] | None, *, actor: str, now: datetime
    ) -> int:
        """Record that a person has seen these alerts, or all open ones; returns how many.

        Conflict, and nothing recorded, where one is unknown, seen before or over.
        """
        ...


class SqliteTellingRecord(TellingRecord):
    """Implements it on the leased database."""

    _database: LeasedDatabase

    async def add_manual(
        self,
        item: ManualItem,
        *,
        now: datetime,
        severity: Severity = Severity.P1,
        quiet: timedelta = manual.NEVER,
    ) -> bool:
        return await self._database.write(now, manual.add, item, severity, quiet)

    async def manual_items(self, *, open_only: bool = True) -> tuple[ManualItem, ...]:
        return await self._database.read(manual.items, open_only=open_only)

    async def resolve_manual(
        self,
        item_id: int,
        choice: str,
        *,
        actor: str,
        now: datetime,
        reason: str = "",
        evidence: str = "",
    ) -> ManualItem:
        word = resolutions.Word(choice, actor, reason, evidence)
        return await self._database.write(now, resolutions.resolve, item_id, word)

    async def finish_manual(self, item_id: int, *, actor: str, now: datetime) -> None:
        await self._database.write(now, manual.finish, item_id, actor)

    async def stop(self, kind: str, item: ManualItem, *, actor: str, now: datetime) -> bool:
        return await self._database.write(now, trouble.stop, kind, item, actor=actor)

    async def announce(self, cause: str, incident: Incident, *, now: datetime) -> bool:
        return await self._database.write(now, outbox.announce, cause, incident)

    async def alerts_to_deliver(self, now_utc: datetime) -> tuple[Alert, ...]:
        return await self._database.read(alerts.to_deliver, now_utc)

    async def alerts(self, *, newest_max: int | None = None) -> tuple[Alert, ...]:
        return await self._database.read(alerts.listed, newest_max=newest_max)

    async def begin_delivery(
        self, channel: str, alert_ids: Sequence[int], *, escalates: bool, now: datetime
    ) -> None:
        await self._database.write(
            now, outbox.begin_delivery, channel, alert_ids, escalates=escalates
        )

    async def end_delivery(
        self, channel: str, alert_ids: Sequence[int], ending: Ending, *, now: datetime
    ) -> None:
        await self._database.write(now, outbox.end_delivery, channel, alert_ids, ending)

    async def acknowledge(
        self, alert_ids: Sequence[int] | None, *, actor: str, now: datetime
    ) -> int:
        return await self._database.write(now, outbox.acknowledge, alert_ids, actor)
