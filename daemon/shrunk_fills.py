"""A broker that counts fewer filled shares than we have fills of (never-twice-never-lost.md A7).

At first that is a report older than its fills, and is left alone. What a fresh answer still says a
minute later is a trade taken back, and a break of that name.
"""

from datetime import datetime, timedelta

from daemon.desk import Desk
from statemachine.breaks import Break, BreakKind
from statemachine.events import OrderReport
from statemachine.order import Order
from storage.store import BookChange

PATIENCE = timedelta(seconds=60)


class ShrunkFills:
    """Remembers since when an order's count is behind its fills; a restart begins anew."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._since: dict[str, datetime] = {}

    def note(self, change: BookChange) -> None:
        """Begin to wait for what is behind now; what caught up is forgotten."""
        now = self._desk.clock.now()
        for order in change.orders:
            if (
                order.venue_status is not None
                and order.venue_filled_quantity < order.filled_quantity
            ):
                self._since.setdefault(order.client_order_id, now)
            else:
                self._since.pop(order.client_order_id, None)

    async def look(self) -> None:
        """Ask afresh for each order that has been behind for a minute. Raises BrokerError."""
        due = self._desk.clock.now() - PATIENCE
        for name in [name for name, since in self._since.items() if since <= due]:
            report = await self._desk.broker.order(name)
            order = await self._desk.store.order(name)
            del self._since[name]
            if order is not None and report is not None:
                await self._judge(order, report)

    async def _judge(self, order: Order, report: OrderReport) -> None:
        if report.filled_quantity >= order.filled_quantity:
            return
        found = Break(
            order.run_id,
            BreakKind.ORDER_FILLED,
            order.symbol,
            str(order.filled_quantity),
            str(report.filled_quantity),
            f"{order.client_order_id} has fills of {order.filled_quantity} shares here, "
            f"{report.filled_quantity} there",
            subject=order.client_order_id,
        )
        standing = await self._desk.store.standing_breaks()
        await self._desk.store.set_breaks((*standing, found), now=self._desk.clock.now())
        self._desk.log.error("fills taken back", kind=found.kind, detail=found.detail)
