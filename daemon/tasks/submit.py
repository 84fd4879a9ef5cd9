"""Sends planned orders: S0 to S3 of never-twice-never-lost.md A2, never a blind retry."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.broker import OrderRequest, SendAnswer, SendResult, SendVerdict
from daemon.desk import Desk
from daemon.manual_list import list_refused
from market.phases import SHANGHAI, is_continuous, next_phase_change, phase_at
from statemachine.order import Order, OrderState, SendState
from statemachine.reasons import Reason
from storage.store import ClosedSend, Conflict, OpenedSubmit, SendOutcome, SubmitGuard

PAUSE_MAX_NS = 2_000_000_000
IDLE = timedelta(hours=1)
BATCH_SPACING = timedelta(seconds=1)


class Submitter:
    """The one place orders leave from; batches are paced in market time (rule 20)."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

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
        return [
            order
            for order in await self._desk.store.open_orders()
            if order.state is OrderState.NEW
            and order.send_state in (SendState.PLANNED, SendState.NOT_SENT)
        ]

    async def _send(self, orders: Sequence[Order]) -> None:
        """Send; what the guard refuses as a batch is tried one by one, so that one stays alone."""
        try:
            results = await self._send_with_retries(orders)
        except Conflict as conflict:
            await self._after_conflict(orders, conflict)
            return
        if _nothing_left(results) and self._is_continuous():
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
        results = await self._attempt(orders)
        for pause_s in self._desk.settings.flow.not_sent_retry_s:
            if not _nothing_left(results):
                break
            await self._desk.clock.sleep_until(self._desk.clock.now() + timedelta(seconds=pause_s))
            if not self._is_continuous():
                break
            results = await self._attempt(orders)
        return results

    async def _attempt(self, orders: Sequence[Order]) -> tuple[SendResult, ...]:
        body = self._desk.broker.encode_submit([self._request(order) for order in orders])
        opened = await self._open(orders, body)
        answer = await self._transmit(opened, orders, body)
        await self._close(opened, answer)
        return answer.results

    async def _open(self, orders: Sequence[Order], body: bytes) -> OpenedSubmit:
        """S0: the write-ahead record is durable before anything leaves."""
        guard = SubmitGuard(
            now=self._desk.clock.now(),
            session_date=orders[0].session_date,
            cut_off=self._cut_off(orders[0]),
            messages_max=self._desk.settings.flow.messages_per_day,
        )
        ids = [order.client_order_id for order in orders]
        return await self._desk.store.open_submit(ids, body, guard)

    async def _transmit(
        self, opened: OpenedSubmit, orders: Sequence[Order], body: bytes
    ) -> SendAnswer:
        """S1 and S2: check that this process was not asleep or replaced, then send once."""
        paused_ns = self._desk.machine.monotonic_ns() - opened.committed_monotonic_ns
        if paused_ns > PAUSE_MAX_NS or not self._desk.lock.still_held():
            return _nothing_sent(orders, "PAUSED", f"held {paused_ns} ns after the commit")
        answer = await self._desk.broker.submit(body)
        seconds = (self._desk.machine.monotonic_ns() - opened.committed_monotonic_ns) / 1e9
        self._desk.metrics.send_seconds.observe(seconds)
        return answer

    async def _close(self, opened: OpenedSubmit, answer: SendAnswer) -> None:
        """S3: evidence first, then wire rows, orders and events in one transaction."""
        sequence_of = dict(zip(opened.client_order_ids, opened.wire_sequences, strict=True))
        closed = [
            ClosedSend(
                wire_sequence=sequence_of[result.client_order_id],
                client_order_id=result.client_order_id,
                outcome=SendOutcome(result.verdict),
                code=result.code,
                message=result.message,
                systemic=result.systemic,
                bytes_started=answer.bytes_started,
                report=result.report,
            )
            for result in answer.results
        ]
        await self._desk.store.close_submit(closed, answer.evidence, now=self._desk.clock.now())
        for result in answer.results:
            self._desk.metrics.sends.labels(result.verdict).inc()
            if result.verdict is not SendVerdict.ACCEPTED:
                self._desk.log.warning(
                    "order not accepted",
                    client_order_id=result.client_order_id,
                    verdict=result.verdict,
                    code=result.code,
                    message=result.message,
                )
            if result.verdict is SendVerdict.REFUSED:
                await list_refused(self._desk, result.client_order_id)

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

    def _cut_off(self, order: Order) -> datetime:
        last = self._desk.settings.day.last_new_order
        return datetime.combine(order.session_date, last, SHANGHAI)

    def _request(self, order: Order) -> OrderRequest:
        deadline = self._cut_off(order)
        return OrderRequest(
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            limit_price=order.limit_price,
            quantity=order.quantity,
            deadline=deadline,
        )


def _nothing_left(results: Sequence[SendResult]) -> bool:
    return bool(results) and all(result.verdict is SendVerdict.NOT_SENT for result in results)


def _nothing_sent(orders: Sequence[Order], code: str, message: str) -> SendAnswer:
    results = tuple(
        SendResult(order.client_order_id, SendVerdict.NOT_SENT, None, code, message, systemic=True)
        for order in orders
    )
    return SendAnswer(results, bytes_started=False, evidence=b"")
