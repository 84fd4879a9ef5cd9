"""What a release is told by the record: which names are locked or explained, what is approved."""

from collections.abc import Iterable

from daemon.approvals import approved_sides
from daemon.desk import Desk
from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.reasons import Reason
from storage.store import Conflict, ManualItem

LOCKING = (Reason.SEND_UNKNOWN, Reason.EXPIRY_UNCONFIRMED)


async def locked_names(desk: Desk) -> frozenset[Symbol]:
    """Names with an open break, or an order a person must decide about, trade no further."""
    store = desk.store
    return names_locked_by(
        await store.open_breaks(), await store.open_orders(), await store.manual_items()
    )


def names_locked_by(
    breaks: Iterable[Break], open_orders: Iterable[Order], items: Iterable[ManualItem]
) -> frozenset[Symbol]:
    """Return the names that these breaks and items lock."""
    found = [item.symbol for item in breaks]
    open_ids = {order.client_order_id for order in open_orders}
    found += [
        item.symbol for item in items if item.reason in LOCKING and item.client_order_id in open_ids
    ]
    return frozenset(symbol for symbol in found if symbol is not None)


async def explained_names(desk: Desk, plan: Plan) -> frozenset[Symbol]:
    """Names whose shares or price the broker says it changed itself since the session began."""
    movements = await desk.store.movements_from(plan.session_date)
    return frozenset(move.symbol for move in movements if move.symbol is not None)


async def required_sides(desk: Desk, plan: Plan) -> frozenset[Side]:
    """The sides that may be sent; Conflict where somebody took the last approval back."""
    sides = await approved_sides(desk, plan)
    if not sides:
        raise Conflict(f"no approval of {plan.plan_hash} holds any more")
    return sides
