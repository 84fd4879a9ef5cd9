"""What a person must look at: listed once, and logged with its severity."""

from datetime import timedelta

from daemon.desk import ACTOR, Desk
from statemachine.order import Order
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage.manual import NEVER, OF_A_FAILURE, Choice
from storage.store import ManualItem

__all__ = ["SEEN", "STANDING", "Severity", "list_refused", "raise_alarm", "stop_sending", "tell"]

SEEN = (Choice.SEEN,)
# How long a cause that stands on is left in peace after a person saw it.
STANDING = timedelta(minutes=30)


async def raise_alarm(
    desk: Desk,
    severity: Severity,
    reason: Reason,
    detail: str,
    *,
    run_id: str | None = None,
    order: Order | None = None,
    choices: tuple[str, ...] = SEEN,
    quiet: timedelta = NEVER,
) -> bool:
    """List something for a person, alert and log it as an error; False where it is listed already.

    The one door from the daemon to a person. An item about an order carries its run and its name;
    `choices` are the words `resolve` takes. A cause that is looked at again and again, and may
    stand on after somebody saw it, is not listed again within `quiet`.
    """
    item = _item(desk, reason, detail, run_id, order, choices)
    is_new = await desk.store.add_manual(item, now=item.created_at, severity=severity, quiet=quiet)
    if is_new:
        tell(desk, severity, reason, detail, order)
    return is_new


def tell(
    desk: Desk, severity: Severity, reason: Reason, detail: str, order: Order | None = None
) -> None:
    """Log an alarm whose item the store listed already, together with what it is about."""
    desk.log.error(
        "a person must look",
        severity=severity,
        reason=reason,
        detail=detail,
        client_order_id=None if order is None else order.client_order_id,
    )


async def stop_sending(
    desk: Desk,
    kind: str,
    reason: Reason,
    detail: str,
    *,
    run_id: str | None = None,
    order: Order | None = None,
    choices: tuple[str, ...] = SEEN,
) -> None:
    """Stand a HALT or an AUTO_HOLD under the reason's name and tell a person at once (P0)."""
    item = _item(desk, reason, detail, run_id, order, choices)
    is_new = await desk.store.stop(kind, item, actor=ACTOR, now=item.created_at)
    if is_new:
        tell(desk, Severity.P0, reason, detail, order)


async def list_refused(desk: Desk, client_order_id: str) -> None:
    """List an order the broker said no to; the good ones of its batch go on.

    The item locks nothing: its line is ended by the refusal itself. Raises KeyError for an order
    the store does not know.
    """
    order = await desk.store.order(client_order_id)
    if order is None:
        raise KeyError(client_order_id)
    code, why = order.reject_code or order.raw_status, order.reject_reason or order.raw_text
    await raise_alarm(
        desk,
        Severity.P2,
        Reason.REJECTED_BY_BROKER,
        f"{code}: {why}",
        order=order,
        choices=OF_A_FAILURE,
    )


def _item(
    desk: Desk,
    reason: Reason,
    detail: str,
    run_id: str | None,
    order: Order | None,
    choices: tuple[str, ...],
) -> ManualItem:
    return ManualItem(
        item_id=0,
        run_id=run_id if order is None else order.run_id,
        client_order_id=None if order is None else order.client_order_id,
        symbol=None if order is None else order.symbol,
        reason=reason,
        detail=detail,
        choices=choices,
        created_at=desk.clock.now(),
    )
