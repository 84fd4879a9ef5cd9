from dataclasses import replace
from decimal import Decimal

import pytest

from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport, VenueStatus
from statemachine.order import CancelOutcome, FinalReason, OrderState, SendState
from statemachine.order_machine import IllegalMove
from statemachine.own_moves import ask_cancel, note_cancel_reply, note_cancel_sent, refuse_send
from statemachine.venue_path import HoldCause
from statemachine.venue_route import _event, _News
from tests.statemachine.orders import NOW, new_order, order_in, report, settled, states

ACKED = report(VenueStatus.REPORTED)


@pytest.mark.parametrize(
    "found",
    [
        replace(ACKED, symbol=Symbol.parse("600001.SH")),
        replace(ACKED, side=Side.SELL),
        replace(ACKED, quantity=900),
        replace(ACKED, limit_price=Decimal("10.01")),
    ],
)
def test_a_report_of_another_order_than_ours_is_held_and_leaves_no_trace(
    found: OrderReport,
) -> None:
    start = new_order(SendState.UNKNOWN)
    result = settled(start, found)

    assert (result.order, result.hold) == (start, HoldCause.REPORT_MISMATCH)


def test_the_same_price_written_otherwise_is_the_same_price() -> None:
    assert settled(new_order(), replace(ACKED, limit_price=Decimal("10.0"))).hold is None


def test_a_second_venue_order_under_our_id_is_held() -> None:
    first = settled(new_order(), ACKED).order
    result = settled(first, replace(ACKED, venue_order_id="V2", version=2))

    assert (result.order, result.hold) == (first, HoldCause.DUPLICATE_AT_BROKER)


@pytest.mark.parametrize(
    "send_state", [SendState.PLANNED, SendState.NOT_SENT, SendState.NEVER_SENT]
)
def test_an_order_that_never_left_and_is_found_is_tracked_and_held(send_state: SendState) -> None:
    result = settled(new_order(send_state), ACKED)

    assert result.hold is HoldCause.FOUND_WITHOUT_SEND
    assert result.order.state is OrderState.ACK
    assert result.order.send_state is SendState.ACCEPTED


@pytest.mark.parametrize(
    "send_state",
    [
        SendState.OPEN,
        SendState.UNKNOWN,
        SendState.ABSENT_WAIT,
        SendState.RESENT_ONCE,
        SendState.MANUAL,
    ],
)
def test_a_late_arrival_is_adopted_by_itself(send_state: SendState) -> None:
    result = settled(new_order(send_state), ACKED)

    assert (result.hold, result.order.send_state) == (None, SendState.ACCEPTED)


def test_silence_adopts_nothing() -> None:
    start = new_order(SendState.UNKNOWN)

    assert settled(start, None).order == start


def test_more_fills_than_ordered_are_held() -> None:
    result = settled(order_in(OrderState.ACK), None, 1100)

    assert (result.hold, result.order.filled_quantity) == (HoldCause.OVERFILLED, 0)


@pytest.mark.parametrize(
    ("state", "status", "cumulative"),
    [
        (OrderState.REJECTED, VenueStatus.REPORTED, 0),
        (OrderState.REJECTED, VenueStatus.SUCCEEDED, 1000),
        (OrderState.CANCELLED, VenueStatus.PART_SUCC, 0),
        (OrderState.CANCELLED, VenueStatus.PART_CANCEL, 100),
    ],
)
def test_life_in_an_order_that_ended_here_is_held(
    state: OrderState,
    status: VenueStatus,
    cumulative: int,
) -> None:
    start = order_in(state)
    result = settled(start, report(status, cumulative))

    assert (result.order, result.hold) == (start, HoldCause.TERMINAL_CONTRADICTED)


@pytest.mark.parametrize("status", [VenueStatus.PART_SUCC, VenueStatus.UNKNOWN])
def test_a_filled_order_is_not_shaken_by_a_report_that_lags(status: VenueStatus) -> None:
    assert settled(order_in(OrderState.FILLED), report(status, 300)).hold is None


def test_the_venues_status_alone_never_moves_quantities() -> None:
    result = settled(order_in(OrderState.ACK), report(VenueStatus.PART_SUCC, 300))

    assert (result.order.filled_quantity, result.order.state) == (0, OrderState.ACK)
    assert result.order.venue_filled_quantity == 300


def test_a_cancel_in_progress_that_we_did_not_ask_for_moves_nothing_yet() -> None:
    result = settled(order_in(OrderState.ACK), report(VenueStatus.REPORTED_CANCEL))

    assert (states(result), result.order.state) == ("", OrderState.ACK)


def test_a_refused_send_rejects_with_the_brokers_code_and_words() -> None:
    order, (step,) = refuse_send(new_order(SendState.OPEN), "LOT_SIZE", "数量不合法", NOW)

    assert (order.state, order.send_state) == (OrderState.REJECTED, SendState.REFUSED)
    assert (order.reject_code, order.reject_reason) == ("LOT_SIZE", "数量不合法")
    assert order.final_reason is FinalReason.REJECTED
    assert step.text == "LOT_SIZE: 数量不合法"


def test_only_a_new_order_can_have_its_send_refused() -> None:
    with pytest.raises(IllegalMove):
        refuse_send(order_in(OrderState.ACK), "LOT_SIZE", "", NOW)


@pytest.mark.parametrize(("state", "had"), [(OrderState.ACK, 0), (OrderState.PARTIAL_FILLED, 300)])
def test_asking_to_cancel_a_live_order_is_written_before_it_is_sent(
    state: OrderState,
    had: int,
) -> None:
    order, (step,) = ask_cancel(order_in(state, had), "STALE", NOW)

    assert order.state is OrderState.CANCEL_PENDING
    assert (order.want_cancel, order.cancel_outcome) == ("STALE", CancelOutcome.NONE)
    assert step.text == "STALE"
    assert note_cancel_sent(order).cancel_outcome is CancelOutcome.SENT


def test_asking_again_keeps_the_first_reason_and_makes_no_move() -> None:
    start = order_in(OrderState.CANCEL_PENDING)

    assert ask_cancel(start, "HALT", NOW) == (start, ())
    wished, _ = ask_cancel(new_order(), "STALE", NOW)
    assert ask_cancel(wished, "HALT", NOW) == (wished, ())


@pytest.mark.parametrize("state", [OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED])
def test_cancel_talk_leaves_a_terminal_row_frozen(state: OrderState) -> None:
    start = order_in(state)

    assert ask_cancel(start, "HALT", NOW) == (start, ())
    assert note_cancel_sent(start) == start
    assert note_cancel_reply(start, CancelOutcome.REFUSED, "NOT_CANCELABLE", NOW).order == start


def test_no_route_ever_leads_back_to_new() -> None:
    news = _News(order_in(OrderState.ACK), OrderState.NEW, None, 0, Decimal(0), NOW)

    with pytest.raises(ValueError, match="no move leads to NEW"):
        _event(news, OrderState.ACK, OrderState.NEW)
