"""What any store promises about the holds that doubt stands, and about sending once more."""

from datetime import timedelta

import pytest

from statemachine.events import VenueStatus
from statemachine.order import OrderState, SendState
from storage.store import Conflict, SendOutcome, Store
from tests.contract.test_store_doubt import (
    RIGHT,
    absent,
    causes,
    confirm_absent,
    unknown,
)
from tests.support.book import (
    OPEN,
    approved_run,
    closed,
    guard,
    make_order,
    report,
    submitted,
)

FIRST, SECOND = make_order(quantity=500), make_order(quantity=500, slice_number=2)
HOLD, HALT = "AUTO_HOLD SEND_UNKNOWN", "HALT UNKNOWN_TWICE"


async def test_one_post_of_unknown_outcome_holds_until_the_venue_shows_its_orders(
    store: Store,
) -> None:
    await approved_run(store)
    await store.create_orders([FIRST, SECOND])
    names = [FIRST.client_order_id, SECOND.client_order_id]
    opened = await store.open_submit(names, b"body", guard())
    both = [closed(opened, index, SendOutcome.UNKNOWN) for index in range(2)]
    await store.close_submit(both, b"", now=OPEN)
    assert await causes(store) == [HOLD]

    await store.apply_news([report(FIRST, VenueStatus.REPORTED, 1)], [], [], {}, now=OPEN)
    assert await causes(store) == [HOLD]
    await store.apply_news([report(SECOND, VenueStatus.REPORTED, 1)], [], [], {}, now=OPEN)
    assert await causes(store) == []


@pytest.mark.parametrize(
    ("later", "standing"),
    [(timedelta(minutes=9, seconds=59), [HOLD, HALT]), (timedelta(minutes=10), [HOLD])],
)
async def test_a_second_unknown_within_ten_minutes_halts(
    store: Store, later: timedelta, standing: list[str]
) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await store.apply_news([report(FIRST, VenueStatus.REPORTED, 1)], [], [], {}, now=OPEN)

    await unknown(store, SECOND, OPEN + later, b"other")

    assert await causes(store) == standing


async def test_sends_a_dead_process_left_open_hold_but_never_halt(store: Store) -> None:
    """A daemon killed twice in one session goes on by itself once the venue was asked."""
    await approved_run(store)
    await store.create_orders([FIRST, SECOND])
    for order in (FIRST, SECOND):
        await store.open_submit([order.client_order_id], order.client_order_id.encode(), guard())
        await store.recover_open_wires(now=OPEN)
        assert await causes(store) == [HOLD]
        shown = report(order, VenueStatus.REPORTED, 1)
        await store.apply_news([shown], [], [], {}, now=OPEN)
        assert await causes(store) == []


