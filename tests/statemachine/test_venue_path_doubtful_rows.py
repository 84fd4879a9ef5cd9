"""Table A8 of never-twice-never-lost.md, rows 15 to 23: what is late, doubtful or unknown."""

import re

import pytest

from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, FinalReason, Initiator, OrderState, SendState
from statemachine.order_machine import Cause, IllegalMove
from statemachine.own_moves import (
    ask_cancel,
    close_absent,
    note_cancel_reply,
)
from statemachine.venue_path import HoldCause
from tests.statemachine import test_venue_path_rows
from tests.statemachine.orders import NOW, clock, new_order, order_in, report, settled, states

LATE = clock("15:00:03")


@pytest.mark.parametrize("send_state", [SendState.UNKNOWN, SendState.MANUAL, SendState.ABSENT_WAIT])
def test_A8_row_15_an_unknown_send_absent_from_the_final_list_is_rejected(
    send_state: SendState,
) -> None:
    order, (step,) = close_absent(new_order(send_state), LATE, "sha256:ab")

    assert order.state is OrderState.REJECTED
    assert order.final_reason is FinalReason.NO_RECORD_AT_CLOSE
    assert (step.cause, step.text) == (Cause.NO_RECORD_AT_CLOSE, "sha256:ab")


@pytest.mark.parametrize(
    "send_state", [SendState.PLANNED, SendState.NOT_SENT, SendState.NEVER_SENT]
)
def test_A8_row_15_does_not_reject_what_was_never_in_doubt(send_state: SendState) -> None:
    with pytest.raises(IllegalMove):
        close_absent(new_order(send_state), LATE, "sha256:ab")


@pytest.mark.parametrize(
    ("status", "cumulative", "ours"),
    [
        (VenueStatus.SUCCEEDED, 1000, 300),
        (VenueStatus.PART_CANCEL, 500, 300),
        (VenueStatus.PART_CANCEL, 300, 500),
        (VenueStatus.CANCELED, 0, 300),
        (VenueStatus.PART_CANCEL, 300, 1000),
        (VenueStatus.SUCCEEDED, 300, 300),
        (VenueStatus.JUNK, 0, 300),
    ],
)
def test_A8_row_16_a_terminal_status_waits_for_the_same_fills(
    status: VenueStatus,
    cumulative: int,
    ours: int,
) -> None:
    result = settled(order_in(OrderState.ACK), report(status, cumulative), ours)

    assert result.hold is HoldCause.FILLS_PENDING
    assert result.order.state is OrderState.PARTIAL_FILLED
    assert result.order.closed_at is None


def test_A8_row_16_the_held_status_takes_effect_when_the_fills_have_come() -> None:
    held = settled(order_in(OrderState.CANCEL_PENDING), report(VenueStatus.PART_CANCEL, 500), 300)
    waiting = settled(held.order, None, 300)
    result = settled(held.order, None, 500)

    assert held.hold is waiting.hold is HoldCause.FILLS_PENDING
    assert (waiting.steps, result.hold) == ((), None)
    assert result.order.state is OrderState.CANCELLED
    assert (result.order.filled_quantity, result.order.cancelled_quantity) == (500, 500)


def test_A8_row_17_a_fill_after_cancelled_leaves_the_row_frozen() -> None:
    start = order_in(OrderState.CANCELLED, 300)
    result = settled(start, None, 400)

    assert result.order == start
    assert (result.steps, result.hold) == ((), HoldCause.TERMINAL_CONTRADICTED)


def test_A8_row_18_a_bust_leaves_a_filled_row_frozen() -> None:
    start = order_in(OrderState.FILLED)
    result = settled(start, None, 900)

    assert result.order == start
    assert (result.steps, result.hold) == ((), HoldCause.TERMINAL_CONTRADICTED)


def test_A8_row_18_a_bust_of_a_live_order_never_lowers_its_filled_quantity() -> None:
    start = order_in(OrderState.PARTIAL_FILLED, 300)
    result = settled(start, None, 200)

    assert result.order == start
    assert result.hold is HoldCause.FILLS_SHRANK


@pytest.mark.parametrize("version", [6, 7])
def test_A8_row_19_a_stale_or_repeated_report_leaves_no_trace(version: int) -> None:
    told = settled(order_in(OrderState.ACK), report(VenueStatus.PART_SUCC, 300, 7), 300).order
    result = settled(told, report(VenueStatus.REPORTED, 0, version))

    assert result.order == told
    assert (result.steps, result.hold, result.ignored) == ((), None, True)


