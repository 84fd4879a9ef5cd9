from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from daemon.reconciliation.books import OurBook
from daemon.reconciliation.order_breaks import STATES_OF, is_state_explained, order_breaks
from statemachine.breaks import Break, BreakKind
from statemachine.events import OrderReport, VenueStatus
from statemachine.order import Order, OrderState, SendState
from tests.daemon.reconciliation.books import FILLED, STANDS, Stand, shown, standing
from tests.support.book import RUN_ID, SESSION, make_fill, make_order

ORDER = standing(make_order(), FILLED, [make_fill(make_order(), 1000)])
LIVE = standing(make_order(), STANDS[1], [])


def found(
    order: Order, reports: Sequence[OrderReport], session_date: date | None = SESSION
) -> list[Break]:
    book = OurBook((order,), (), {}, {}, None, None, ())
    return list(order_breaks(book, reports, session_date=session_date, run_id=None))


def kinds(
    order: Order, reports: Sequence[OrderReport], session_date: date | None = SESSION
) -> list[str]:
    return [each.kind for each in found(order, reports, session_date)]


def test_every_word_of_the_venue_has_its_states() -> None:
    assert set(STATES_OF) == set(VenueStatus)


@pytest.mark.parametrize("stand", STANDS, ids=lambda stand: f"{stand.state}-{stand.status}")
def test_a_state_that_goes_with_the_venues_word_is_no_break(stand: Stand) -> None:
    quantity = 1000 if stand.is_whole else 300
    fills = [make_fill(make_order(), quantity)] if stand.has_fills else []
    order = standing(make_order(), stand, fills)

    assert found(order, [shown(order, stand.status)]) == []


def test_a_break_names_the_order_its_run_and_both_words() -> None:
    lost = replace(ORDER, state=OrderState.CANCELLED)

    (each,) = found(lost, [shown(ORDER, VenueStatus.SUCCEEDED)])

    assert each.kind == BreakKind.ORDER_STATE
    assert each.run_id == RUN_ID
    assert each.symbol == ORDER.symbol
    assert each.ours == "CANCELLED"
    assert each.theirs == "SUCCEEDED(56) SUCCEEDED"
    assert ORDER.client_order_id in each.detail


def test_fills_of_the_whole_quantity_prove_the_end_before_the_venue_says_so() -> None:
    assert is_state_explained(ORDER, shown(ORDER, VenueStatus.PART_SUCC))
    assert not is_state_explained(
        ORDER, replace(shown(ORDER, VenueStatus.PART_SUCC), filled_quantity=900)
    )


def test_a_code_that_says_nothing_is_no_break() -> None:
    silent = replace(shown(LIVE, VenueStatus.REPORTED), status=VenueStatus.UNKNOWN)

    assert found(LIVE, [silent]) == []


def test_a_late_fill_of_an_ended_order_is_a_break_of_what_is_filled() -> None:
    ended = standing(make_order(), STANDS[6], [])
    more = replace(shown(ended, VenueStatus.CANCELED), filled_quantity=100)

    assert kinds(ended, [more]) == [BreakKind.ORDER_FILLED]


def test_an_order_of_the_session_must_be_listed_even_when_it_ended() -> None:
    assert kinds(ORDER, []) == [BreakKind.ORDER_MISSING]


def test_where_lists_may_be_of_any_day_only_what_has_not_ended_must_be_listed() -> None:
    assert kinds(ORDER, [], None) == []
    assert kinds(LIVE, [], None) == [BreakKind.ORDER_MISSING]


def test_yesterdays_order_that_never_ended_is_unconfirmed_and_not_missing() -> None:
    assert kinds(LIVE, [], SESSION + timedelta(days=1)) == [BreakKind.EXPIRY_UNCONFIRMED]
    assert kinds(ORDER, [], SESSION + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "send_state", [SendState.PLANNED, SendState.UNKNOWN, SendState.MANUAL, SendState.NEVER_SENT]
)
def test_an_order_the_venue_never_showed_need_not_be_there(send_state: SendState) -> None:
    assert found(replace(make_order(), send_state=send_state), []) == []


def test_an_order_that_was_never_sent_and_is_there_all_the_same_is_a_break() -> None:
    never = replace(make_order(), send_state=SendState.NEVER_SENT)

    assert kinds(never, [shown(never, VenueStatus.REPORTED)]) == [BreakKind.ORDER_STATE]


def test_orders_of_other_people_are_no_breaks() -> None:
    person = replace(shown(ORDER, VenueStatus.REPORTED), client_order_id=None, venue_order_id="P1")
    program = replace(person, client_order_id="other-program-1", venue_order_id="P2")

    assert found(ORDER, [shown(ORDER, VenueStatus.SUCCEEDED), person, program]) == []


def test_an_older_view_of_the_same_venue_order_is_not_a_second_order() -> None:
    newest = replace(shown(ORDER, VenueStatus.SUCCEEDED), version=2)
    older = shown(LIVE, VenueStatus.REPORTED)

    assert found(ORDER, [older, newest]) == []
    assert found(ORDER, [newest, older]) == []


def test_a_duplicate_is_a_break_until_it_came_to_nothing() -> None:
    ours = shown(LIVE, VenueStatus.REPORTED)
    twice = replace(ours, venue_order_id="V-twice")

    (each,) = found(LIVE, [twice, ours])
    assert (each.kind, each.theirs) == (BreakKind.DUPLICATE_AT_BROKER, "V-twice")
    assert found(LIVE, [replace(twice, status=VenueStatus.CANCELED), ours]) == []


def test_a_duplicate_with_a_fill_stays_a_break_whatever_it_ended_as() -> None:
    ours = shown(LIVE, VenueStatus.REPORTED)
    partly = replace(
        ours, venue_order_id="V-twice", status=VenueStatus.PART_CANCEL, filled_quantity=100
    )

    assert kinds(LIVE, [ours, partly]) == [BreakKind.DUPLICATE_AT_BROKER]
