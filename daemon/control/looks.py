"""What a person looks at beside the runs: breaks, one order's story, what moves, the system."""

import json
from datetime import date, datetime
from typing import Any

from daemon import __version__
from daemon.control.views import order_view
from daemon.desk import Desk
from daemon.http_status import Readiness
from daemon.refusals import ActionRefused
from market.money import decimal_text
from statemachine.breaks import Break
from statemachine.canonical import utc_text
from statemachine.position import AccountSnapshot
from storage.chronicle import Chapter

Look = dict[str, Any]


class Looks:
    """Reads of the store for the control socket and the console; nothing here changes anything."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._readiness = Readiness(desk)

    async def newest_event(self) -> int:
        """The sequence of the newest event of the journal: who looks again asks for news since."""
        return await self._desk.store.newest_event()

    async def breaks(self) -> Look:
        """Open differences between our book and the broker's: those that lock, those explained."""
        now = self._desk.clock.now()
        views: Look = {"breaks": [], "explained": []}
        for found in await self._desk.store.standing_breaks():
            views["explained" if found.explained else "breaks"].append(break_view(found, now))
        return views

    async def moving(self) -> Look:
        """Orders that have not ended."""
        return {"orders": [order_view(order) for order in await self._desk.store.open_orders()]}

    async def story(self, client_order_id: str) -> Look:
        """One order and everything that happened to it."""
        order = await self._desk.store.order(client_order_id)
        if order is None:
            raise ActionRefused(
                f"there is no order {client_order_id}", f"没有委托 {client_order_id}"
            )
        story = await self._desk.store.order_story(client_order_id)
        return {"order": order_view(order), "story": [chapter_view(part) for part in story]}

    async def account(self) -> Look:
        """The newest verified look at the account, and whose each holding is."""
        store = self._desk.store
        decided, snapshot = await store.decided_symbols(), await store.latest_snapshot()
        return {
            "snapshot": None if snapshot is None else snapshot_view(snapshot),
            "owned": {str(name): count for name, count in (await store.owned()).items()},
            "foreign": [str(name) for name, owner in decided.items() if owner == "foreign"],
            "others": {str(name): count for name, count in (await store.other_shares()).items()},
        }

    async def report(self, run_id: str) -> Look:
        """The report of a run, as it was kept when the run was last reconciled."""
        content = await self._desk.store.report(run_id)
        if content is None:
            raise ActionRefused(f"there is no report of {run_id}: none was reconciled yet")
        found: Look = json.loads(content)
        return found

    async def reports(self, first: date, last: date) -> Look:
        """The reports of all runs whose session lies in these days, oldest first."""
        found = await self._desk.store.reports(first, last)
        return {"reports": [json.loads(content) for content in found]}

    async def system(self) -> Look:
        """Version, settings, health and how far the calendar reaches."""
        desk = self._desk
        now = desk.clock.now()
        return {
            "version": __version__,
            "mode": desk.settings.mode,
            "account": desk.account,
            "market_time": now.isoformat(),
            "machine_time": utc_text(desk.machine.utc_now()),
            "epoch": desk.store.epoch,
            "newest_event": await desk.store.newest_event(),
            "calendar_coverage_days": desk.calendar.coverage_days(now.date()),
            "problems": await self._readiness.problems(),
            "warnings": self._readiness.warnings(),
            "settings_hash": desk.settings_hash,
            "settings": desk.settings.model_dump(mode="json"),
        }


def break_view(found: Break, now: datetime) -> Look:
    """Return one difference with both figures, its cause and its age in market time."""
    return {
        "run_id": found.run_id,
        "kind": found.kind,
        "ts_code": None if found.symbol is None else str(found.symbol),
        "ours": found.ours,
        "theirs": found.theirs,
        "detail": found.detail,
        "cause": found.cause,
        "evidence": list(found.evidence),
        "since": _moment(found.since),
        "age_s": None if found.since is None else int((now - found.since).total_seconds()),
    }


def chapter_view(chapter: Chapter) -> Look:
    """Return one event of an order; `text` are the venue's own words, where it said any."""
    return {
        "at": chapter.at.isoformat(),
        "kind": chapter.subject_kind,
        "source": chapter.source,
        "target": chapter.target,
        "cause": chapter.cause,
        "initiator": chapter.initiator,
        "actor": chapter.actor,
        "text": str(chapter.detail.get("text") or ""),
    }


def snapshot_view(snapshot: AccountSnapshot) -> Look:
    """Return the broker's cash figures as they were read, CNY."""
    funds = snapshot.funds
    return {
        "as_of": _moment(snapshot.as_of),
        "verified_at": _moment(snapshot.verified_at),
        "available": decimal_text(funds.available),
        "frozen": decimal_text(funds.frozen),
        "market_value": decimal_text(funds.market_value),
        "total_asset": decimal_text(funds.total_asset),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
