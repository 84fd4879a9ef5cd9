"""The seven states of an order and the nine moves between them, behind one pure `apply`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import assert_never

from transitions import Machine

from statemachine.order import FinalReason, Initiator, Order, OrderState


class Trigger(StrEnum):
    """What happened to an order; each trigger has one destination, whatever the source."""

    ACKNOWLEDGE = "ACKNOWLEDGE"
    REJECT = "REJECT"
    FILL_PARTLY = "FILL_PARTLY"
    FILL_FULLY = "FILL_FULLY"
    ASK_CANCEL = "ASK_CANCEL"
    END_CANCELLED = "END_CANCELLED"


class Cause(StrEnum):
    """Why a move was made; the venue's own words go beside it into the step's text."""

    ACKNOWLEDGED = "ACKNOWLEDGED"
    STATUS_IMPLIES_ACK = "STATUS_IMPLIES_ACK"
    FILL_IMPLIES_ACK = "FILL_IMPLIES_ACK"
    END_IMPLIES_ACK = "END_IMPLIES_ACK"
    FILL = "FILL"
    FILL_DURING_CANCEL = "FILL_DURING_CANCEL"
    CANCEL_ASKED = "CANCEL_ASKED"
    CANCEL_WANTED_BEFORE_ACK = "CANCEL_WANTED_BEFORE_ACK"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    CANCEL_CONFIRMED = "CANCEL_CONFIRMED"
    CANCELLED_UNASKED = "CANCELLED_UNASKED"
    DAY_END = "DAY_END"
    REJECTED = "REJECTED"
    LATE_REJECT = "LATE_REJECT"
    SEND_REFUSED = "SEND_REFUSED"
    NO_RECORD_AT_CLOSE = "NO_RECORD_AT_CLOSE"
    WRITTEN_OFF = "WRITTEN_OFF"


MOVES: tuple[tuple[Trigger, OrderState, OrderState], ...] = (
    (Trigger.ACKNOWLEDGE, OrderState.NEW, OrderState.ACK),
    (Trigger.REJECT, OrderState.NEW, OrderState.REJECTED),
    (Trigger.FILL_PARTLY, OrderState.ACK, OrderState.PARTIAL_FILLED),
    (Trigger.FILL_FULLY, OrderState.ACK, OrderState.FILLED),
    (Trigger.ASK_CANCEL, OrderState.ACK, OrderState.CANCEL_PENDING),
    (Trigger.FILL_PARTLY, OrderState.PARTIAL_FILLED, OrderState.PARTIAL_FILLED),
    (Trigger.FILL_FULLY, OrderState.PARTIAL_FILLED, OrderState.FILLED),
    (Trigger.ASK_CANCEL, OrderState.PARTIAL_FILLED, OrderState.CANCEL_PENDING),
    (Trigger.END_CANCELLED, OrderState.CANCEL_PENDING, OrderState.CANCELLED),
    (Trigger.FILL_PARTLY, OrderState.CANCEL_PENDING, OrderState.PARTIAL_FILLED),
)


class IllegalMove(Exception):
    """The move does not exist from this state, or its facts contradict the order."""

    def __init__(self, order: Order, trigger: Trigger, why: str) -> None:
        super().__init__(f"{order.client_order_id}: {trigger} in {order.state}: {why}")
        self.state = order.state
        self.trigger = trigger


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened to an order at market time `at`.

    `filled_quantity` and `filled_amount` are the new sums over its fills and go together; a
    FILL_PARTLY without them is a refused cancel, which leaves the order partly filled as it was.
    `final_reason` is for moves that end the order; where None, the plain word of the move holds.
    """

    trigger: Trigger
    cause: Cause
    initiator: Initiator
    at: datetime
    inferred: bool = False
    text: str = ""
    filled_quantity: int | None = None
    filled_amount: Decimal | None = None
    final_reason: FinalReason | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One move that was made: one row of the events table.

    `inferred` marks a hop that nobody saw but that a later message implies. `filled_quantity` is
    the order's after the move, so that the steps alone replay the order.
    """

    source: OrderState
    target: OrderState
    cause: Cause
    initiator: Initiator
    inferred: bool
    text: str
    filled_quantity: int


@cache
def order_machine() -> Machine:
    """Build the transition table; it is never bound to a model and never asked at run time."""
    machine = Machine(
        model=None,
        states=[state.value for state in OrderState],
        initial=OrderState.NEW.value,
        auto_transitions=False,
    )
    for trigger, source, target in MOVES:
        internal = source is target
        machine.add_transition(
            trigger.value,
            source.value,
            None if internal else target.value,
        )
    return machine


@cache
def destinations() -> Mapping[tuple[OrderState, Trigger], OrderState]:
    """Return (state, trigger) -> destination as compiled from the machine, once.

    A look-up here costs a hundredth of a trigger (performance-facts.md section 2).
    """
    machine = order_machine()
    table: dict[tuple[OrderState, Trigger], OrderState] = {}
    for trigger in Trigger:
        for transition in machine.get_transitions(trigger.value):
            source = OrderState(transition.source)
            table[source, trigger] = OrderState(transition.dest or transition.source)
    return MappingProxyType(table)


def apply(order: Order, event: OrderEvent) -> tuple[Order, tuple[Step, ...]]:
    """Make one move and return the order after it with the step to record.

    Raises IllegalMove where the machine has no such move or where the facts would break an
    invariant (never-twice-never-lost.md I7, I9, I12): it never happens on good input.
    """
    target = destinations().get((order.state, event.trigger))
    if target is None:
        raise IllegalMove(order, event.trigger, "there is no such move")
    moved = replace(_with_facts(order, event), state=target)
    why = _contradiction(order, moved)
    if why is not None:
        raise IllegalMove(order, event.trigger, why)
    step = Step(
        source=order.state,
        target=target,
        cause=event.cause,
        initiator=event.initiator,
        inferred=event.inferred,
        text=event.text,
        filled_quantity=moved.filled_quantity,
    )
    return moved, (step,)


def apply_all(order: Order, events: tuple[OrderEvent, ...]) -> tuple[Order, tuple[Step, ...]]:
    """Make moves one after the other; raises IllegalMove like `apply`."""
    steps: tuple[Step, ...] = ()
    for event in events:
        order, made = apply(order, event)
        steps += made
    return order, steps


def _with_facts(order: Order, event: OrderEvent) -> Order:
    match event.trigger:
        case Trigger.ACKNOWLEDGE:
            return replace(order, acked_at=event.at)
        case Trigger.REJECT:
            return _ended(order, event, FinalReason.REJECTED)
        case Trigger.FILL_PARTLY:
            return _filled(order, event)
        case Trigger.FILL_FULLY:
            return _ended(_filled(order, event), event, FinalReason.FILLED)
        case Trigger.ASK_CANCEL:
            return order
        case Trigger.END_CANCELLED:
            rest = order.quantity - order.filled_quantity
            ended = _ended(order, event, FinalReason.CANCELLED_BY_US)
            return replace(ended, cancelled_quantity=rest)
        case _:
            assert_never(event.trigger)


def _filled(order: Order, event: OrderEvent) -> Order:
    if event.filled_quantity is None or event.filled_amount is None:
        return order
    return replace(
        order,
        filled_quantity=event.filled_quantity,
        filled_amount=event.filled_amount,
    )


def _ended(order: Order, event: OrderEvent, plain: FinalReason) -> Order:
    return replace(order, closed_at=event.at, final_reason=event.final_reason or plain)


def _contradiction(before: Order, after: Order) -> str | None:
    filled, quantity = after.filled_quantity, after.quantity
    if not before.filled_quantity <= filled <= quantity:
        return f"filled would go from {before.filled_quantity} to {filled} of {quantity}"
    if after.state is OrderState.PARTIAL_FILLED and filled == 0:
        return "nothing is filled"
    if after.state is OrderState.FILLED and filled != quantity:
        return f"only {filled} of {quantity} are filled"
    if after.state is OrderState.CANCELLED and filled == quantity:
        return "everything is filled"
    return None
