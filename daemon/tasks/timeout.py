"""Asks for the cancel of what is stale, never in a no-cancel window; a late fill still counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.broker import CancelAnswer, SendVerdict
from daemon.desk import Desk
from daemon.planning.cancels import (
    HALT,
    CancelState,
    CancelWish,
    halt_cancels,
    is_at_venue,
    stale_cancels,
)
from statemachine.events import OrderReport
from storage.store import Conflict, SendOutcome

LOOK_INTERVAL = timedelta(seconds=10)
IDLE = timedelta(hours=1)
ONE_SECOND = timedelta(seconds=1)


class Canceller:
    """Turns the pure stale rule into durable cancel requests, one at a time."""

    def __init__(self, desk: Desk, started_at: datetime) -> None:
        self._desk = desk
        self._started_at = started_at
        self._asked_at: dict[str, datetime] = {}

    async def run(self) -> None:
        """Look every few seconds while orders are live, for ever."""
        while True:
            busy = await self.look()
            interval = LOOK_INTERVAL if busy else IDLE
            await self._desk.clock.sleep_until(
                self._desk.clock.now() + interval, self._desk.signals.timeout
            )

    async def look(self) -> bool:
        """Ask for the cancels that are due; True while any order is live."""
        is_halt = self._desk.halt_files.cancels_wanted()
        found = await self._desk.store.open_orders()
        live = [order for order in found if order.is_live or (is_halt and is_at_venue(order))]
        if not live:
            return False
        now = self._desk.clock.now()
        sent, cancelled = await self._desk.store.message_counts(now.date())
        state = CancelState(
            asked_at=self._asked_at,
            started_at=self._started_at,
            orders_sent=sent,
            cancels_sent=cancelled,
        )
        due = halt_cancels if is_halt else stale_cancels
        await self._ask_all(due(live, now, self._desk.settings, self._desk.calendar, state))
        return True

    async def _ask_all(self, wishes: Sequence[CancelWish]) -> None:
        """Ask one after another, no more in a second than the broker takes (rule 20)."""
        pace = self._desk.settings.flow.messages_per_second
        for number, wish in enumerate(wishes):
            if number and number % pace == 0:
                await self._desk.clock.sleep_until(self._desk.clock.now() + ONE_SECOND)
            await self._ask(wish)

    async def _ask(self, wish: CancelWish) -> None:
        """The wish is durable before the request leaves; the reply sets no quantity."""
        store, now = self._desk.store, self._desk.clock.now()
        try:
            if not wish.again:
                await store.want_cancel(wish.client_order_id, wish.cause, now=now)
            sequence = await store.open_cancel(
                wish.client_order_id, now=now, is_exempt=wish.cause == HALT
            )
        except Conflict as conflict:
            self._desk.log.info("no cancel", order=wish.client_order_id, why=str(conflict))
            return
        answer = await self._desk.broker.cancel(wish.client_order_id)
        self._asked_at[wish.client_order_id] = self._desk.clock.now()
        await store.close_cancel(
            sequence,
            SendOutcome(answer.verdict),
            answer.code,
            answer.evidence,
            now=self._desk.clock.now(),
        )
        await self._note(wish, answer)

    async def _note(self, wish: CancelWish, answer: CancelAnswer) -> None:
        self._desk.metrics.cancels.labels(answer.verdict).inc()
        if answer.report is not None:
            await self._believe(answer.report)
        if answer.verdict is not SendVerdict.ACCEPTED:
            self._desk.log.warning(
                "cancel not accepted",
                client_order_id=wish.client_order_id,
                verdict=answer.verdict,
                code=answer.code,
                message=answer.message,
            )
        self._desk.signals.poll.set()

    async def _believe(self, report: OrderReport) -> None:
        """The order view that came with a refusal is news like any other."""
        change = await self._desk.store.apply_news(
            (report,), (), (), {}, now=self._desk.clock.now()
        )
        if any(order.is_terminal for order in change.orders):
            self._desk.signals.release.set()
