"""Examples E49 to E54 of a-share-rules.md section 7, as our book of the order sees them."""

from dataclasses import replace
from datetime import timedelta

from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, FinalReason, OrderState, SendState
from statemachine.own_moves import note_cancel_reply
from statemachine.venue_path import HoldCause
from tests.statemachine.orders import NOW, Book, new_order, order_in, report, settled, states

CAGE_TEXT = "超出有效申报价格范围"
THREE_HUNDRED_MS_LATER = NOW + timedelta(milliseconds=300)


def test_E49_a_reject_300_ms_after_the_ack_ends_the_order_with_nothing_filled() -> None:
    acked = settled(new_order(), report(VenueStatus.REPORTED)).order
    junk = report(VenueStatus.JUNK, 0, 2, text="废单", updated_at=THREE_HUNDRED_MS_LATER)

    result = settled(acked, replace(junk, reject_reason=CAGE_TEXT))

    assert result.order.state is OrderState.CANCELLED
    assert result.order.final_reason is FinalReason.REJECTED_LATE
    assert (result.order.filled_quantity, result.order.cancelled_quantity) == (0, 1_000)
    assert result.order.remaining_quantity == 0
    assert result.order.reject_reason == CAGE_TEXT


def test_E50_a_refused_cancel_of_a_filled_order_changes_nothing() -> None:
    filled = order_in(OrderState.FILLED)

    result = note_cancel_reply(filled, CancelOutcome.TOO_LATE, "NOT_CANCELABLE", NOW)

    assert (result.order, result.steps, result.hold) == (filled, (), None)


def test_E51_300_more_shares_fill_while_the_cancel_of_1000_is_under_way() -> None:
    asked = order_in(OrderState.CANCEL_PENDING, 500)
    waiting = settled(asked, report(VenueStatus.PARTSUCC_CANCEL, 500), 500)
    late_fill = settled(waiting.order, None, 800)
    ended = settled(late_fill.order, report(VenueStatus.PART_CANCEL, 800, 2), 800)

    assert waiting.order.state is OrderState.CANCEL_PENDING
    assert late_fill.order.filled_quantity == 800
    assert not late_fill.order.is_terminal
    assert ended.order.state is OrderState.CANCELLED
    assert (ended.order.filled_quantity, ended.order.cancelled_quantity) == (800, 200)


def test_E52_a_trade_before_its_order_event_is_kept_and_joined() -> None:
    early = settled(new_order(SendState.UNKNOWN), None, 300)
    joined = settled(early.order, report(VenueStatus.PART_SUCC, 300), 300)

    assert states(early) == "NEW>ACK>PARTIAL_FILLED"
    assert (joined.steps, joined.hold) == ((), None)
    assert (joined.order.filled_quantity, joined.order.venue_order_id) == (300, "V1")


def test_E53_a_trade_told_twice_counts_once() -> None:
    once = Book(order_in(OrderState.ACK)).filled_by(("T1", 300))

    assert once.order.filled_quantity == 300
    assert once.filled_by(("T1", 300)) == once


def test_E54_an_unknown_status_between_two_known_ones_is_never_an_end() -> None:
    unknown = settled(order_in(OrderState.ACK), report(VenueStatus.UNKNOWN, 0, 2))
    known = settled(unknown.order, report(VenueStatus.PART_SUCC, 300, 3), 300)

    assert (unknown.order.raw_status, known.order.raw_status) == (255, 55)
    assert unknown.hold is HoldCause.STATUS_UNKNOWN
    assert unknown.order.state is OrderState.ACK
    assert (known.order.state, known.hold) == (OrderState.PARTIAL_FILLED, None)
