"""Why a line was not filled to its envelope, once, and what happens next (rule 30)."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import assert_never

from daemon.planning.line_book import (
    is_lost_from_sight,
    is_never_sent,
    is_refused,
    is_without_record,
    is_written_off,
)
from statemachine.line_status import LineStatus
from statemachine.order import Order, SendState
from statemachine.plan import Disposition, PlanLine
from statemachine.reasons import Reason


class NextStep(StrEnum):
    """What follows for a line that was not filled."""

    NOTHING = "NOTHING"
    RESIDUAL_PLAN = "RESIDUAL_PLAN"
    NEXT_PORTFOLIO = "NEXT_PORTFOLIO"
    PERSON_DECIDES = "PERSON_DECIDES"
    RECONCILE_AGAIN = "RECONCILE_AGAIN"


# Nothing but time, price or cash stood in the way: a residual plan may try again (rule 29).
CARRIED = frozenset(
    {
        Reason.SUSPENDED,
        Reason.LIMIT_LOCKED,
        Reason.NO_PRICE,
        Reason.NOT_SELLABLE,
        Reason.HELD_GAP,
        Reason.HELD_FACTOR,
        Reason.LIMITS_DISAGREE,
        Reason.OUTSIDE_ENVELOPE,
        Reason.WAITING_FOR_CASH,
        Reason.STAGE_NOT_APPROVED,
        Reason.PRICE_AGED,
        Reason.NOT_FILLED,
        Reason.CUT_OFF,
        Reason.NO_RECORD,
    }
)
# What a person may send once more, in a plan of its own.
RETRIABLE = frozenset({Reason.SEND_FAILED, Reason.GUARD_REFUSED, Reason.REJECTED_BY_BROKER})
_FOR_A_PERSON = frozenset(
    {
        Reason.SEND_UNKNOWN,
        Reason.SEND_FAILED,
        Reason.GUARD_REFUSED,
        Reason.REJECTED_BY_BROKER,
        Reason.SYMBOL_LOCKED,
        Reason.HALTED,
    }
)


def line_outcome(
    line: PlanLine, orders: Iterable[Order], status: LineStatus | None
) -> Reason | None:
    """Return the one reason why the line did not do all it was asked for; None where it did.

    A line filled to quantity_max keeps what bounded its quantity (locked shares, a daily cap).
    `orders` are the line's own, as they ended. What nobody knows comes before what was refused,
    that before what still lies at the venue, that before what held the line back.
    """
    match line.disposition:
        case Disposition.KEEP:
            return None
        case Disposition.DENIED:
            return line.reason
        case Disposition.TRADE | Disposition.DEFERRED:
            return _unfilled_reason(line, tuple(orders), status)
        case _:
            assert_never(line.disposition)


def next_step(reason: Reason | None) -> NextStep:
    """Return what follows for a line with that outcome."""
    if reason is None:
        return NextStep.NOTHING
    if reason is Reason.EXPIRY_UNCONFIRMED:
        return NextStep.RECONCILE_AGAIN
    if reason in _FOR_A_PERSON:
        return NextStep.PERSON_DECIDES
    return NextStep.RESIDUAL_PLAN if reason in CARRIED else NextStep.NEXT_PORTFOLIO


def _unfilled_reason(
    line: PlanLine, orders: tuple[Order, ...], status: LineStatus | None
) -> Reason | None:
    filled = sum(order.filled_quantity for order in orders)
    if filled >= line.quantity_max > 0:
        return line.reason if line.disposition is Disposition.TRADE else None
    from_orders = _reason_of_orders(orders)
    if from_orders is not None:
        return from_orders
    if status is not None and status.reason is not None:
        return status.reason
    if orders:
        return Reason.NOT_FILLED
    deferred = line.reason if line.disposition is Disposition.DEFERRED else None
    return deferred or Reason.CUT_OFF


def _reason_of_orders(orders: tuple[Order, ...]) -> Reason | None:
    for is_so, reason in _ENDS:
        if any(is_so(order) for order in orders):
            return reason
    unsent = [order for order in orders if is_never_sent(order)]
    if unsent:
        return _given_up_for(unsent[-1])
    return Reason.NO_RECORD if any(is_without_record(order) for order in orders) else None


def _is_not_sent(order: Order) -> bool:
    return order.send_state is SendState.NOT_SENT


def _is_live(order: Order) -> bool:
    return order.is_live


# What nobody knows comes first; the first that holds for any order is the line's.
_ENDS: tuple[tuple[Callable[[Order], bool], Reason], ...] = (
    (is_lost_from_sight, Reason.SEND_UNKNOWN),
    (is_refused, Reason.REJECTED_BY_BROKER),
    (is_written_off, Reason.WRITTEN_OFF),
    (_is_not_sent, Reason.SEND_FAILED),
    (_is_live, Reason.EXPIRY_UNCONFIRMED),
)


def _given_up_for(order: Order) -> Reason:
    """Our own reason for never sending it, kept by the store in `reject_code`."""
    known = {reason.value for reason in Reason}
    return Reason(order.reject_code) if order.reject_code in known else Reason.SEND_FAILED
