"""The moves and notes that start with us: a refused send, a cancel, the close of the day."""

from dataclasses import replace
from datetime import datetime

from statemachine.order import CancelOutcome, FinalReason, Initiator, Order, OrderState, SendState
from statemachine.order_machine import (
    Cause,
    IllegalMove,
    OrderEvent,
    Step,
    Trigger,
    apply,
    apply_all,
)
from statemachine.venue_path import HoldCause, Settlement, settle

ORDER_NOT_FOUND = "ORDER_NOT_FOUND"


def refuse_send(
    order: Order,
    code: str,
    message: str,
    at: datetime,
) -> tuple[Order, tuple[Step, ...]]:
    """NEW -> REJECTED because the answer to the send was no (A3); raises IllegalMove elsewhere."""
    refused = replace(
        order,
        send_state=SendState.REFUSED,
        reject_code=code,
        reject_reason=message,
    )
    return apply(
        refused,
        OrderEvent(
            trigger=Trigger.REJECT,
            cause=Cause.SEND_REFUSED,
            initiator=Initiator.BROKER,
            at=at,
            text=f"{code}: {message}",
        ),
    )


def ask_cancel(
    order: Order,
    why: str,
    at: datetime,
    *,
    initiator: Initiator = Initiator.US,
) -> tuple[Order, tuple[Step, ...]]:
    """Wish for a cancel, before the wire knows: CANCEL_PENDING if live, a wish if NEW (A8 row 22).

    An order that is already cancelling keeps its first reason; a terminal one is left alone.
    """
    match order.state:
        case OrderState.NEW:
            return replace(order, want_cancel=order.want_cancel or why), ()
        case OrderState.ACK | OrderState.PARTIAL_FILLED:
            wanted = replace(order, want_cancel=why, cancel_outcome=CancelOutcome.NONE)
            event = OrderEvent(Trigger.ASK_CANCEL, Cause.CANCEL_ASKED, initiator, at, text=why)
            return apply(wanted, event)
        case _:
            return order, ()


def note_cancel_sent(order: Order) -> Order:
    """Note that a cancel request is about to leave: from here it may take effect unseen."""
    return order if order.is_terminal else replace(order, cancel_outcome=CancelOutcome.SENT)


def note_cancel_reply(order: Order, outcome: CancelOutcome, code: str, at: datetime) -> Settlement:
    """Note the reply to a cancel request; it never sets quantities (A8 rows 8 to 10, 21, 23).

    A refusal puts a partly filled order back to PARTIAL_FILLED. "No such order" proves nothing:
    the order stays and MISSING_AT_BROKER asks for a look. A report that came with the reply goes
    to `settle` afterwards.
    """
    if order.is_terminal:
        return Settlement(order, (), ignored=True)
    missing = code == ORDER_NOT_FOUND
    noted = replace(order, cancel_outcome=CancelOutcome.UNKNOWN if missing else outcome)
    settled = settle(
        noted,
        None,
        filled_quantity=order.filled_quantity,
        filled_amount=order.filled_amount,
        at=at,
    )
    return replace(settled, hold=HoldCause.MISSING_AT_BROKER) if missing else settled


def close_absent(order: Order, at: datetime, evidence: str) -> tuple[Order, tuple[Step, ...]]:
    """NEW -> REJECTED for an unknown send that the day's final list does not show (A8 row 15).

    `evidence` names the stored list. Raises IllegalMove unless the order is NEW and may have been
    sent; call it at day close only.
    """
    if not order.is_unresolved:
        raise IllegalMove(order, Trigger.REJECT, "its sending is not in doubt")
    return apply(
        order,
        OrderEvent(
            trigger=Trigger.REJECT,
            cause=Cause.NO_RECORD_AT_CLOSE,
            initiator=Initiator.BROKER,
            at=at,
            inferred=True,
            text=evidence,
            final_reason=FinalReason.NO_RECORD_AT_CLOSE,
        ),
    )


def write_off(order: Order, at: datetime, why: str) -> tuple[Order, tuple[Step, ...]]:
    """End an order as far as it is known, on the word of a person (issue 5).

    NEW -> REJECTED, a live one -> CANCELLED with what is filled. Raises IllegalMove for one that
    has ended.
    """
    end = OrderEvent(
        trigger=Trigger.REJECT if order.state is OrderState.NEW else Trigger.END_CANCELLED,
        cause=Cause.WRITTEN_OFF,
        initiator=Initiator.OPERATOR,
        at=at,
        inferred=True,
        text=why,
        final_reason=FinalReason.WRITTEN_OFF,
    )
    if order.state not in (OrderState.ACK, OrderState.PARTIAL_FILLED):
        return apply(order, end)
    asked = OrderEvent(
        Trigger.ASK_CANCEL, Cause.WRITTEN_OFF, Initiator.OPERATOR, at, inferred=True, text=why
    )
    return apply_all(order, (asked, end))
