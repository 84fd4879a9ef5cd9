"""Sends planned orders, batch by batch, and tries again only what provably never left (A3)."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.broker import SendResult
from daemon.desk import Desk
from daemon.sending import Sending, nothing_left
from market.phases import is_continuous, next_phase_change, phase_at
from market.side import Side
from statemachine.order import Order, OrderState, SendState
from statemachine.reasons import Reason
from storage.store import Conflict

IDLE = timedelta(hours=1)
BATCH_SPACING = timedelta(seconds=1)


class Submitter:
    """Takes planned orders to their send; batches are paced in market time (rule 20)."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sending = Sending(desk)

    async def run(self) -> None:
        """Send whatever is planned, for ever."""
        while True:
            sent = await self.send_next()
            now = self._desk.clock.now()
            change = next_phase_change(now, self._desk.calendar)
            wake_at = now + BATCH_SPACING if sent else min(now + IDLE, change)
            await self._desk.clock.sleep_until(wake_at, None if sent else self._desk.signals.submit)

    async def send_next(self) -> bool:
        """Send one batch if there is one; True when something was planned and tried.

        Outside continuous trading the venue would refuse it for good: it waits (rule 4).
        """
        orders = await self._planned()
        if not orders or not self._is_continuous() or await self._desk.store.halts():
            return False
        aged = [order for order in orders if self._is_aged(order)]
        if aged:
            await self._give_up_aged(aged)
        else:
            await self._send(orders)
        self._desk.signals.release.set()
        self._desk.signals.poll.set()
        self._desk.signals.timeout.set()
        return True

    def _is_aged(self, order: Order) -> bool:
        """Whether its price was made from a quote that is too old by now (rule 4).

        An order waits for the pacing of its own wave only; longer means a halt, a lunch, a restart.
        """
        age = self._desk.clock.now() - order.created_at
        return age > timedelta(seconds=self._desk.settings.prices.quote_age_max_s)

    async def _give_up_aged(self, orders: Sequence[Order]) -> None:
        """Nothing was sent of them; the releaser prices what is still wanted anew."""
        self._desk.log.warning("prices aged before the send", orders=len(orders))
        ids = [order.client_order_id for order in orders]
        now = self._desk.clock.now()
        await self._desk.store.never_send(ids, Reason.PRICE_AGED, now=now)

    async def _planned(self) -> list[Order]:
        flow = self._desk.settings.flow
        return (await self._unsent())[: min(flow.batch_size, flow.messages_per_second)]

    async def _unsent(self) -> list[Order]:
        """Return what is still to go; buys wait while only sells may."""
        only_sells = bool(await self._desk.store.reductions())
        return [
            order
            for order in await self._desk.store.open_orders()
            if order.state is OrderState.NEW
            and order.send_state in (SendState.PLANNED, SendState.NOT_SENT)
            and not (only_sells and order.side is Side.BUY)
        ]

    async def _send(self, orders: Sequence[Order]) -> None:
        """Send; what the guard refuses as a batch is tried one by one, so that one stays alone."""
        try:
            results = await self._send_with_retries(orders)
        except Conflict as conflict:
            await self._after_conflict(orders, conflict)
            return
        if nothing_left(results) and self._is_continuous():
            await self._give_up(orders, Reason.SEND_FAILED, results[0].message)

    async def _after_conflict(self, orders: Sequence[Order], conflict: Conflict) -> None:
        """Go on with what is still to be sent; news may have moved an order meanwhile."""
        ids = {order.client_order_id for order in orders}
        still = [order for order in await self._unsent() if order.client_order_id in ids]
        if len(orders) > 1:
            for order in still:
                await self._send([order])
        elif still and not await self._desk.store.halts():
            await self._give_up(still, Reason.GUARD_REFUSED, str(conflict))

    async def _send_with_retries(self, orders: Sequence[Order]) -> tuple[SendResult, ...]:
        """Try, and try again only while it is proven that nothing was executed (A3, first row).

        The pauses are market time: a venue that counts messages by its own clock must see it move.
        """
        results = await self._sending.send(orders)
        for pause_s in self._desk.settings.flow.not_sent_retry_s:
            if not nothing_left(results):
                break
            await self._desk.clock.sleep_until(self._desk.clock.now() + timedelta(seconds=pause_s))
            if not self._is_continuous():
                break
            results = await self._sending.send(orders)
        return results

    async def _give_up(self, orders: Sequence[Order], reason: Reason, why: str) -> None:
        """Nothing left and nothing will: the orders go to the manual list."""
        self._desk.log.error("orders not sent", orders=len(orders), reason=reason, why=why)
        await self._desk.store.never_send(
            [order.client_order_id for order in orders],
            reason,
            now=self._desk.clock.now(),
            manual=True,
        )

    def _is_continuous(self) -> bool:
        return is_continuous(phase_at(self._desk.clock.now(), self._desk.calendar))
