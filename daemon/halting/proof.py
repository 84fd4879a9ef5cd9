"""Proves a halt: reads the broker's list until nothing of ours is live, and writes it down."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.broker import BrokerError, Listing, SessionSuperseded
from daemon.desk import Desk
from daemon.halting.files import Grade, HaltNote
from daemon.halting.receipts import (
    BY_DAEMON,
    HaltReceipt,
    blank_receipt,
    receipts_of,
    write_receipt,
)
from daemon.halting.sight import halted_orders, in_doubt, listed
from daemon.halting.standing import record_files
from daemon.planning.cancels import next_cancel_time
from daemon.reconciliation.books import named_reports, names_at_venue
from daemon.tasks.poll import Poller
from statemachine.events import OrderReport
from statemachine.order import Order
from storage.manual import Choice

IDLE = timedelta(hours=1)
PROVEN = "HALT_PROVEN"


@dataclass(frozen=True, slots=True)
class Case:
    """The halt that is being proven: its receipt so far, and whether it is finished."""

    receipt: HaltReceipt
    is_proven: bool = False


class HaltProof:
    """Watches over a halt. The canceller cancels; this one reads, again and again."""

    def __init__(self, desk: Desk, poller: Poller) -> None:
        self._desk = desk
        self._poller = poller
        self._case: Case | None = None

    async def run(self) -> None:
        """Prove whatever halt stands, for ever; market time waits for each round."""
        while True:
            wake_at = await self.look()
            await self._desk.clock.sleep_until(wake_at, self._desk.signals.halt)

    async def watch(self) -> None:
        """Look for files made by hand, on machine time, for ever."""
        pause_s = float(self._desk.settings.halt.watch_interval_s)
        while True:
            await self._desk.machine.sleep(pause_s)
            await self.notice()

    async def notice(self) -> None:
        """Record the files; one that was made again is a halt of its own and is proven anew."""
        if await record_files(self._desk) is not Grade.HALTED or self._case is None:
            return
        note = await asyncio.to_thread(self._desk.halt_files.note, Grade.HALTED)
        if note.at != self._case.receipt.halted_at:
            self._desk.signals.halt.set()

    async def look(self) -> datetime:
        """Do one round for the halt that stands; returns when the next is due."""
        now = self._desk.clock.now()
        if await record_files(self._desk) is not Grade.HALTED:
            self._case = None
            return now + IDLE
        note = await asyncio.to_thread(self._desk.halt_files.note, Grade.HALTED)
        case = await self._case_of(note)
        try:
            await self._poller.poll()
            # Read before the list: what is on its way meanwhile is in doubt, shown or not.
            before = await self._desk.store.open_orders()
            listing = await listed(self._desk.broker, case.receipt.orders)
        except SessionSuperseded:
            raise
        except BrokerError as error:
            self._poller.note_failure("halt", error)
            return now + self._pause
        return await self._judge(case, listing, before)

    @property
    def _pause(self) -> timedelta:
        return timedelta(seconds=self._desk.settings.flow.poll_interval_s)

    async def _case_of(self, note: HaltNote) -> Case:
        """Return the case of this halt; one an earlier process has proven is not begun anew."""
        if self._case is not None and self._case.receipt.halted_at == note.at:
            return self._case
        state = self._desk.halt_files.state
        earlier = await asyncio.to_thread(lambda: next(receipts_of(state, note.at), None))
        if earlier is not None and earlier.proven_at is not None:
            self._case = Case(earlier, is_proven=True)
        else:
            began_at = self._desk.machine.utc_now()
            self._case = Case(blank_receipt(self._desk.account, note, BY_DAEMON, began_at))
        return self._case

    async def _judge(
        self, case: Case, listing: Listing[OrderReport], open_orders: Sequence[Order]
    ) -> datetime:
        """Compare what the broker lists with what was live; end the case where nothing is.

        An order nobody knows the whereabouts of may be live: as long as one is, nothing is proven.
        """
        desk, now = self._desk, self._desk.clock.now()
        if not listing.complete:
            return now + self._pause
        until = next_cancel_time(now, desk.settings, desk.calendar)
        rows = named_reports(listing.rows, names_at_venue(open_orders))
        found = halted_orders(case.receipt.orders, rows, None, until)
        absent = await self._confirmed_absent()
        doubtful = tuple(name for name in in_doubt(open_orders, rows) if name not in absent)
        live = any(order.live for order in found)
        is_done = case.receipt.keep_orders or not (live or doubtful)
        if case.is_proven and is_done:
            return now + IDLE
        if case.is_proven:
            case = Case(begun_anew(case.receipt, desk.machine.utc_now()))
        update = {"read_at": listing.as_of, "orders": found, "in_doubt": doubtful}
        await self._keep(case, case.receipt.model_copy(update=update), is_proven=is_done)
        if is_done:
            return now + IDLE
        desk.signals.timeout.set()
        return now + self._pause if doubtful else max(now + self._pause, min(until, now + IDLE))

    async def _confirmed_absent(self) -> frozenset[str | None]:
        """What two persons vouch for is in no doubt: they looked at the broker's own screen."""
        items = await self._desk.store.manual_items(open_only=False)
        return frozenset(
            item.client_order_id for item in items if item.resolution == Choice.CONFIRM_ABSENT
        )

    async def _keep(self, case: Case, seen: HaltReceipt, *, is_proven: bool) -> None:
        """Write the receipt as it is now: at the first look, at every change, and at the end."""
        desk = self._desk
        proven_at = desk.machine.utc_now() if is_proven else None
        receipt = seen.model_copy(update={"proven_at": proven_at})
        self._case = replace(case, receipt=receipt, is_proven=is_proven)
        before = case.receipt
        changed = (before.orders, before.in_doubt) != (receipt.orders, receipt.in_doubt)
        if is_proven or changed or before.read_at is None:
            await self._write(receipt)
        if is_proven:
            detail = {"file": receipt.name, "halted_at": receipt.halted_at.isoformat()}
            await desk.store.note(PROVEN, detail, actor=receipt.by, now=desk.clock.now())
            desk.log.warning("halt proven", file=receipt.name, orders=len(receipt.orders))

    async def _write(self, receipt: HaltReceipt) -> None:
        try:
            await asyncio.to_thread(write_receipt, self._desk.halt_files.state, receipt)
        except OSError as error:
            self._desk.log.warning("halt receipt not written", file=receipt.name, why=str(error))


def begun_anew(proven: HaltReceipt, began_at: datetime) -> HaltReceipt:
    """Begin anew for a halt that was proven, because an order of ours appeared after all."""
    update = {"began_at": began_at, "proven_at": None, "read_at": None, "through": BY_DAEMON}
    return proven.model_copy(update={**update, "orders": (), "in_doubt": (), "notes": ()})