async def test_a_halt_for_two_unknowns_outlives_their_resolution(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await store.resume("AUTO_HOLD", actor="wang", reason="seen", now=OPEN)
    await unknown(store, SECOND, body=b"other")

    shown = [report(order, VenueStatus.REPORTED, 1) for order in (FIRST, SECOND)]
    await store.apply_news(shown, [], [], {}, now=OPEN)

    assert await causes(store) == [HALT]


async def test_a_crash_in_a_send_holds_like_an_unknown_answer(store: Store) -> None:
    await approved_run(store)
    await submitted(store, FIRST)

    await store.recover_open_wires(now=OPEN)

    assert await causes(store) == [HOLD]


async def test_an_order_given_to_a_person_lets_the_others_go_on(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    for state in ("ABSENT_WAIT", "MANUAL"):
        assert await causes(store) == [HOLD]
        await store.set_unresolved(FIRST.client_order_id, state, cause="ABSENT", now=OPEN)

    assert await causes(store) == []


async def test_a_question_the_venue_answers_leaves_the_manual_list(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await store.set_unresolved(FIRST.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)

    await store.apply_news([report(FIRST, VenueStatus.REPORTED, 1)], [], [], {}, now=OPEN)

    assert await store.manual_items() == ()
    (item,) = await store.manual_items(open_only=False)
    assert item.resolution == "found"


async def test_that_an_order_is_not_there_takes_two_persons_a_reason_and_evidence(
    store: Store,
) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await store.set_unresolved(FIRST.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)
    (item,) = await store.manual_items()
    with pytest.raises(Conflict, match="reason and evidence"):
        await store.resolve_manual(item.item_id, "confirm-absent", actor="wang", now=OPEN)

    assert (await confirm_absent(store, item.item_id, "wang")).resolution is None
    with pytest.raises(Conflict, match="two persons"):
        await confirm_absent(store, item.item_id, "wang")

    assert (await confirm_absent(store, item.item_id, "li")).resolution == "confirm-absent"


async def test_a_question_that_a_person_leaves_open_still_locks_its_name(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await store.set_unresolved(FIRST.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)
    (item,) = await store.manual_items()
    await store.resolve_manual(item.item_id, "leave", actor="wang", now=OPEN)
    await store.create_orders([SECOND])

    with pytest.raises(Conflict, match="manual list locks"):
        await store.open_submit([SECOND.client_order_id], b"body", guard())


async def test_the_same_bytes_leave_once_more_and_the_right_is_written_down(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await absent(store, FIRST)

    opened = await store.open_submit([FIRST.client_order_id], b"body", RIGHT)
    shown = report(FIRST, VenueStatus.REPORTED, 1)
    (after,) = await store.close_submit(
        [closed(opened, 0, SendOutcome.ACCEPTED, shown)], b"", now=OPEN
    )

    assert (after.state, after.send_state) == (OrderState.ACK, SendState.ACCEPTED)
    assert await causes(store) == []
    assert [found for found in await store.verify() if found.invariant in ("I5", "I6", "I18")] == []


@pytest.mark.parametrize(
    ("outcome", "left_as", "standing"),
    [
        (SendOutcome.UNKNOWN, SendState.RESENT_ONCE, [HOLD, HALT]),
        (SendOutcome.REFUSED, SendState.RESENT_ONCE, [HOLD]),
        (SendOutcome.NOT_SENT, SendState.ABSENT_WAIT, [HOLD]),
    ],
)
async def test_no_answer_to_a_resend_but_an_acceptance_ends_the_doubt(
    store: Store, outcome: SendOutcome, left_as: SendState, standing: list[str]
) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await absent(store, FIRST)
    opened = await store.open_submit([FIRST.client_order_id], b"body", RIGHT)

    (after,) = await store.close_submit([closed(opened, 0, outcome)], b"", now=OPEN)

    assert (after.state, after.send_state) == (OrderState.NEW, left_as)
    assert await causes(store) == standing


async def test_a_resend_cut_off_by_a_crash_is_never_repeated(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await absent(store, FIRST)
    await store.open_submit([FIRST.client_order_id], b"body", RIGHT)
    await store.recover_open_wires(now=OPEN)
    (order,) = await store.open_orders()
    assert order.send_state is SendState.RESENT_ONCE

    with pytest.raises(Conflict, match="not sent once"):
        await store.open_submit([FIRST.client_order_id], b"body", RIGHT)
    with pytest.raises(Conflict, match="goes not from RESENT_ONCE"):
        await absent(store, FIRST)


@pytest.mark.parametrize("body", [b"other body", b""])
async def test_other_bytes_are_no_resend(store: Store, body: bytes) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await absent(store, FIRST)

    with pytest.raises(Conflict, match="as these bytes"):
        await store.open_submit([FIRST.client_order_id], body, RIGHT)


async def test_an_order_is_sent_again_only_while_it_is_absent(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)

    with pytest.raises(Conflict, match="is not absent"):
        await store.open_submit([FIRST.client_order_id], b"body", RIGHT)


async def test_a_halt_forbids_a_resend_too(store: Store) -> None:
    await approved_run(store)
    await unknown(store, FIRST)
    await absent(store, FIRST)
    await store.halt("HALT", "looks wrong", actor="wang", now=OPEN)

    with pytest.raises(Conflict, match="looks wrong"):
        await store.open_submit([FIRST.client_order_id], b"body", RIGHT)
    assert HOLD in await causes(store)


async def test_the_longest_submit_of_the_day_is_remembered(store: Store) -> None:
    await approved_run(store)
    opened = await submitted(store, FIRST)
    answered_at = OPEN + timedelta(seconds=25)
    await store.close_submit([closed(opened, 0, SendOutcome.UNKNOWN)], b"", now=answered_at)

    assert await store.latency_max(FIRST.session_date) == timedelta(seconds=25)
    (sent,) = await store.sent_on(FIRST.session_date)
    assert (sent.client_order_id, sent.times) == (FIRST.client_order_id, 1)
    batch = await store.last_submit(FIRST.client_order_id)
    assert batch is not None
    assert (batch.body, batch.opened_at, batch.times) == (b"body", OPEN, 1)


async def test_the_approved_plans_of_a_session_are_read_back(store: Store) -> None:
    plan = await approved_run(store)

    assert await store.approved_plans(plan.session_date) == (plan,)
    assert await store.approved_plans(plan.signal_date) == ()


async def test_an_order_that_never_left_has_no_submit(store: Store) -> None:
    await approved_run(store)
    await store.create_orders([FIRST])

    assert await store.last_submit(FIRST.client_order_id) is None
