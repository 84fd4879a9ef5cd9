"""Asks what changed since the cursors, and has the orders in doubt asked about."""

from datetime import timedelta
from decimal import Decimal

from adapters.broker import BrokerError, Listing, SessionSuperseded
from daemon.desk import Desk
from daemon.holdings import book_movements
from daemon.manual_list import list_refused
from daemon.planning.line_book import is_refused
from daemon.reconciliation.shortfall import order_slippage_bp
from daemon.shrunk_fills import ShrunkFills
from daemon.tasks.resolve import Resolver, is_doubtful
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.position import Movement
from storage.store import BookChange

NOTHING = Decimal(0)
ORDERS, FILLS = "orders", "fills"
NOTHING_OUT = timedelta(hours=1)


class Poller:
    """Keeps our book up with the venue's; the cost of a poll follows what changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shrunk = ShrunkFills(desk)
        self._resolver = Resolver(desk, self._tell, self.note_failure)

    async def run(self) -> None:
        """Poll while orders are out: quickly after news, ever slower while nothing changes."""
        flow = self._desk.settings.flow
        interval_s = flow.poll_interval_s
        while True:
            open_orders = await self._desk.store.open_orders()
            if open_orders:
                changed = await self.poll() is not None
                await self.resolve(open_orders)
                slower_s = min(2 * interval_s, flow.poll_idle_interval_s)
                interval_s = flow.poll_interval_s if changed else slower_s
            pause = timedelta(seconds=interval_s) if open_orders else NOTHING_OUT
            woken = await self._desk.clock.sleep_until(
                self._desk.clock.now() + pause, self._desk.signals.poll
            )
            if woken:
                interval_s = flow.poll_interval_s

    async def poll(self) -> BookChange | None:
        """Fetch and apply one round of news; None when the broker could not be asked."""
        store, broker = self._desk.store, self._desk.broker
        try:
            orders = await broker.orders(await store.cursor(ORDERS))
            fills = await broker.fills(await store.cursor(FILLS))
            await self._shrunk.look()
        except SessionSuperseded:
            raise
        except BrokerError as error:
            self.note_failure("poll", error)
            return None
        change = await self._apply(orders, fills)
        self._desk.metrics.note_success("poll", self._desk.machine.utc_now())
        return change

    async def poll_movements(self) -> None:
        """Fetch and apply cash and share movements that are no trades."""
        await book_movements(self._desk)

    async def _apply(self, orders: Listing[OrderReport], fills: Listing[Fill]) -> BookChange | None:
        """Apply complete pages only: a partial answer is no answer."""
        cursors: dict[str, str] = {}
        if orders.complete and orders.rows:
            cursors[ORDERS] = orders.cursor
        if fills.complete and fills.rows:
            cursors[FILLS] = fills.cursor
        if not cursors:
            return None
        change = await self._desk.store.apply_news(
            orders.rows if ORDERS in cursors else (),
            fills.rows if FILLS in cursors else (),
            _NO_MOVEMENTS,
            cursors,
            now=self._desk.clock.now(),
        )
        await self._tell(change)
        return change

    async def _tell(self, change: BookChange) -> None:
        self._shrunk.note(change)
        for fill in change.new_fills:
            self._desk.metrics.fills.labels(fill.side).inc()
            # A bust takes a trade back, and a counter never falls.
            traded = max(fill.amount, NOTHING)
            self._desk.metrics.filled_notional.labels(fill.side).inc(float(traded))
            age = self._desk.clock.now() - fill.fill_time
            self._desk.metrics.fill_age_seconds.observe(max(age.total_seconds(), 0))
        for order in change.orders:
            self._measure_end(order)
            if is_refused(order):
                await list_refused(self._desk, order.client_order_id)
        for hold in change.holds:
            self._desk.log.warning("venue news on hold", hold=hold)
        if change.new_fills or any(order.is_terminal for order in change.orders):
            self._desk.signals.release.set()
        # An order that went live has to be watched for its age; the watcher may sleep for an hour.
        if any(order.is_live for order in change.orders):
            self._desk.signals.timeout.set()

    def _measure_end(self, order: Order) -> None:
        slippage_bp = order_slippage_bp(order) if order.is_terminal else None
        if slippage_bp is not None and order.arrival_price is not None:
            paid = order.filled_amount - order.arrival_price * order.filled_quantity
            self._desk.metrics.note_slippage(slippage_bp, order.side.sign * paid)

    async def resolve(self, open_orders: tuple[Order, ...]) -> None:
        """Ask for each order whose sending is unknown; wake what waited for the answers."""
        before = [order for order in open_orders if is_doubtful(order)]
        await self._resolver.resolve(open_orders)
        if before and not await self._desk.store.halts():
            self._desk.signals.release.set()
            self._desk.signals.submit.set()

    def note_failure(self, what: str, error: BrokerError) -> None:
        """Count and log a failed call; the next round asks again."""
        self._desk.metrics.broker_errors.labels(error.code).inc()
        self._desk.log.warning("broker call failed", what=what, code=error.code, text=error.message)


_NO_MOVEMENTS: tuple[Movement, ...] = ()
