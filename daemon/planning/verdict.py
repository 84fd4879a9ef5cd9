"""The verdict on a batch (trading-day.md rule 21)."""

from collections.abc import Iterable
from enum import StrEnum

from statemachine.order import Order, OrderState, SendState
from statemachine.reasons import Reason
from statemachine.systemic_refusals import SYSTEMIC_REFUSALS

_UNDECIDED = frozenset({SendState.PLANNED, SendState.OPEN, SendState.NOT_SENT})


class BatchVerdict(StrEnum):
    """OPEN while something is still to be sent; FAILED only where nothing can be live."""

    OPEN = "OPEN"
    SOUND = "SOUND"
    FAILED = "FAILED"


def batch_verdict(orders: Iterable[Order]) -> BatchVerdict:
    """Judge a run's first batch.

    FAILED only if no order is accepted or unknown and every refusal is systemic; a symbol's own
    refusal never fails the batch.
    """
    orders = tuple(orders)
    if not orders or any(order.send_state in _UNDECIDED for order in orders):
        return BatchVerdict.OPEN
    if all(_is_systemic(order) for order in orders):
        return BatchVerdict.FAILED
    return BatchVerdict.SOUND


def _is_systemic(order: Order) -> bool:
    if order.state is OrderState.NEW:
        gave_up = order.reject_code == Reason.SEND_FAILED
        return order.send_state is SendState.NEVER_SENT and gave_up
    return order.state is OrderState.REJECTED and order.reject_code in SYSTEMIC_REFUSALS


def newest_wave(orders: Iterable[Order]) -> tuple[Order, ...]:
    """Return the orders that were made last, together; waves carry one moment each."""
    orders = tuple(orders)
    made_at = max((order.created_at for order in orders), default=None)
    return tuple(order for order in orders if order.created_at == made_at)


def is_refused_whole(wave: Iterable[Order]) -> bool:
    """Whether a later wave brought nothing but a no (rule 21).

    Every refusal is systemic, or several names were refused at once: that is no longer about one.
    """
    wave = tuple(wave)
    if batch_verdict(wave) is BatchVerdict.FAILED:
        return True
    return len(wave) > 1 and all(order.state is OrderState.REJECTED for order in wave)
