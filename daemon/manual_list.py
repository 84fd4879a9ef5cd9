"""What a person must look at, told once for each order."""

from daemon.desk import Desk
from statemachine.order import Order
from statemachine.reasons import Reason
from storage.store import ManualItem

SEEN = ("seen",)


async def list_for_a_person(
    desk: Desk,
    reason: Reason,
    detail: str,
    *,
    run_id: str | None = None,
    order: Order | None = None,
    choices: tuple[str, ...] = SEEN,
) -> None:
    """Put one thing on the manual list; an item about an order carries its run and its name."""
    now = desk.clock.now()
    item = ManualItem(
        item_id=0,
        run_id=run_id if order is None else order.run_id,
        client_order_id=None if order is None else order.client_order_id,
        symbol=None if order is None else order.symbol,
        reason=reason,
        detail=detail,
        choices=choices,
        created_at=now,
    )
    await desk.store.add_manual(item, now=now)


async def list_refused(desk: Desk, client_order_id: str) -> None:
    """List an order the broker said no to; the good ones of its batch go on.

    The item locks nothing: its line is ended by the refusal itself. Raises KeyError for an order
    the store does not know.
    """
    order = await desk.store.order(client_order_id)
    if order is None:
        raise KeyError(client_order_id)
    code, why = order.reject_code or order.raw_status, order.reject_reason or order.raw_text
    await list_for_a_person(desk, Reason.REJECTED_BY_BROKER, f"{code}: {why}", order=order)
