"""Where an order stands by all that is known of it, and the states on the way there."""

from statemachine.events import ENDED_STATUSES, NO_ACK_STATUSES, VenueStatus
from statemachine.order import CANCEL_ANSWERED_NO, Order, OrderState


def is_settled(order: Order, filled_quantity: int) -> bool:
    """Whether the venue ended the order with exactly our fills (A7: terminal only when settled)."""
    if order.venue_status not in ENDED_STATUSES:
        return False
    if order.venue_status is VenueStatus.SUCCEEDED and filled_quantity != order.quantity:
        return False
    return order.venue_filled_quantity == filled_quantity


def goal_of(order: Order, filled_quantity: int) -> OrderState:
    """Return the state that the venue's newest words and the sum of the fills amount to.

    Fills of the whole quantity prove FILLED without waiting for the status (A8 rows 3 and 6,
    I12), unless the venue ended the order with another figure (row 16).
    """
    if is_settled(order, filled_quantity):
        return _end_state(order, filled_quantity)
    if filled_quantity == order.quantity and order.venue_status not in ENDED_STATUSES:
        return OrderState.FILLED
    return _live_state(order, filled_quantity)


def path_to(source: OrderState, goal: OrderState, *, new_fill: bool) -> tuple[OrderState, ...]:
    """Return the states to pass, the goal included; neighbours are legal moves of the machine."""
    if goal is source and not new_fill:
        return ()
    if goal is OrderState.REJECTED:
        return (goal,)
    hops = [OrderState.ACK] if source is OrderState.NEW else []
    cancelling = source is OrderState.CANCEL_PENDING
    if cancelling if goal is OrderState.FILLED else new_fill:
        hops.append(OrderState.PARTIAL_FILLED)
    if goal is OrderState.CANCELLED and (hops or not cancelling):
        hops.append(OrderState.CANCEL_PENDING)
    if not hops or hops[-1] is not goal:
        hops.append(goal)
    return tuple(hops)


def _end_state(order: Order, filled_quantity: int) -> OrderState:
    if filled_quantity == order.quantity:
        return OrderState.FILLED
    junk = order.venue_status is VenueStatus.JUNK
    if junk and order.state is OrderState.NEW and filled_quantity == 0:
        return OrderState.REJECTED
    return OrderState.CANCELLED


def _live_state(order: Order, filled_quantity: int) -> OrderState:
    new = order.state is OrderState.NEW
    if new and not _is_acked(order, filled_quantity):
        return OrderState.NEW
    refused = order.cancel_outcome in CANCEL_ANSWERED_NO and filled_quantity > 0
    cancelling = order.state is OrderState.CANCEL_PENDING and not refused
    if cancelling or (new and order.want_cancel is not None):
        return OrderState.CANCEL_PENDING
    return OrderState.PARTIAL_FILLED if filled_quantity else OrderState.ACK


def _is_acked(order: Order, filled_quantity: int) -> bool:
    if filled_quantity > 0:
        return True
    return order.venue_status is not None and order.venue_status not in NO_ACK_STATUSES
