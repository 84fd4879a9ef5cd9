"""Finds out what became of sends nobody can vouch for (never-twice-never-lost.md A4).

It asks before anything else, and there is no counter after which it gives up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.broker import BrokerError, DedupeScope, Listing, SessionSuperseded
from config.settings import ClockMode
from daemon.desk import Desk
from daemon.manual_list import Severity, tell
from daemon.sending import Sending
from market.phases import is_continuous, phase_at
from statemachine.canonical import canonical_json
from statemachine.events import OrderReport
from statemachine.order import Order, OrderState, SendState
from statemachine.reasons import Reason
from storage.store import BookChange, Conflict, ResendRight, SentBatch

GRACE_MIN = timedelta(seconds=60)
LATENCY_FACTOR = 3
ASKED = (SendState.UNKNOWN, SendState.ABSENT_WAIT, SendState.RESENT_ONCE, SendState.MANUAL)
WAITING = (SendState.ABSENT_WAIT, SendState.RESENT_ONCE)
NO_REPORTS: tuple[OrderReport, ...] = ()

NoteFailure = Callable[[str, BrokerError], None]
Tell = Callable[[BookChange], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Since:
    """When an order was first found absent, by both clocks; a restart forgets it."""

    market: datetime
    monotonic_ns: int


class Resolver:
    """Adopts what the venue shows; hands over, or sends once more, what stays absent."""

    def __init__(self, desk: Desk, tell_change: Tell, note_failure: NoteFailure) -> None:
        self._desk = desk
        self._sending = Sending(desk)
        self._tell = tell_change
        self._note_failure = note_failure
        self._since: dict[str, Since] = {}

    async def resolve(self, open_orders: Sequence[Order]) -> None:
        """Ask about every order in doubt, by its id and then in the day's whole list."""
        doubtful = [order for order in open_orders if is_doubtful(order)]
        absent = [order for order in doubtful if await self._is_absent(order)]
        if not absent:
            return
        waiting = [order for order in absent if order.send_state is not SendState.MANUAL]
        record = await self._whole_record() if waiting else None
        if record is None:
            return
        shown = {report.client_order_id for report in record.rows}
        for order in waiting:
            if order.client_order_id not in shown and await self._speaks_of(record, order):
                await self._wait(order)
        await self._end_grace(record)

    async def _is_absent(self, order: Order) -> bool:
        """Ask for one order; adopt it where it is there. An error concludes nothing."""
        try:
            report = await self._desk.broker.order(order.client_order_id)
        except SessionSuperseded:
            raise
        except BrokerError as error:
            self._note_failure("resolve", error)
            return False
        if report is None:
            return True
        self._since.pop(order.client_order_id, None)
        await self._believe((report,))
        return False

    async def _whole_record(self) -> Listing[OrderReport] | None:
        """Return the day's complete list, read inside one session; None where there is none."""
        broker, before = self._desk.broker, self._epoch()
        try:
            orders, fills = await broker.orders(None), await broker.fills(None)
        except SessionSuperseded:
            raise
        except BrokerError as error:
            self._note_failure("resolve", error)
            return None
        if not (orders.complete and fills.complete) or self._epoch() != before:
            return None
        change = await self._desk.store.apply_news(
            orders.rows, fills.rows, (), {}, now=self._desk.clock.now()
        )
        await self._tell(change)
        return orders

    async def _speaks_of(self, record: Listing[OrderReport], order: Order) -> bool:
        """Whether a list is of the order's day and not older than its send."""
        sent = await self._desk.store.last_submit(order.client_order_id)
        of_its_day = record.as_of.date() == order.session_date
        return of_its_day and sent is not None and record.as_of >= sent.opened_at

    async def _wait(self, order: Order) -> None:
        """Not there yet: it may still arrive. The grace window starts with the first absence."""
        self._since.setdefault(order.client_order_id, self._now())
        if order.send_state is SendState.UNKNOWN:
            await self._move(order, SendState.ABSENT_WAIT, "ABSENT_AT_QUERY")

    async def _end_grace(self, record: Listing[OrderReport]) -> None:
        """What stayed absent through its window is sent once more or goes to a person."""
        absent = {
            order.client_order_id: order
            for order in await self._desk.store.open_orders()
            if order.send_state in WAITING and await self._is_past_grace(order)
        }
        while absent:
            name, order = next(iter(absent.items()))
            sent = await self._desk.store.last_submit(name)
            batch = self._batch_to_resend(sent, absent)
            for member in batch or (order,):
                del absent[member.client_order_id]
            if not (sent and batch and await self._resend(batch, sent.body, record)):
                await self._hand_over(batch or (order,))

    def _batch_to_resend(
        self, sent: SentBatch | None, absent: dict[str, Order]
    ) -> tuple[Order, ...] | None:
        """Return the orders of the POST that may leave again whole: identical bytes or none."""
        if sent is None or sent.times != 1 or not self._is_recognised(sent):
            return None
        orders = [absent.get(member) for member in sent.client_order_ids]
        whole = tuple(order for order in orders if order is not None)
        waits = all(order.send_state is SendState.ABSENT_WAIT for order in whole)
        return whole if waits and len(whole) == len(orders) else None

    def _is_recognised(self, sent: SentBatch) -> bool:
        """Whether the broker would know these ids again: for ever, or by half its time at most."""
        desk, session = self._desk, self._desk.broker.session
        if session is None or not is_continuous(phase_at(desk.clock.now(), desk.calendar)):
            return False
        scope, ttl_s = session.capabilities.dedupe_scope, session.capabilities.dedupe_ttl_s
        if scope is DedupeScope.TTL and ttl_s is not None:
            return 2 * (desk.clock.now() - sent.opened_at).total_seconds() < ttl_s
        return scope is DedupeScope.FOREVER

    def _dedupe_scope(self) -> DedupeScope | None:
        session = self._desk.broker.session
        return None if session is None else session.capabilities.dedupe_scope

    async def _resend(
        self, batch: tuple[Order, ...], body: bytes, record: Listing[OrderReport]
    ) -> bool:
        """Send the identical bytes once more; False where S0 would not have it."""
        desk = self._desk
        right = ResendRight(
            dedupe_scope=str(self._dedupe_scope()),
            grace=min(self._elapsed(order) for order in batch),
            evidence=evidence_of(record),
        )
        try:
            await self._sending.send(batch, body, right)
        except Conflict as conflict:
            desk.log.warning("not sent again", orders=len(batch), why=str(conflict))
            return False
        for order in batch:
            self._since.pop(order.client_order_id, None)
        return True

    async def _hand_over(self, orders: Sequence[Order]) -> None:
        """A person decides; asking goes on, so a late arrival is still adopted by itself."""
        detail = "the venue does not show this order and nothing proves that it never will"
        for order in orders:
            if await self._move(order, SendState.MANUAL, "ABSENT_AFTER_GRACE"):
                tell(self._desk, Severity.P0, Reason.SEND_UNKNOWN, detail, order)
        self._desk.signals.release.set()
        self._desk.signals.submit.set()

    async def _move(self, order: Order, target: SendState, cause: str) -> bool:
        try:
            await self._desk.store.set_unresolved(
                order.client_order_id, target, cause=cause, now=self._desk.clock.now()
            )
        except Conflict as conflict:
            # Another task's reading showed the order between the question and now.
            self._desk.log.info("no longer in doubt", why=str(conflict))
            return False
        return True

    async def _believe(self, reports: tuple[OrderReport, ...]) -> None:
        change = await self._desk.store.apply_news(reports, (), (), {}, now=self._desk.clock.now())
        await self._tell(change)

    async def _is_past_grace(self, order: Order) -> bool:
        if order.client_order_id not in self._since:
            return False
        return self._elapsed(order) >= await self._grace(order)

    async def _grace(self, order: Order) -> timedelta:
        """Return max(60 s, 3 x the day's longest submit, what the gateway declares in flight)."""
        session = self._desk.broker.session
        in_flight_s = None if session is None else session.capabilities.inflight_max_s
        slowest = await self._desk.store.latency_max(order.session_date)
        return max(GRACE_MIN, LATENCY_FACTOR * slowest, timedelta(seconds=in_flight_s or 0))

    def _elapsed(self, order: Order) -> timedelta:
        """Return how long it is absent: market time, and no more than the host's own clock.

        A stepped venue's time has nothing to do with the host's.
        """
        since, now = self._since[order.client_order_id], self._now()
        by_market = now.market - since.market
        if self._desk.settings.clock is ClockMode.STEPPED:
            return by_market
        by_host = timedelta(microseconds=(now.monotonic_ns - since.monotonic_ns) // 1000)
        return min(by_market, by_host)

    def _now(self) -> Since:
        return Since(self._desk.clock.now(), self._desk.machine.monotonic_ns())

    def _epoch(self) -> int | None:
        session = self._desk.broker.session
        return None if session is None else session.epoch


def is_doubtful(order: Order) -> bool:
    """Whether nobody knows if the venue has it."""
    return order.state is OrderState.NEW and order.send_state in ASKED


def evidence_of(record: Listing[OrderReport]) -> bytes:
    """Return what a complete list said, to be kept: when, and which orders it showed."""
    return canonical_json(
        {
            "as_of": record.as_of,
            "orders": [[row.venue_order_id, row.client_order_id] for row in record.rows],
        }
    )
