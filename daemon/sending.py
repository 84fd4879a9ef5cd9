"""One send, from S0 to S3 of never-twice-never-lost.md A2: the only path an order leaves by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never

from adapters.broker import (
    REPLY_MISMATCH,
    REPLY_UNREADABLE,
    OrderRequest,
    SendAnswer,
    SendResult,
    SendVerdict,
)
from daemon.desk import Desk
from daemon.egress import Approved, breach
from daemon.halting.files import Grade
from daemon.halting.standing import record_files
from daemon.manual_list import Severity, list_refused, raise_alarm, stop_sending
from market.phases import SHANGHAI
from market.side import Side
from statemachine.order import Order
from statemachine.reasons import Reason
from storage.store import ClosedSend, OpenedSubmit, ResendRight, SendOutcome, SubmitGuard

PAUSE_MAX_NS = 2_000_000_000
WALL_STEP_MAX = timedelta(seconds=2)
UNBELIEVABLE = (REPLY_MISMATCH, REPLY_UNREADABLE)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the bytes stay here after all, and whether that stops everything."""

    code: str
    message: str
    halts: Reason | None = None


class Sending:
    """Sends one batch at most once and writes down what came of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send(
        self, orders: Sequence[Order], body: bytes | None = None, right: ResendRight | None = None
    ) -> tuple[SendResult, ...]:
        """Send a batch; with `right` these very bytes once more.

        Raises Conflict where S0 refuses, and nothing was sent.
        """
        if body is None:
            body = self._desk.broker.encode_submit([self._request(order) for order in orders])
        await self._count_earlier_sends(orders[0].session_date)
        opened = await self._open(orders, body, right)
        committed_at = self._desk.machine.utc_now()
        leaving = self._desk.broker.decode_submit(body)
        obstacle = await self._obstacle(opened, committed_at, leaving, orders, right)
        if obstacle is None:
            self._measure_waits(orders)
            answer = await self._transmit(opened, body, leaving)
        else:
            answer = _nothing_sent(orders, obstacle)
        await self._close(opened, answer)
        await self._tell(answer, obstacle)
        return answer.results

    async def _count_earlier_sends(self, day: date) -> None:
        """Let the egress guard know what earlier processes sent in the session.

        Before this process opens its first row of the day: a row another task has open is not sent
        yet, and would count twice once it is.
        """
        if self._desk.egress.session_date == day:
            return
        left = await self._desk.store.sent_on(day)
        if self._desk.egress.session_date != day:
            self._desk.egress.begin(day, left)

    async def _open(
        self, orders: Sequence[Order], body: bytes, right: ResendRight | None
    ) -> OpenedSubmit:
        """S0: the write-ahead record is durable before anything leaves."""
        guard = SubmitGuard(
            now=self._desk.clock.now(),
            session_date=orders[0].session_date,
            cut_off=self._cut_off(orders[0]),
            messages_max=self._desk.settings.flow.messages_per_day,
            resend=right,
        )
        ids = [order.client_order_id for order in orders]
        return await self._desk.store.open_submit(ids, body, guard)

    async def _obstacle(
        self,
        opened: OpenedSubmit,
        committed_at: datetime,
        leaving: Sequence[OrderRequest],
        orders: Sequence[Order],
        right: ResendRight | None,
    ) -> Obstacle | None:
        """S1 and A6: neither asleep nor replaced, and inside what was approved.

        The pause is measured last. Raises StaleEpoch where another process took over.
        """
        desk = self._desk
        why = await self._breach(leaving, orders, right)
        if why is not None:
            return Obstacle("EGRESS", why, Reason.EGRESS_BREACH)
        await desk.store.require_lease()
        grade = desk.halt_files.grade()
        if not _may_leave(leaving, grade):
            return Obstacle("HALTED", f"the file {desk.halt_files.path(grade).name} stands")
        if not desk.lock.still_held():
            return Obstacle("PAUSED", "the lock of the state directory is gone")
        wall = desk.machine.utc_now() - committed_at
        paused_ns = desk.machine.monotonic_ns() - opened.committed_monotonic_ns
        if paused_ns > PAUSE_MAX_NS:
            return Obstacle("PAUSED", f"held {paused_ns} ns after the commit")
        step = wall - timedelta(microseconds=paused_ns // 1000)
        if abs(step) > WALL_STEP_MAX:
            return Obstacle("CLOCK", f"the wall clock moved by {step}", Reason.WALL_CLOCK_STEPPED)
        return None

    async def _breach(
        self,
        leaving: Sequence[OrderRequest],
        orders: Sequence[Order],
        right: ResendRight | None,
    ) -> str | None:
        """Ask the egress guard."""
        desk = self._desk
        approved = Approved(
            plans=await desk.store.approved_plans(orders[0].session_date),
            legs_max=desk.settings.flow.legs_max,
            resends=frozenset(order.client_order_id for order in orders) if right else frozenset(),
        )
        return breach(leaving, approved, desk.egress, desk.clock.now())

    def _measure_waits(self, orders: Sequence[Order]) -> None:
        now = self._desk.clock.now()
        for order in orders:
            waited = now - order.created_at
            self._desk.metrics.wait_seconds.observe(waited.total_seconds())

    async def _transmit(
        self, opened: OpenedSubmit, body: bytes, leaving: Sequence[OrderRequest]
    ) -> SendAnswer:
        """S2: send once, and count what may have left."""
        desk, sent_at = self._desk, self._desk.clock.now()
        answer = await desk.broker.submit(body)
        seconds = (desk.machine.monotonic_ns() - opened.committed_monotonic_ns) / 1e9
        desk.metrics.send_seconds.observe(seconds)
        stayed = {
            result.client_order_id
            for result in answer.results
            if result.verdict is SendVerdict.NOT_SENT
        }
        left = [request for request in leaving if request.client_order_id not in stayed]
        desk.egress.note(left, sent_at)
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

    async def _tell(self, answer: SendAnswer, obstacle: Obstacle | None) -> None:
        desk = self._desk
        for result in answer.results:
            desk.metrics.sends.labels(result.verdict).inc()
            if result.verdict is not SendVerdict.ACCEPTED:
                desk.log.warning(
                    "order not accepted",
                    client_order_id=result.client_order_id,
                    verdict=result.verdict,
                    code=result.code,
                    message=result.message,
                )
            if result.verdict is SendVerdict.REFUSED:
                await list_refused(desk, result.client_order_id)
        if obstacle is not None:
            await record_files(desk)
        if obstacle is not None and obstacle.halts is not None:
            await stop_sending(desk, "HALT", obstacle.halts, obstacle.message)
        unread = [result for result in answer.results if result.code in UNBELIEVABLE]
        if unread:
            await stop_sending(desk, "HALT", Reason.REPLY_UNBELIEVABLE, unread[0].message)
        await tell_of_doubt(desk)

    def _cut_off(self, order: Order) -> datetime:
        last = self._desk.settings.day.last_new_order
        return datetime.combine(order.session_date, last, SHANGHAI)

    def _request(self, order: Order) -> OrderRequest:
        return OrderRequest(
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            limit_price=order.limit_price,
            quantity=order.quantity,
            deadline=self._cut_off(order),
        )


async def tell_of_doubt(desk: Desk) -> None:
    """Tell a person of the halt that two sends of unknown outcome stood (rule 22)."""
    causes = [halt.cause for halt in await desk.store.halts()]
    if Reason.UNKNOWN_TWICE in causes:
        detail = "two requests within ten minutes brought no answer: look before you resume"
        await raise_alarm(desk, Severity.P0, Reason.UNKNOWN_TWICE, detail)


def _may_leave(leaving: Sequence[OrderRequest], grade: Grade) -> bool:
    match grade:
        case Grade.ACTIVE:
            return True
        case Grade.REDUCE_ONLY:
            return all(request.side is Side.SELL for request in leaving)
        case Grade.HALTED:
            return False
        case _:
            assert_never(grade)


def nothing_left(results: Sequence[SendResult]) -> bool:
    """Whether it is proven that nothing of a send was executed."""
    return bool(results) and all(result.verdict is SendVerdict.NOT_SENT for result in results)


def _nothing_sent(orders: Sequence[Order], obstacle: Obstacle) -> SendAnswer:
    results = tuple(
        SendResult(
            order.client_order_id,
            SendVerdict.NOT_SENT,
            None,
            obstacle.code,
            obstacle.message,
            systemic=True,
        )
        for order in orders
    )
    return SendAnswer(results, bytes_started=False, evidence=b"")
