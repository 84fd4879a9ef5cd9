"""Table A8 of never-twice-never-lost.md: its 23 rows in every order of arrival.

Each row is a story of four messages, told in all 64 orders of one, two, three and four of them;
beside it, every sequence of four messages out of all that exist is checked against the rules
that hold whatever comes (I7, I9 to I12).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import pytest

from statemachine.events import ENDED_STATUSES, VenueStatus
from statemachine.order import (
    TERMINAL_STATES,
    CancelOutcome,
    FinalReason,
    Order,
    OrderState,
    SendState,
)
from statemachine.order_machine import MOVES
from statemachine.venue_path import HoldCause
from tests.statemachine.orders import QUANTITY, new_order, order_in
from tests.statemachine.tales import (
    Message,
    Tale,
    bust,
    cancel_reply,
    close_day,
    fill,
    send_cancel,
    told,
    wish_cancel,
)

End = tuple[OrderState, int, FinalReason | None]

S = VenueStatus
SENT = new_order(SendState.UNKNOWN)
ACKED = order_in(OrderState.ACK)
CANCELLING = order_in(OrderState.CANCEL_PENDING)
REFUSED, TOO_LATE = CancelOutcome.REFUSED, CancelOutcome.TOO_LATE
WINDOW, UNKNOWN = CancelOutcome.WINDOW, CancelOutcome.UNKNOWN

FILLED: End = (OrderState.FILLED, QUANTITY, FinalReason.FILLED)
RESTING: End = (OrderState.PARTIAL_FILLED, 400, None)
CANCELLING_400: End = (OrderState.CANCEL_PENDING, 400, None)
PARTLY_CANCELLED: End = (OrderState.CANCELLED, 400, FinalReason.PARTIAL_CANCEL)


@dataclass(frozen=True)
class Story:
    """A row of the table as four messages, and where they must lead.

    More than one end stands only where the row's point is that what came first decides; `holds`
    are the doubts that may be open at the end.
    """

    row: int
    start: Order
    messages: tuple[Message, Message, Message, Message]
    ends: frozenset[End]
    holds: frozenset[HoldCause | None] = frozenset({None})
    apart: frozenset[int] = frozenset({0})


def story(
    row: int,
    start: Order,
    messages: tuple[Message, Message, Message, Message],
    *ends: End,
    holds: tuple[HoldCause | None, ...] = (None,),
    apart: tuple[int, ...] = (0,),
) -> Story:
    return Story(row, start, messages, frozenset(ends), frozenset(holds), frozenset(apart))


def beginnings() -> tuple[Story, ...]:
    """Rows 1 to 6: accepted, acknowledged, refused, filled."""
    unreported, waiting = told(S.UNREPORTED, 0, 1), told(S.WAIT_REPORTING, 0, 2)
    reported, unknown = told(S.REPORTED, 0, 3), told(S.UNKNOWN, 0, 3)
    first, second = fill("a", 400), fill("b", 600)
    done = told(S.SUCCEEDED, 1000, 5)
    return (
        story(1, SENT, (unreported, waiting, waiting, wish_cancel), (OrderState.NEW, 0, None)),
        story(2, SENT, (unreported, waiting, reported, reported), (OrderState.ACK, 0, None)),
        story(3, SENT, (reported, first, second, done), FILLED),
        story(
            4,
            SENT,
            (unreported, waiting, unknown, told(S.JUNK, 0, 4)),
            (OrderState.REJECTED, 0, FinalReason.REJECTED),
        ),
        story(
            5,
            ACKED,
            (waiting, reported, told(S.JUNK, 0, 4), told(S.JUNK, 0, 4)),
            (OrderState.CANCELLED, 0, FinalReason.REJECTED_LATE),
        ),
        story(6, ACKED, (first, told(S.PART_SUCC, 400, 4), second, done), FILLED),
    )


def cancels() -> tuple[Story, ...]:
    """Rows 7 to 14: what crosses a cancel, and every way to be cancelled."""
    reported, cancelling = told(S.REPORTED, 0, 1), told(S.REPORTED_CANCEL, 0, 2)
    first, second = fill("a", 400), fill("b", 600)
    partly, partly_cancelling = told(S.PART_SUCC, 400, 3), told(S.PARTSUCC_CANCEL, 400, 3)
    cancelled, part_cancel = told(S.CANCELED, 0, 4), told(S.PART_CANCEL, 400, 4)
    return (
        story(7, CANCELLING, (cancelling, partly_cancelling, first, reported), CANCELLING_400),
        story(
            8,
            CANCELLING,
            (cancel_reply(TOO_LATE), first, second, told(S.SUCCEEDED, 1000, 4)),
            FILLED,
        ),
        story(
            9,
            CANCELLING,
            (cancel_reply(REFUSED), cancel_reply(WINDOW), reported, told(S.REPORTED, 0, 2)),
            (OrderState.CANCEL_PENDING, 0, None),
        ),
        story(10, CANCELLING, (cancel_reply(REFUSED), reported, first, partly), RESTING),
        story(
            11,
            CANCELLING,
            (reported, cancelling, cancelled, cancelled),
            (OrderState.CANCELLED, 0, FinalReason.CANCELLED_BY_US),
        ),
        story(
            12,
            CANCELLING,
            (partly_cancelling, fill("a", 300), fill("b", 100), part_cancel),
            PARTLY_CANCELLED,
        ),
        story(
            13,
            ACKED,
            (reported, first, partly, told(S.PART_CANCEL, 400, 4, closed=True)),
            (OrderState.CANCELLED, 400, FinalReason.EXPIRED_DAY_END),
        ),
        story(
            14,
            SENT,
            (told(S.UNREPORTED, 0, 1), told(S.WAIT_REPORTING, 0, 2), cancelled, cancelled),
            (OrderState.CANCELLED, 0, FinalReason.CANCELLED_BY_BROKER),
        ),
    )


def doubts() -> tuple[Story, ...]:
    """Rows 15 to 20: what is absent, short, late, reversed, stale or unknown."""
    reported, partly = told(S.REPORTED, 0, 1), told(S.PART_SUCC, 400, 2)
    cancelled, first = told(S.CANCELED, 0, 4), fill("a", 400)
    return (
        story(
            15,
            SENT,
            (close_day, told(S.WAIT_REPORTING, 0, 1), told(S.REPORTED, 0, 2), first),
            (OrderState.REJECTED, 0, FinalReason.NO_RECORD_AT_CLOSE),
            RESTING,
            holds=(None, HoldCause.TERMINAL_CONTRADICTED),
            apart=(0, 1),
        ),
        story(
            16,
            ACKED,
            (reported, partly, first, told(S.SUCCEEDED, 1000, 3)),
            RESTING,
            holds=(HoldCause.FILLS_PENDING,),
        ),
        story(
            17,
            CANCELLING,
            (told(S.REPORTED_CANCEL, 0, 2), cancelled, cancelled, first),
            (OrderState.CANCELLED, 0, FinalReason.CANCELLED_BY_US),
            CANCELLING_400,
            holds=(None, HoldCause.FILLS_PENDING),
            apart=(0, 1),
        ),
        story(
            18,
            ACKED,
            (fill("a", 1000), told(S.SUCCEEDED, 1000, 3), bust("a", 1000), reported),
            FILLED,
            apart=(1,),
        ),
        story(19, ACKED, (reported, partly, partly, first), RESTING),
        story(
            20,
            ACKED,
            (reported, partly, told(S.UNKNOWN, 400, 3), first),
            RESTING,
            holds=(HoldCause.STATUS_UNKNOWN,),
        ),
    )


def crossings() -> tuple[Story, ...]:
    """Rows 21 to 23: junk on a cancel row, an early wish, a cancel of nothing they know."""
    reported, partly = told(S.REPORTED, 0, 1), told(S.PART_SUCC, 400, 2)
    first = fill("a", 400)
    junk_on_the_cancel = cancel_reply(REFUSED, "VENUE_REJECTED")
    no_such_order = cancel_reply(UNKNOWN, "ORDER_NOT_FOUND")
    return (
        story(21, CANCELLING, (junk_on_the_cancel, reported, first, partly), RESTING),
        story(22, SENT, (wish_cancel, reported, first, partly), CANCELLING_400),
        story(
            23,
            CANCELLING,
            (no_such_order, reported, first, partly),
            CANCELLING_400,
            holds=(None, HoldCause.MISSING_AT_BROKER),
        ),
    )


STORIES = (*beginnings(), *cancels(), *doubts(), *crossings())
LEGAL = {(source, target) for _, source, target in MOVES}


def check_step(before: Tale, after: Tale) -> None:
    """What holds for any message in any state."""
    old, new = before.order, after.order
    sources = [step.source for step in after.steps]
    targets = [step.target for step in after.steps]
    assert set(zip(sources, targets, strict=True)) <= LEGAL
    assert [old.state, *targets] == [*sources, new.state]
    assert old.filled_quantity <= new.filled_quantity == after.filled <= QUANTITY
    if old.state in TERMINAL_STATES:
        assert new == old
    elif new.state in TERMINAL_STATES:
        check_end(new)


def check_end(order: Order) -> None:
    """I7, I10 to I12: an end is settled to the share, and says why."""
    assert order.final_reason is not None
    assert (order.state is OrderState.FILLED) == (order.filled_quantity == QUANTITY)
    if order.state is OrderState.REJECTED:
        assert order.filled_quantity == 0
    if order.state is OrderState.CANCELLED:
        assert order.filled_quantity + order.cancelled_quantity == QUANTITY
    if order.venue_status in ENDED_STATUSES:
        assert order.venue_filled_quantity == order.filled_quantity


def end_of(tale: Tale) -> End:
    return tale.order.state, tale.order.filled_quantity, tale.order.final_reason


def tell(start: Order, messages: tuple[Message, ...]) -> Tale:
    tale = Tale(start)
    for message in messages:
        after = message(tale)
        check_step(tale, after)
        tale = after
    return tale


def arrivals(told_of: Story) -> Iterator[tuple[tuple[int, ...], list[Tale]]]:
    """Every choice of one to four of the messages, with the tale of each of its orders."""
    for count in range(1, len(told_of.messages) + 1):
        for chosen in combinations(range(len(told_of.messages)), count):
            yield (
                chosen,
                [
                    tell(told_of.start, tuple(told_of.messages[place] for place in order))
                    for order in permutations(chosen)
                ],
            )


@pytest.mark.parametrize("told_of", STORIES, ids=lambda told_of: f"row_{told_of.row:02d}")
def test_a_row_ends_as_the_table_says_in_all_64_orders_of_arrival(told_of: Story) -> None:
    cases = 0
    for chosen, tales in arrivals(told_of):
        cases += len(tales)
        ends = {end_of(tale) for tale in tales}
        if len(told_of.ends) == 1:
            assert len(ends) == 1, chosen
    whole = tales

    assert cases == 64
    assert {end_of(tale) for tale in whole} == told_of.ends
    assert {tale.hold for tale in whole} == told_of.holds
    assert {len(tale.apart) for tale in whole} == told_of.apart


def test_the_stories_are_the_23_rows() -> None:
    assert [told_of.row for told_of in STORIES] == list(range(1, 24))


def alphabet() -> tuple[Message, ...]:
    """Everything an order of 1,000 shares can be told, each report with a version of its own."""
    amounts = {
        S.PARTSUCC_CANCEL: (400,),
        S.PART_CANCEL: (400, 1000),
        S.PART_SUCC: (400,),
        S.SUCCEEDED: (400, 1000),
        S.UNKNOWN: (0, 400),
    }
    words = [(status, filled) for status in S for filled in amounts.get(status, (0,))]
    reports = [told(status, filled, version) for version, (status, filled) in enumerate(words, 1)]
    replies = [cancel_reply(outcome) for outcome in (REFUSED, TOO_LATE, WINDOW)]
    return (
        *reports,
        told(S.CANCELED, 0, 90, closed=True),
        *replies,
        cancel_reply(UNKNOWN, "ORDER_NOT_FOUND"),
        fill("a", 400),
        fill("b", 600),
        bust("a", 400),
        wish_cancel,
        send_cancel,
        close_day,
    )


@pytest.mark.parametrize(
    "start",
    [
        Tale(SENT),
        Tale(ACKED),
        Tale(order_in(OrderState.PARTIAL_FILLED, 300), frozenset({("z", 300)})),
        Tale(CANCELLING),
    ],
    ids=lambda start: start.order.state,
)
def test_no_four_messages_in_any_order_break_a_rule(start: Tale) -> None:
    messages = alphabet()
    told_so_far = Counter({start: 1})
    for _ in range(4):
        longer = Counter[Tale]()
        for tale, ways in told_so_far.items():
            for message in messages:
                after = message(tale)
                check_step(tale, after)
                longer[after] += ways
        told_so_far = longer

    assert len(messages) == 25
    assert told_so_far.total() == 25**4
