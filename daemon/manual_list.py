"""What a person must look at, told once for each order."""

from daemon.desk import Desk
from statemachine.reasons import Reason
from storage.store import ManualItem


async def list_refused(desk: Desk, client_order_id: str) -> None:
    """List an order the broker said no to; the good ones of its batch go on.

    The item locks nothing: its line is ended by the refusal itself.
    """
    order = await desk.store.order(client_order_id)
    if order is None:
        raise KeyError(client_order_id)
    now = desk.clock.now()
    item = ManualItem(
        item_id=0,
        run_id=order.run_id,
        client_order_id=client_order_id,
        symbol=order.symbol,
        reason=Reason.REJECTED_BY_BROKER,
        detail=f"{order.reject_code or order.raw_status}: {order.reject_reason or order.raw_text}",
        choices=("seen",),
        created_at=now,
    )
    await desk.store.add_manual(item, now=now)
