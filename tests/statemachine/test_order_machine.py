from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from transitions import MachineError

from statemachine.order import TERMINAL_STATES, FinalReason, Initiator, Order, OrderState
from statemachine.order_machine import (
    MOVES,
    Cause,
    IllegalMove,
    OrderEvent,
    Trigger,
    apply,
    destinations,
    order_machine,
)
from tests.statemachine.orders import NOW, PRICE, QUANTITY, order_in

LEGAL = {
    ("NEW", "ACK"),
    ("NEW", "REJECTED"),
    ("ACK", "PARTIAL_FILLED"),
    ("ACK", "FILLED"),
    ("ACK", "CANCEL_PENDING"),
    ("PARTIAL_FILLED", "FILLED"),
    ("PARTIAL_FILLED", "CANCEL_PENDING"),
    ("CANCEL_PENDING", "CANCELLED"),
    ("CANCEL_PENDING", "PARTIAL_FILLED"),
}
INTERNAL = ("PARTIAL_FILLED", "PARTIAL_FILLED")
EVERY_PAIR = list(product(OrderState, Trigger))


def an_event(trigger: Trigger, filled: int | None = None) -> OrderEvent:
    return OrderEvent(
        trigger=trigger,
        cause=Cause.ACKNOWLEDGED,
        initiator=Initiator.BROKER,
        at=NOW,
        filled_quantity=filled,
        filled_amount=None if filled is None else filled * PRICE,
    )


def fitting_event(trigger: Trigger) -> OrderEvent:
    filled = {Trigger.FILL_PARTLY: 600, Trigger.FILL_FULLY: QUANTITY}.get(trigger)
    return an_event(trigger, filled)


def fitting_order(state: OrderState) -> Order:
    return order_in(state, 300 if state is OrderState.PARTIAL_FILLED else 0)


class Model:
    """Anything with a state; the library moves it."""

    def __init__(self, state: OrderState) -> None:
        self.state = state.value


def by_library(state: OrderState, trigger: Trigger) -> OrderState | None:
    """Ask the library itself what a trigger does; None where it refuses."""
    model = Model(state)
    try:
        order_machine().events[trigger.value].trigger(model)
    except MachineError:
        return None
    return OrderState(model.state)


def test_there_are_seven_states_and_nine_moves_and_one_internal_move() -> None:
    edges = {(source.value, target.value) for (source, _), target in destinations().items()}

    assert len(OrderState) == 7
    assert edges == LEGAL | {INTERNAL}
    assert len(MOVES) == len(destinations()) == 10


@pytest.mark.parametrize(("state", "trigger"), EVERY_PAIR)
def test_the_compiled_table_equals_the_library_for_every_pair(
    state: OrderState,
    trigger: Trigger,
) -> None:
    assert destinations().get((state, trigger)) == by_library(state, trigger)


@pytest.mark.parametrize(("state", "trigger"), EVERY_PAIR)
def test_every_state_and_event_either_makes_a_legal_move_or_is_refused(
    state: OrderState,
    trigger: Trigger,
) -> None:
    order, event = fitting_order(state), fitting_event(trigger)
    target = destinations().get((state, trigger))

    if target is None:
        with pytest.raises(IllegalMove, match="there is no such move"):
            apply(order, event)
        return
    moved, (step,) = apply(order, event)

    assert moved.state is target
    assert (step.source, step.target) == (state, target)
    assert (state.value, target.value) in LEGAL | {INTERNAL}


@pytest.mark.parametrize("state", sorted(TERMINAL_STATES))
def test_nothing_leaves_a_terminal_state(state: OrderState) -> None:
    assert not [trigger for trigger in Trigger if (state, trigger) in destinations()]


def test_a_trigger_has_one_destination_whatever_the_source() -> None:
    for trigger in Trigger:
        assert len({to for (_, made), to in destinations().items() if made is trigger}) == 1


def test_an_ack_notes_its_time() -> None:
    moved, _ = apply(order_in(OrderState.NEW), an_event(Trigger.ACKNOWLEDGE))

    assert moved.acked_at == NOW
    assert moved.closed_at is None


def test_a_fill_sets_the_new_sums_and_keeps_the_order_open() -> None:
    moved, (step,) = apply(order_in(OrderState.ACK), an_event(Trigger.FILL_PARTLY, 300))

    assert (moved.filled_quantity, moved.filled_amount) == (300, Decimal("3000.00"))
    assert (moved.closed_at, moved.final_reason) == (None, None)
    assert step.filled_quantity == 300


def test_the_last_fill_ends_the_order_as_filled() -> None:
    moved, _ = apply(order_in(OrderState.ACK), an_event(Trigger.FILL_FULLY, QUANTITY))

    assert (moved.closed_at, moved.final_reason) == (NOW, FinalReason.FILLED)
    assert moved.remaining_quantity == 0


def test_a_cancel_confirms_the_unfilled_rest() -> None:
    event = replace(an_event(Trigger.END_CANCELLED), final_reason=FinalReason.PARTIAL_CANCEL)
    moved, _ = apply(order_in(OrderState.CANCEL_PENDING, 300), event)

    assert (moved.filled_quantity, moved.cancelled_quantity) == (300, 700)
    assert moved.final_reason is FinalReason.PARTIAL_CANCEL
    assert moved.closed_at == NOW


def test_a_rejection_without_another_word_is_final_as_rejected() -> None:
    moved, _ = apply(order_in(OrderState.NEW), an_event(Trigger.REJECT))

    assert (moved.final_reason, moved.closed_at) == (FinalReason.REJECTED, NOW)


def test_the_step_carries_cause_initiator_inference_and_words() -> None:
    event = replace(
        an_event(Trigger.ACKNOWLEDGE),
        cause=Cause.FILL_IMPLIES_ACK,
        initiator=Initiator.EXCHANGE,
        inferred=True,
        text="已报",
    )
    _, (step,) = apply(order_in(OrderState.NEW), event)

    assert (step.cause, step.initiator, step.inferred, step.text) == (
        Cause.FILL_IMPLIES_ACK,
        Initiator.EXCHANGE,
        True,
        "已报",
    )


@pytest.mark.parametrize(
    ("state", "filled", "event", "why"),
    [
        (OrderState.ACK, 0, an_event(Trigger.FILL_PARTLY, 0), "nothing is filled"),
        (OrderState.ACK, 0, an_event(Trigger.FILL_PARTLY, 1001), "to 1001 of 1000"),
        (OrderState.ACK, 0, an_event(Trigger.FILL_FULLY, 999), "only 999 of 1000"),
        (OrderState.PARTIAL_FILLED, 300, an_event(Trigger.FILL_PARTLY, 200), "from 300 to 200"),
        (OrderState.CANCEL_PENDING, 0, an_event(Trigger.FILL_PARTLY), "nothing is filled"),
        (OrderState.CANCEL_PENDING, 1000, an_event(Trigger.END_CANCELLED), "everything is"),
    ],
)
def test_facts_that_contradict_the_order_are_refused(
    state: OrderState,
    filled: int,
    event: OrderEvent,
    why: str,
) -> None:
    with pytest.raises(IllegalMove, match=why):
        apply(order_in(state, filled), event)


def test_a_refused_cancel_leaves_the_filled_quantity_as_it_was() -> None:
    moved, (step,) = apply(order_in(OrderState.CANCEL_PENDING, 300), an_event(Trigger.FILL_PARTLY))

    assert moved.state is OrderState.PARTIAL_FILLED
    assert moved.filled_quantity == step.filled_quantity == 300
