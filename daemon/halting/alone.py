"""A halt without a daemon: takes the session over, cancels, and reads until nothing is live.

It writes the HALT file and a receipt, and no database (trading-day.md rule 24).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from adapters.broker import Broker, BrokerError, BrokerRefused
from config.settings import Settings
from daemon.clock import MachineClock
from daemon.halting.book import OurOrders
from daemon.halting.receipts import HaltedOrder, HaltReceipt, write_receipt
from daemon.halting.sight import halted_orders, is_live, listed
from daemon.planning.cancels import next_cancel_time
from market.calendar import TradingCalendar
from statemachine.events import OrderReport
from statemachine.order_id import is_own_order_id

ROUND_S = 0.5
SECOND_S = 1
# One empty list may be older than what the gateway was passing on when the session changed hands.
EMPTY_READS = 2
WHOLE_ACCOUNT = "the whole account"


@dataclass(slots=True)
class LoneHalt:
    """One halt carried out by a command."""

    settings: Settings
    calendar: TradingCalendar
    machine: MachineClock
    broker: Broker
    ours: OurOrders
    receipt: HaltReceipt
    _asked: Counter[str] = field(default_factory=Counter)
    _asked_at: dict[str, datetime] = field(default_factory=dict)

    async def run(self, wait_s: float) -> HaltReceipt:
        """Go on until nothing is live, or for so many seconds; returns the receipt as written.

        Raises OSError where the receipt cannot be written, after everything was tried.
        """
        deadline_ns = self.machine.monotonic_ns() + int(wait_s * 1e9)
        empty, is_open, stopped = 0, False, False
        while not stopped:
            try:
                if not is_open:
                    await self.broker.open_session()
                    is_open = True
                empty = empty + 1 if await self._round() else 0
            except BrokerRefused as error:
                self._say(f"the broker said no: {error}")
                stopped = True
            except BrokerError as error:
                self._say(f"the broker could not be asked: {error}")
                empty = 0
            late = self.machine.monotonic_ns() >= deadline_ns
            stopped = stopped or late or empty >= self._reads_needed
            if not stopped:
                await self.machine.sleep(ROUND_S)
        if empty >= self._reads_needed:
            self._update(proven_at=self.machine.utc_now())
        await self._write()
        return self.receipt

    @property
    def _reads_needed(self) -> int:
        return 1 if self.receipt.keep_orders else EMPTY_READS

    @property
    def _state(self) -> Path:
        return self.settings.paths.state

    async def _round(self) -> bool:
        """Read, cancel what is due, keep the receipt; True where nothing is left to do."""
        now = (await self.broker.venue_time()).server_time
        listing = await listed(self.broker, self.receipt.orders)
        if not listing.complete:
            self._say("the broker's list of orders was not complete")
            return False
        until = next_cancel_time(now, self.settings, self.calendar)
        found = halted_orders(
            self.receipt.orders,
            listing.rows,
            self.ours.ids,
            until,
            self._asked,
            adopted=self.ours.adopted,
            account_wide=self.receipt.account_wide,
        )
        shown = {row.client_order_id for row in listing.rows}
        doubtful = tuple(name for name in self.ours.in_doubt if name not in shown)
        self._update(orders=found, in_doubt=doubtful, read_at=listing.as_of)
        self._tell_of_strangers(listing.rows)
        self._tell_of_adopted()
        if self.receipt.keep_orders or not self.receipt.resting:
            return True
        if until <= now:
            await self._cancel(self.receipt.resting, now)
        await self._write()
        return False

    async def _cancel(self, live: Iterable[HaltedOrder], now: datetime) -> None:
        """Ask for each of ours, one by one; then once for whatever else the account has."""
        pace = self.settings.flow.messages_per_second
        due = [order for order in live if self._is_due(order, now)]
        names = [order.client_order_id for order in due if order.ours and order.client_order_id]
        for number, name in enumerate(names):
            if number and number % pace == 0:
                await self.machine.sleep(SECOND_S)
            self._note_asked(name, now)
            await self.broker.cancel(name)
        nameless = [order for order in due if not (order.ours and order.client_order_id)]
        if nameless and self.receipt.account_wide:
            for order in nameless:
                self._note_asked(_key(order), now)
            await self.broker.cancel_account()

    def _is_due(self, order: HaltedOrder, now: datetime) -> bool:
        """Rule 19: a cancel is asked for again no faster than that."""
        asked_at = self._asked_at.get(_key(order))
        pause = timedelta(seconds=self.settings.flow.cancel_retry_interval_s)
        return asked_at is None or now - asked_at >= pause

    def _note_asked(self, name: str, now: datetime) -> None:
        self._asked[name] += 1
        self._asked_at[name] = now

    def _tell_of_strangers(self, rows: Iterable[OrderReport]) -> None:
        """Name what has our shape and is not in our book: it may be of another daemon."""
        if self.ours.ids is None:
            return
        for row in rows:
            name = row.client_order_id
            if is_live(row) and is_own_order_id(name) and name not in self.ours.ids:
                self._say(f"{name} has our shape, is live and is not in our book")

    def _tell_of_adopted(self) -> None:
        """Name what only the terminal can cancel: the contract cancels by id, which it lacks."""
        for order in self.receipt.resting:
            if order.ours and not order.client_order_id:
                self._say(f"{order.venue_order_id} was adopted: cancel it at the terminal")

    def _say(self, sentence: str) -> None:
        if sentence not in self.receipt.notes:
            self._update(notes=(*self.receipt.notes, sentence))

    def _update(self, **changes: object) -> None:
        self.receipt = self.receipt.model_copy(update=changes)

    async def _write(self) -> None:
        await asyncio.to_thread(write_receipt, self._state, self.receipt)


def _key(order: HaltedOrder) -> str:
    return order.client_order_id or order.venue_order_id
