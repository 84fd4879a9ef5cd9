"""What a halt sees in the broker's list of orders."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.broker import Broker, Listing
from daemon.halting.receipts import HaltedOrder
from statemachine.events import ENDED_STATUSES, OrderReport
from statemachine.order import Order
from statemachine.order_id import is_own_order_id

IsOurs = Callable[[str | None], bool]
NONE_ASKED: Mapping[str, int] = {}


def is_live(report: OrderReport) -> bool:
    """Whether the broker may still have a remainder; a status it does not know counts as live."""
    return report.status not in ENDED_STATUSES


def ours_among(ids: Collection[str] | None) -> IsOurs:
    """Return the test for ours: one of these ids, or our shape where none could be read."""
    if ids is None:
        return is_own_order_id
    return lambda client_order_id: client_order_id in ids


def halted_orders(
    before: Sequence[HaltedOrder],
    rows: Iterable[OrderReport],
    ids: Collection[str] | None,
    until: datetime,
    asked: Mapping[str, int] = NONE_ASKED,
    *,
    adopted: Collection[str] = (),
    account_wide: bool = False,
) -> tuple[HaltedOrder, ...]:
    """Return every order seen live by this halt so far, as the list shows it now.

    An order of ours that was live and is missing from a complete list is live until it is shown
    ended (A7): missing is never terminal. `adopted` are numbers that became ours without our id.
    """
    is_ours = ours_among(ids)
    known = {order.venue_order_id: order for order in before}
    for row in rows:
        is_adopted = row.client_order_id is None and row.venue_order_id in adopted
        ours = is_adopted or is_ours(row.client_order_id)
        concerns = (ours or account_wide) and is_live(row)
        if concerns or row.venue_order_id in known:
            known[row.venue_order_id] = _seen(row, until, asked, ours=ours)
    return tuple(known.values())


def in_doubt(open_orders: Iterable[Order], rows: Iterable[OrderReport]) -> tuple[str, ...]:
    """Return the ids of what may be at the broker and is not in its list (A7), sent or leaving."""
    shown = {row.client_order_id for row in rows}
    return tuple(
        order.client_order_id
        for order in open_orders
        if order.is_unresolved and order.client_order_id not in shown
    )


async def listed(broker: Broker, before: Sequence[HaltedOrder]) -> Listing[OrderReport]:
    """Return today's orders, and those that were live and are missing in it, asked one by one.

    Raises BrokerError.
    """
    listing = await broker.orders(None)
    shown = {row.venue_order_id for row in listing.rows}
    missing = [
        order.client_order_id
        for order in before
        if order.live and order.client_order_id and order.venue_order_id not in shown
    ]
    found = [await broker.order(name) for name in missing]
    return replace(listing, rows=(*listing.rows, *(row for row in found if row is not None)))


def _seen(
    row: OrderReport, until: datetime, asked: Mapping[str, int], *, ours: bool
) -> HaltedOrder:
    live = is_live(row)
    return HaltedOrder(
        client_order_id=row.client_order_id,
        venue_order_id=row.venue_order_id,
        ts_code=str(row.symbol),
        side=row.side,
        quantity=row.quantity,
        filled_quantity=row.filled_quantity,
        status=row.status,
        live=live,
        ours=ours,
        cancels_asked=asked.get(row.client_order_id or row.venue_order_id, 0),
        rests_until=until if live else None,
    )
