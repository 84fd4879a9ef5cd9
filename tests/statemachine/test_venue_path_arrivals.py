"""The same facts in every order of arrival, each also told twice, end alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import permutations

import pytest

from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, FinalReason, Order, OrderState, SendState
from statemachine.own_moves import ask_cancel, note_cancel_reply
from tests.statemachine.orders import NOW, Book, clock, new_order, order_in, report

Message = Callable[[Book], Book]


def told(status: VenueStatus, filled: int, version: int) -> Message:
    return lambda book: book.told(report(status, filled, version))


def told_at_close(status: VenueStatus, filled: int, version: int) -> Message:
    closing = clock("15:00:00") + timedelta(seconds=version)
    return lambda book: book.told(report(status, filled, version, updated_at=closing))


def fill(name: str, quantity: int) -> Message:
    return lambda book: book.filled_by((name, quantity))


def cancel_reply(outcome: CancelOutcome) -> Message:
    def deliver(book: Book) -> Book:
        reply = note_cancel_reply(book.order, outcome, outcome.value, NOW)
        return replace(book, order=reply.order)

    return deliver


def wish_cancel(book: Book) -> Book:
    return replace(book, order=ask_cancel(book.order, "STALE", NOW)[0])


@dataclass(frozen=True)
class Scenario:
    """Messages about one order that may arrive in any order, and how it must stand then."""

    name: str
    start: Order
    messages: tuple[Message, ...]
    state: OrderState
    filled: int
    final_reason: FinalReason | None = None


UNKNOWN = new_order(SendState.UNKNOWN)
CANCELLING = order_in(OrderState.CANCEL_PENDING)
S = VenueStatus
SCENARIOS = (
    Scenario(
        "filled in two parts",
        UNKNOWN,
        (told(S.REPORTED, 0, 1), fill("a", 400), fill("b", 600), told(S.SUCCEEDED, 1000, 3)),
        OrderState.FILLED,
        1000,
        FinalReason.FILLED,
    ),
    Scenario(
        "partly filled and resting",
        UNKNOWN,
        (
            told(S.WAIT_REPORTING, 0, 1),
            told(S.REPORTED, 0, 2),
            fill("a", 400),
            told(S.PART_SUCC, 400, 3),
        ),
        OrderState.PARTIAL_FILLED,
        400,
    ),
    Scenario(
        "rejected, never acked",
        UNKNOWN,
        (told(S.UNREPORTED, 0, 1), told(S.UNKNOWN, 0, 2), told(S.JUNK, 0, 3)),
        OrderState.REJECTED,
        0,
        FinalReason.REJECTED,
    ),
    Scenario(
        "cancelled by the broker with a part filled",
        UNKNOWN,
        (told(S.REPORTED, 0, 1), fill("a", 300), fill("b", 100), told(S.PART_CANCEL, 400, 3)),
        OrderState.CANCELLED,
        400,
        FinalReason.PARTIAL_CANCEL,
    ),
    Scenario(
        "cancelled by the broker, nothing filled",
        UNKNOWN,
        (
            told(S.UNREPORTED, 0, 1),
            told(S.UNKNOWN, 0, 2),
            told(S.REPORTED, 0, 3),
            told(S.CANCELED, 0, 4),
        ),
        OrderState.CANCELLED,
        0,
        FinalReason.CANCELLED_BY_BROKER,
    ),
    Scenario(
        "expired with a part filled",
        UNKNOWN,
        (
            told(S.REPORTED, 0, 1),
            fill("a", 400),
            told(S.PART_SUCC, 400, 2),
            told_at_close(S.PART_CANCEL, 400, 3),
        ),
        OrderState.CANCELLED,
        400,
        FinalReason.EXPIRED_DAY_END,
    ),
    Scenario(
        "our cancel with a fill in flight",
        CANCELLING,
        (
            told(S.REPORTED_CANCEL, 0, 2),
            told(S.PARTSUCC_CANCEL, 400, 3),
            fill("a", 400),
            told(S.PART_CANCEL, 400, 4),
        ),
        OrderState.CANCELLED,
        400,
        FinalReason.PARTIAL_CANCEL,
    ),
    Scenario(
        "our cancel came too late",
        CANCELLING,
        (
            cancel_reply(CancelOutcome.TOO_LATE),
            fill("a", 400),
            fill("b", 600),
            told(S.SUCCEEDED, 1000, 3),
        ),
        OrderState.FILLED,
        1000,
        FinalReason.FILLED,
    ),
    Scenario(
        "our cancel was refused and a part filled",
        CANCELLING,
        (
            cancel_reply(CancelOutcome.REFUSED),
            told(S.REPORTED, 0, 2),
            fill("a", 400),
            told(S.PART_SUCC, 400, 3),
        ),
        OrderState.PARTIAL_FILLED,
        400,
    ),
    Scenario(
        "our cancel was refused and nothing filled",
        CANCELLING,
        (cancel_reply(CancelOutcome.WINDOW), told(S.REPORTED, 0, 2), told(S.UNKNOWN, 0, 1)),
        OrderState.CANCEL_PENDING,
        0,
    ),
    Scenario(
        "a wish to cancel crosses ack and fills",
        UNKNOWN,
        (wish_cancel, told(S.REPORTED, 0, 1), fill("a", 400), told(S.PART_SUCC, 400, 2)),
        OrderState.CANCEL_PENDING,
        400,
    ),
    Scenario(
        "a wish to cancel crosses the last fill",
        UNKNOWN,
        (wish_cancel, told(S.REPORTED, 0, 1), fill("a", 1000), told(S.SUCCEEDED, 1000, 2)),
        OrderState.FILLED,
        1000,
        FinalReason.FILLED,
    ),
)


def arrivals(messages: tuple[Message, ...]) -> Iterator[tuple[Message, ...]]:
    """Every order of arrival, and each of them with any one message told once more, anywhere."""
    for order in permutations(messages):
        yield order
        for again in messages:
            for place in range(len(order) + 1):
                yield (*order[:place], again, *order[place:])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_order_of_arrival_ends_alike(scenario: Scenario) -> None:
    for sequence in arrivals(scenario.messages):
        book = Book(scenario.start)
        filled = [0]
        for message in sequence:
            book = message(book)
            filled.append(book.order.filled_quantity)

        assert filled == sorted(filled)
        assert (book.order.state, book.order.filled_quantity) == (scenario.state, scenario.filled)
        assert book.order.final_reason is scenario.final_reason
        if book.order.state is OrderState.CANCELLED:
            assert book.order.cancelled_quantity == 1000 - scenario.filled


def test_a_late_reject_ends_dead_whether_or_not_its_ack_was_seen() -> None:
    """The one place where the path depends on what was seen: 已报 then 废单 (rows 4 and 5)."""
    messages = (told(S.WAIT_REPORTING, 0, 1), told(S.REPORTED, 0, 2), told(S.JUNK, 0, 3))
    for sequence in arrivals(messages):
        book = Book(UNKNOWN)
        for message in sequence:
            book = message(book)

        assert (book.order.state, book.order.final_reason) in {
            (OrderState.REJECTED, FinalReason.REJECTED),
            (OrderState.CANCELLED, FinalReason.REJECTED_LATE),
        }
        assert book.order.filled_quantity == 0