def test_A8_row_19_fills_beside_a_stale_report_still_count() -> None:
    told = settled(order_in(OrderState.ACK), report(VenueStatus.PART_SUCC, 300, 7), 300).order
    result = settled(told, report(VenueStatus.REPORTED, 0, 6), 500)

    assert result.ignored
    assert result.order.filled_quantity == 500


@pytest.mark.parametrize("state", [OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED])
def test_A8_row_19_a_report_that_agrees_with_a_terminal_row_is_ignored(state: OrderState) -> None:
    start = order_in(state)
    again = {
        OrderState.FILLED: report(VenueStatus.SUCCEEDED, 1000, 9),
        OrderState.CANCELLED: report(VenueStatus.CANCELED, 0, 9),
        OrderState.REJECTED: report(VenueStatus.JUNK, 0, 9),
    }[state]
    result = settled(start, again)

    assert (result.order, result.steps, result.hold) == (start, (), None)
    assert result.ignored


def test_A8_row_20_an_unknown_status_moves_nothing_and_is_never_the_end() -> None:
    unsure = settled(order_in(OrderState.ACK), report(VenueStatus.UNKNOWN, 0, 1))
    result = settled(unsure.order, report(VenueStatus.PART_SUCC, 300, 2), 300)

    assert (unsure.steps, unsure.hold) == ((), HoldCause.STATUS_UNKNOWN)
    assert (unsure.order.state, unsure.order.raw_status) == (OrderState.ACK, 255)
    assert (states(result), result.hold) == ("ACK>PARTIAL_FILLED", None)


def test_A8_row_20_an_unknown_status_does_not_ack_a_new_order() -> None:
    result = settled(new_order(), report(VenueStatus.UNKNOWN))

    assert (result.order.state, result.hold) == (OrderState.NEW, HoldCause.STATUS_UNKNOWN)


@pytest.mark.parametrize(("had", "path"), [(0, ""), (300, "CANCEL_PENDING>PARTIAL_FILLED")])
def test_A8_row_21_junk_on_a_cancel_row_is_a_refused_cancel(had: int, path: str) -> None:
    """The adapter reads the row type first: what arrives here is the refusal, not a 废单."""
    start = order_in(OrderState.CANCEL_PENDING, had)
    result = note_cancel_reply(start, CancelOutcome.REFUSED, "VENUE_REJECTED", NOW)

    assert states(result) == path
    assert not result.order.is_terminal


@pytest.mark.parametrize(
    ("filled", "path"),
    [(0, "NEW>ACK>CANCEL_PENDING"), (300, "NEW>ACK>PARTIAL_FILLED>CANCEL_PENDING")],
)
@pytest.mark.parametrize("send_state", [SendState.ACCEPTED, SendState.UNKNOWN])
def test_A8_row_22_a_wish_to_cancel_a_new_order_acts_on_its_ack(
    send_state: SendState,
    filled: int,
    path: str,
) -> None:
    wished, no_steps = ask_cancel(new_order(send_state), "HALT by wang", NOW)
    result = settled(wished, report(VenueStatus.REPORTED, filled), filled)

    assert (no_steps, wished.state, wished.want_cancel) == ((), OrderState.NEW, "HALT by wang")
    assert states(result) == path
    last = result.steps[-1]
    assert (last.cause, last.initiator) == (Cause.CANCEL_WANTED_BEFORE_ACK, Initiator.US)
    assert last.text == "HALT by wang"
    assert result.order.cancel_outcome is CancelOutcome.NONE


def test_A8_row_23_no_such_order_proves_nothing() -> None:
    start = order_in(OrderState.CANCEL_PENDING, 300)
    result = note_cancel_reply(start, CancelOutcome.REFUSED, "ORDER_NOT_FOUND", NOW)

    assert result.order.state is OrderState.CANCEL_PENDING
    assert (result.steps, result.hold) == ((), HoldCause.MISSING_AT_BROKER)
    assert result.order.cancel_outcome is CancelOutcome.UNKNOWN


def test_every_row_of_the_table_has_a_test() -> None:
    tests = [*vars(test_venue_path_rows), *globals()]
    found = re.findall(r"test_A8_row_(\d\d)_", "\n".join(tests))

    assert {int(number) for number in found} == set(range(1, 24))
