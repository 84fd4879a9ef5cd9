"""Table A8 of never-twice-never-lost.md, rows 1 to 14: how an order lives and how it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, FinalReason, Initiator, OrderState, SendState
from statemachine.order_machine import Cause
from statemachine.own_moves import (
    ask_cancel,
    note_cancel_reply,
    note_cancel_sent,
)
from statemachine.venue_path import settle
from tests.statemachine.orders import NOW, clock, new_order, order_in, report, settled, states

LATE = clock("15:00:03")


@pytest.mark.parametrize("status", [VenueStatus.UNREPORTED, VenueStatus.WAIT_REPORTING])
def test_A8_row_01_not_yet_reported_keeps_the_order_new_with_its_venue_id(
    status: VenueStatus,
) -> None:
    result = settled(new_order(SendState.UNKNOWN), report(status))

    assert (states(result), result.hold) == ("", None)
    assert result.order.state is OrderState.NEW
    assert result.order.venue_order_id == "V1"
    assert result.order.send_state is SendState.ACCEPTED
    assert result.order.raw_status in (48, 49)


def test_A8_row_02_reported_is_the_ack() -> None:
    result = settled(new_order(SendState.OPEN), report(VenueStatus.REPORTED, text="已报"))

    assert states(result) == "NEW>ACK"
    assert result.steps[0].cause is Cause.ACKNOWLEDGED
    assert not result.steps[0].inferred
    assert result.steps[0].text == "已报"
    assert (result.order.acked_at, result.order.venue_changed_at) == (NOW, NOW)


@pytest.mark.parametrize(
    ("filled", "path"),
    [(300, "NEW>ACK>PARTIAL_FILLED"), (1000, "NEW>ACK>FILLED")],
)
def test_A8_row_03_a_fill_before_the_ack_implies_it(filled: int, path: str) -> None:
    result = settled(new_order(SendState.UNKNOWN), None, filled)

    assert states(result) == path
    assert (result.steps[0].inferred, result.steps[0].cause) == (True, Cause.FILL_IMPLIES_ACK)
    assert (result.steps[1].inferred, result.steps[1].cause) == (False, Cause.FILL)
    assert result.order.filled_quantity == filled
    assert result.order.send_state is SendState.ACCEPTED


def test_A8_row_04_junk_with_nothing_filled_rejects_a_new_order() -> None:
    told = replace(
        report(VenueStatus.JUNK), reject_code="PRICE_CAGE", reject_reason="超出有效申报价格范围"
    )
    result = settled(new_order(), told)

    assert states(result) == "NEW>REJECTED"
    assert result.order.final_reason is FinalReason.REJECTED
    assert (result.order.raw_status, result.order.reject_code) == (57, "PRICE_CAGE")
    assert result.steps[0].text == result.order.reject_reason == "超出有效申报价格范围"


def test_A8_row_05_a_late_reject_after_the_ack_ends_cancelled_by_the_broker() -> None:
    told = replace(report(VenueStatus.JUNK), reject_reason="证券停牌")
    result = settled(order_in(OrderState.ACK), told)

    assert states(result) == "ACK>CANCEL_PENDING>CANCELLED"
    assert {step.initiator for step in result.steps} == {Initiator.BROKER}
    assert {step.text for step in result.steps} == {"证券停牌"}
    assert result.order.final_reason is FinalReason.REJECTED_LATE
    assert result.order.cancelled_quantity == 1000


@pytest.mark.parametrize(
    ("start", "had", "status", "filled", "path"),
    [
        (OrderState.ACK, 0, VenueStatus.PART_SUCC, 300, "ACK>PARTIAL_FILLED"),
        (OrderState.ACK, 0, VenueStatus.SUCCEEDED, 1000, "ACK>FILLED"),
        (
            OrderState.PARTIAL_FILLED,
            300,
            VenueStatus.PART_SUCC,
            500,
            "PARTIAL_FILLED>PARTIAL_FILLED",
        ),
        (OrderState.PARTIAL_FILLED, 300, VenueStatus.SUCCEEDED, 1000, "PARTIAL_FILLED>FILLED"),
    ],
)
def test_A8_row_06_fills_move_the_order_on(
    start: OrderState,
    had: int,
    status: VenueStatus,
    filled: int,
    path: str,
) -> None:
    result = settled(order_in(start, had), report(status, filled), filled)

    assert (states(result), result.hold) == (path, None)
    assert result.order.filled_quantity == filled
    assert result.steps[-1].initiator is Initiator.EXCHANGE


def test_A8_row_07_a_fill_during_the_cancel_passes_through_partly_filled() -> None:
    told = report(VenueStatus.PARTSUCC_CANCEL, 300)
    result = settled(order_in(OrderState.CANCEL_PENDING), told, 300)

    assert states(result) == "CANCEL_PENDING>PARTIAL_FILLED>CANCEL_PENDING"
    assert {step.cause for step in result.steps} == {Cause.FILL_DURING_CANCEL}
    assert result.order.cancel_outcome is CancelOutcome.SENT
    assert result.order.filled_quantity == 300


@pytest.mark.parametrize("had", [0, 300])
def test_A8_row_08_a_cancel_too_late_ends_filled(had: int) -> None:
    start = order_in(OrderState.CANCEL_PENDING, had)
    refused = note_cancel_reply(start, CancelOutcome.TOO_LATE, "NOT_CANCELABLE", NOW)
    result = settled(refused.order, report(VenueStatus.SUCCEEDED, 1000), 1000)

    whole_path = states(refused) + ("|" if refused.steps else "") + states(result)
    assert whole_path in (
        "CANCEL_PENDING>PARTIAL_FILLED>FILLED",
        "CANCEL_PENDING>PARTIAL_FILLED|PARTIAL_FILLED>FILLED",
    )
    assert result.order.cancel_outcome is CancelOutcome.TOO_LATE


def test_A8_row_08_the_fill_may_be_seen_before_the_refusal() -> None:
    result = settled(order_in(OrderState.CANCEL_PENDING), None, 1000)
    after = note_cancel_reply(result.order, CancelOutcome.TOO_LATE, "NOT_CANCELABLE", NOW)

    assert states(result) == "CANCEL_PENDING>PARTIAL_FILLED>FILLED"
    assert result.order.cancel_outcome is CancelOutcome.TOO_LATE
    assert after.order == result.order


@pytest.mark.parametrize("outcome", [CancelOutcome.REFUSED, CancelOutcome.WINDOW])
def test_A8_row_09_a_refused_cancel_of_an_unfilled_order_stays(outcome: CancelOutcome) -> None:
    start = order_in(OrderState.CANCEL_PENDING)
    refused = note_cancel_reply(start, outcome, "MARKET_NO_CANCEL", NOW)
    result = settled(refused.order, report(VenueStatus.REPORTED))

    assert (states(refused), states(result)) == ("", "")
    assert result.order.state is OrderState.CANCEL_PENDING
    assert result.order.cancel_outcome is outcome
    assert note_cancel_sent(result.order).cancel_outcome is CancelOutcome.SENT


def test_A8_row_10_a_refused_cancel_of_a_partly_filled_order_works_on() -> None:
    start = order_in(OrderState.CANCEL_PENDING, 300)
    result = note_cancel_reply(start, CancelOutcome.REFUSED, "NOT_CANCELABLE", NOW)

    assert states(result) == "CANCEL_PENDING>PARTIAL_FILLED"
    assert result.steps[0].cause is Cause.CANCEL_REFUSED
    assert result.steps[0].initiator is Initiator.BROKER
    assert result.order.filled_quantity == 300
    assert result.order.cancel_outcome is CancelOutcome.REFUSED


def test_A8_row_11_a_confirmed_cancel_was_ours() -> None:
    result = settled(order_in(OrderState.CANCEL_PENDING), report(VenueStatus.CANCELED))

    assert states(result) == "CANCEL_PENDING>CANCELLED"
    assert result.steps[0].initiator is Initiator.US
    assert result.order.final_reason is FinalReason.CANCELLED_BY_US
    assert result.order.cancel_outcome is CancelOutcome.DONE
    assert result.order.cancelled_quantity == 1000


@pytest.mark.parametrize(
    ("start", "path", "initiator"),
    [
        (OrderState.CANCEL_PENDING, "CANCEL_PENDING>CANCELLED", Initiator.US),
        (OrderState.PARTIAL_FILLED, "PARTIAL_FILLED>CANCEL_PENDING>CANCELLED", Initiator.BROKER),
    ],
)
def test_A8_row_12_a_partial_cancel_keeps_what_was_filled(
    start: OrderState,
    path: str,
    initiator: Initiator,
) -> None:
    result = settled(order_in(start, 300), report(VenueStatus.PART_CANCEL, 300))

    assert states(result) == path
    assert result.steps[-1].initiator is initiator
    assert (result.order.filled_quantity, result.order.cancelled_quantity) == (300, 700)
    assert result.order.final_reason is FinalReason.PARTIAL_CANCEL


def test_A8_row_12_fills_in_flight_are_counted_before_the_cancel() -> None:
    start = order_in(OrderState.CANCEL_PENDING, 500)
    result = settled(start, report(VenueStatus.PART_CANCEL, 800), 800)

    assert states(result) == "CANCEL_PENDING>PARTIAL_FILLED>CANCEL_PENDING>CANCELLED"
    assert (result.order.filled_quantity, result.order.cancelled_quantity) == (800, 200)


@pytest.mark.parametrize(
    ("start", "filled", "status"),
    [
        (OrderState.ACK, 0, VenueStatus.CANCELED),
        (OrderState.PARTIAL_FILLED, 300, VenueStatus.PART_CANCEL),
    ],
)
def test_A8_row_13_the_end_of_the_day_expires_what_is_left(
    start: OrderState,
    filled: int,
    status: VenueStatus,
) -> None:
    result = settled(order_in(start, filled), report(status, filled, updated_at=LATE))

    assert states(result) == f"{start}>CANCEL_PENDING>CANCELLED"
    assert {step.initiator for step in result.steps} == {Initiator.EXCHANGE}
    assert result.order.final_reason is FinalReason.EXPIRED_DAY_END
    assert result.order.cancelled_quantity == 1000 - filled


def test_A8_row_13_a_cancel_nobody_asked_for_during_the_day_is_the_brokers() -> None:
    result = settled(order_in(OrderState.ACK), report(VenueStatus.CANCELED))

    assert {step.initiator for step in result.steps} == {Initiator.BROKER}
    assert result.order.final_reason is FinalReason.CANCELLED_BY_BROKER


def test_A8_row_13_a_wish_that_was_never_sent_does_not_explain_an_expiry() -> None:
    wished, _ = ask_cancel(order_in(OrderState.ACK), "stale", NOW)
    result = settled(wished, report(VenueStatus.CANCELED, updated_at=LATE))

    assert result.order.final_reason is FinalReason.EXPIRED_DAY_END


def test_A8_row_14_cancelled_before_any_ack_was_seen_infers_the_hops() -> None:
    result = settled(new_order(), report(VenueStatus.CANCELED))

    assert states(result) == "NEW>ACK>CANCEL_PENDING>CANCELLED"
    assert [step.inferred for step in result.steps] == [True, True, False]
    assert result.steps[0].cause is Cause.END_IMPLIES_ACK


def test_A8_row_13_one_millisecond_before_the_close_is_no_expiry() -> None:
    before = clock("15:00:00") - timedelta(milliseconds=1)
    result = settle(
        order_in(OrderState.ACK),
        report(VenueStatus.CANCELED, updated_at=before),
        filled_quantity=0,
        filled_amount=order_in(OrderState.ACK).filled_amount,
        at=LATE,
    )

    assert result.order.final_reason is FinalReason.CANCELLED_BY_BROKER


def test_A8_row_13_the_close_itself_belongs_to_the_end_of_the_day() -> None:
    told = report(VenueStatus.CANCELED, updated_at=clock("15:00:00"))

    assert settled(order_in(OrderState.ACK), told).order.final_reason is FinalReason.EXPIRED_DAY_END
