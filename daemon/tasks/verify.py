"""Checks the record against its own invariants while it is written, and halts on the first doubt.

never-twice-never-lost.md section B: every minute what changed, at the end of the day everything.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

from daemon.desk import Desk
from daemon.manual_list import stop_sending
from market.phases import SHANGHAI
from statemachine.canonical import utc_text
from statemachine.reasons import Reason
from storage import anchors
from storage.anchors import Anchor, AnchorsUnreadable
from storage.store import Mark, Violation

INTERVAL_S = 60
AFTER_SECOND_RECONCILE = timedelta(minutes=5)
LISTED_MAX = 20
ACKNOWLEDGE = ("acknowledge",)


class Verifier:
    """Looks at the record; a clean look moves the mark on and anchors the chain.

    A violation stands until somebody acknowledges its very sentence on the manual list: until then
    every look halts again, whatever was resumed meanwhile.
    """

    def __init__(self, desk: Desk, key: bytes) -> None:
        self._desk = desk
        self._key = key
        self._path = desk.settings.paths.state / "anchors.jsonl"
        self._mark: Mark | None = None
        self._anchored = 0
        self._told: frozenset[Violation] = frozenset()
        self._looking = asyncio.Lock()

    @property
    def anchors_path(self) -> Path:
        """Where the anchors are kept."""
        return self._path

    async def run(self) -> None:
        """Look at what changed every minute of machine time, for ever."""
        while True:
            await self.look()
            await self._desk.machine.sleep(INTERVAL_S)

    async def run_daily(self) -> None:
        """Look at everything after the last reconcile of each session, for ever."""
        while True:
            await self._desk.clock.sleep_until(self._next_whole_look())
            await self.look(whole=True)

    async def look(self, *, whole: bool = False) -> tuple[Violation, ...]:
        """Return what is violated, after halting for it; `whole` leaves nothing out."""
        async with self._looking:
            found, mark = await self._look(whole=whole)
            self._desk.metrics.violations.set(len(found))
            self._desk.metrics.note_success("verify", self._desk.machine.utc_now())
            unsettled = await self._unacknowledged(found)
            if unsettled:
                await self._stop(unsettled)
            else:
                self._mark = mark
                await self._anchor(mark)
            return found

    async def _look(self, *, whole: bool) -> tuple[tuple[Violation, ...], Mark]:
        """Begin at the last clean look, of this process or, by its anchor, of the one before."""
        found, mark = await self._beginning()
        changed = await self._desk.store.verify_since(mark)
        if not whole or mark is None:
            return (*found, *changed.violations), changed.mark
        everything = await self._desk.store.verify_since(None)
        together = dict.fromkeys((*found, *changed.violations, *everything.violations))
        return tuple(together), everything.mark

    async def _beginning(self) -> tuple[tuple[Violation, ...], Mark | None]:
        if self._mark is not None:
            return (), self._mark
        try:
            anchor = await asyncio.to_thread(anchors.newest, self._path)
        except AnchorsUnreadable as error:
            return (Violation("I14", str(error)),), None
        if anchor is None:
            return (), None
        if not anchors.is_authentic(self._key, anchor):
            detail = f"the seal of the anchor of event {anchor.sequence} does not fit"
            return (Violation("I14", detail, str(anchor.sequence)),), None
        return (), anchor.mark()

    async def _anchor(self, mark: Mark) -> None:
        """Keep the clean head outside the database, once."""
        if mark.sequence == self._anchored:
            return
        made = Anchor(
            sequence=mark.sequence,
            hash=mark.hash,
            epoch=self._desk.store.epoch,
            made_utc=utc_text(self._desk.machine.utc_now()),
        )
        try:
            before = await asyncio.to_thread(anchors.newest, self._path)
            made = replace(made, follows="" if before is None else before.mac)
            made = anchors.sealed(self._key, made)
            await asyncio.to_thread(anchors.append, self._path, made)
        except (AnchorsUnreadable, OSError) as error:
            self._desk.log.warning("chain not anchored", sequence=mark.sequence, why=str(error))
            return
        self._anchored = mark.sequence
        self._desk.log.info(anchors.LOGGED_AS, **asdict(made))

    async def _unacknowledged(self, found: Sequence[Violation]) -> tuple[Violation, ...]:
        if not found:
            return ()
        items = await self._desk.store.manual_items(open_only=False)
        settled = {
            item.detail
            for item in items
            if item.reason is Reason.INVARIANT_VIOLATED and item.resolution is not None
        }
        return tuple(violation for violation in found if sentence(violation) not in settled)

    async def _stop(self, found: Sequence[Violation]) -> None:
        """Halt at every look; log and list each violation once."""
        for violation in found:
            if violation not in self._told:
                self._desk.log.error(
                    "invariant violated",
                    invariant=violation.invariant,
                    subject=violation.subject,
                    detail=violation.detail,
                )
        self._told = frozenset(found)
        for violation in found[:LISTED_MAX]:
            await self._halt(violation)

    async def _halt(self, violation: Violation) -> None:
        store = self._desk.store
        order = await store.order(violation.subject)
        run = None if order is not None else await store.run(violation.subject)
        await stop_sending(
            self._desk,
            "HALT",
            Reason.INVARIANT_VIOLATED,
            sentence(violation),
            run_id=None if run is None else run.run_id,
            order=order,
            choices=ACKNOWLEDGE,
        )

    def _next_whole_look(self) -> datetime:
        now, calendar = self._desk.clock.now(), self._desk.calendar
        last = self._desk.settings.day.second_reconcile
        today = now.astimezone(SHANGHAI).date()
        moment = datetime.combine(today, last, SHANGHAI) + AFTER_SECOND_RECONCILE
        if calendar.is_session(today) and now < moment:
            return moment
        day = calendar.next_session(today)
        return datetime.combine(day, last, SHANGHAI) + AFTER_SECOND_RECONCILE


def sentence(violation: Violation) -> str:
    """Return a violation as the manual list says it."""
    return f"{violation.invariant}: {violation.detail}"
