"""What any store promises about the manual list and the choices of a person (issue 5, item 6)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from market.side import Side
from statemachine.breaks import BreakKind
from statemachine.events import VenueStatus
from statemachine.order import FinalReason, OrderState, SendState
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import Break, Conflict, ManualItem, Store
from tests.contract.test_store_doubt import CLOSE, unknown
from tests.support.book import (
    BANK,
    OPEN,
    RUN_ID,
    VANKE,
    accepted,
    approved_run,
    guard,
    make_fill,
    make_order,
    make_plan,
    make_run,
    report,
)

LATER = OPEN + timedelta(minutes=5)
SEEN = ("seen",)
BREAK = Break(None, BreakKind.POSITION, VANKE, "1000", "900", "we own 1000 and it holds 900")
FIRST, SECOND = make_order(quantity=500), make_order(quantity=500, slice_number=2)


def item(reason: Reason = Reason.PAIR_INCOMPLETE, detail: str = "only the CSV") -> ManualItem:
    return ManualItem(0, None, None, None, reason, detail, SEEN, OPEN)


async def only_item(store: Store) -> ManualItem:
    (found,) = await store.manual_items()
    return found


async def choose(
    store: Store, choice: str, now: datetime = LATER, *, reason: str = "looked"
) -> None:
    """Have Wang say one word about the only item."""
    found = await only_item(store)
    await store.resolve_manual(found.item_id, choice, actor="wang", now=now, reason=reason)


async def test_what_another_verb_answered_is_closed_once_and_is_news_when_it_comes_back(
    store: Store,
) -> None:
    await store.add_manual(item(), now=OPEN)
    found = await only_item(store)
    await store.finish_manual(found.item_id, actor="wang", now=LATER)

    with pytest.raises(Conflict, match="done"):
        await store.finish_manual(found.item_id, actor="wang", now=LATER)
    (closed,) = await store.manual_items(open_only=False)
    assert closed.resolution == "done"
    assert await store.alerts() == ()
    assert await store.add_manual(item(), now=LATER, quiet=timedelta(hours=1))


async def in_doubt(store: Store) -> None:
    """An order nobody knows the fate of, given to a person."""
    await approved_run(store)
    await unknown(store, FIRST)
    await store.set_unresolved(FIRST.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)


async def failed(store: Store, state: RunState = RunState.WORKING) -> None:
    """A run one of whose orders could not be sent and was given up."""
    await approved_run(store)
    await store.create_orders([FIRST])
    await store.never_send([FIRST.client_order_id], Reason.SEND_FAILED, now=OPEN, manual=True)
    for step in (RunState.SUBMITTING, RunState.WORKING, RunState.RECONCILING):
        await store.move_run(RUN_ID, step, cause="TEST", actor="test", now=OPEN)
        if step is state:
            return


async def test_a_cause_that_comes_back_is_listed_again(store: Store) -> None:
    assert await store.add_manual(item(), now=OPEN)
    assert not await store.add_manual(item(), now=LATER)
    await choose(store, "seen")

    assert await store.add_manual(item(), now=LATER)
    assert len(await store.manual_items(open_only=False)) == 2


async def test_a_cause_that_only_stands_on_is_left_in_peace_for_a_while(store: Store) -> None:
    quiet = timedelta(minutes=30)
    await store.add_manual(item(), now=OPEN, quiet=quiet)
    await choose(store, "seen")

    assert not await store.add_manual(item(), now=LATER + timedelta(minutes=29), quiet=quiet)
    assert await store.add_manual(item(Reason.BATCH_FAILED), now=LATER, quiet=quiet)
    assert await store.add_manual(item(), now=LATER + quiet, quiet=quiet)


async def test_each_violation_is_listed_by_what_it_says(store: Store) -> None:
    said = [item(Reason.INVARIANT_VIOLATED, text) for text in ("I14: event 7", "I14: event 9")]

    assert [await store.add_manual(each, now=OPEN) for each in (*said, said[0])] == [
        True,
        True,
        False,
    ]


async def test_a_break_is_listed_with_both_figures_and_leaves_when_it_is_gone(store: Store) -> None:
    await store.set_breaks([BREAK], now=OPEN)
    listed = await only_item(store)
    assert (listed.reason, listed.symbol) == (Reason.BROKER_BREAK, VANKE)
    assert (listed.ours, listed.theirs) == ("1000", "900")

    await store.set_breaks([], now=LATER)

    assert await store.manual_items() == ()
    (ended,) = await store.manual_items(open_only=False)
    assert ended.resolution == "clean"


async def test_a_break_that_is_gone_takes_no_other_of_its_name_along(store: Store) -> None:
    other = replace(BREAK, detail="300 of it are frozen")
    await store.set_breaks([BREAK, other], now=OPEN)

    await store.set_breaks([other], now=LATER)

    assert (await only_item(store)).detail == "POSITION: 300 of it are frozen"


async def test_a_break_that_was_seen_is_not_listed_again_while_it_stands(store: Store) -> None:
    await store.set_breaks([BREAK], now=OPEN)
    await choose(store, "seen")

    await store.set_breaks([BREAK], now=LATER)
    assert await store.manual_items() == ()

    await store.set_breaks([], now=LATER)
    await store.set_breaks([BREAK], now=LATER)
    assert len(await store.manual_items()) == 1


async def test_a_break_locks_its_name_only_and_opens_it_by_itself(store: Store) -> None:
    await approved_run(store)
    bank, vanke = make_order(), make_order(VANKE, Side.SELL, 500, "9.90")
    await store.create_orders([bank, vanke])
    await store.set_breaks([BREAK], now=OPEN)

    with pytest.raises(Conflict, match=r"a break locks 000002\.SZ"):
        await store.open_submit([vanke.client_order_id], b"vanke", guard())
    await store.open_submit([bank.client_order_id], b"bank", guard())
    await store.set_breaks([], now=OPEN)

    await store.open_submit([vanke.client_order_id], b"vanke", guard())


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (BreakKind.ORDER_MISSING, Reason.MISSING_AT_BROKER),
        (BreakKind.DUPLICATE_AT_BROKER, Reason.DUPLICATE_AT_BROKER),
    ],
)
async def test_what_nothing_explains_is_listed_by_its_own_name_and_halts_at_once(
    store: Store, kind: BreakKind, reason: Reason
) -> None:
    await store.set_breaks([replace(BREAK, kind=kind)], now=OPEN)

    assert (await only_item(store)).reason is reason
    assert [(halt.kind, halt.cause) for halt in await store.halts()] == [("HALT", reason)]


async def test_a_duplicate_stays_listed_until_a_reconcile_sees_it_gone(store: Store) -> None:
    await store.set_breaks([replace(BREAK, kind=BreakKind.DUPLICATE_AT_BROKER)], now=OPEN)

    await choose(store, "cancel-duplicate")
    assert (await only_item(store)).resolution is None
    await store.set_breaks([], now=LATER)

    assert await store.manual_items() == ()


async def test_an_end_that_is_not_confirmed_is_listed_with_its_order_only(store: Store) -> None:
    await store.set_breaks([replace(BREAK, kind=BreakKind.EXPIRY_UNCONFIRMED)], now=OPEN)

    assert await store.manual_items() == ()


async def test_what_a_person_leaves_stays_on_the_list(store: Store) -> None:
    await in_doubt(store)

    await choose(store, "leave")

    assert (await only_item(store)).resolution is None


async def test_an_order_in_doubt_is_written_off_only_after_its_session(store: Store) -> None:
    await in_doubt(store)
    with pytest.raises(Conflict, match="may still trade"):
        await choose(store, "write-off")
    with pytest.raises(Conflict, match="needs a reason"):
        await choose(store, "write-off", CLOSE, reason="")
    assert (await only_item(store)).resolution is None

    await choose(store, "write-off", CLOSE)

    order = await store.order(FIRST.client_order_id)
    assert order is not None
    assert (order.state, order.final_reason) == (OrderState.REJECTED, FinalReason.WRITTEN_OFF)
    assert await store.manual_items() == ()
    assert await store.verify() == ()


async def test_a_part_filled_order_is_written_off_with_what_is_filled(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, FIRST)
    fills = [make_fill(order, 200)]
    shown = report(order, VenueStatus.PART_SUCC, 2, filled=200)
    await store.apply_news([shown], fills, [], {}, now=OPEN)
    asked = replace(
        item(Reason.EXPIRY_UNCONFIRMED), client_order_id=FIRST.client_order_id, run_id=RUN_ID
    )
    await store.add_manual(replace(asked, choices=("leave", "write-off")), now=CLOSE)

    await choose(store, "write-off", CLOSE)

    ended = await store.order(FIRST.client_order_id)
    assert ended is not None
    assert (ended.state, ended.filled_quantity) == (OrderState.CANCELLED, 200)
    assert (ended.cancelled_quantity, ended.final_reason) == (300, FinalReason.WRITTEN_OFF)
    assert await store.verify() == ()


async def test_an_end_the_venue_confirms_after_all_leaves_the_list(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, FIRST)
    asked = replace(item(Reason.EXPIRY_UNCONFIRMED), client_order_id=order.client_order_id)
    await store.add_manual(asked, now=CLOSE)

    await store.apply_news([report(order, VenueStatus.CANCELED, 2)], [], [], {}, now=CLOSE)

    assert await store.manual_items() == ()


async def test_what_failed_is_carried_once_a_person_says_so(store: Store) -> None:
    await failed(store)

    await choose(store, "retry")

    (ended,) = await store.manual_items(open_only=False)
    assert (ended.resolution, ended.run_id, ended.symbol) == ("retry", RUN_ID, BANK)


async def test_what_never_left_is_written_off_without_a_move(store: Store) -> None:
    await failed(store)

    await choose(store, "write-off")

    order = await store.order(FIRST.client_order_id)
    assert order is not None
    assert (order.state, order.send_state) == (OrderState.NEW, SendState.NEVER_SENT)


async def test_nothing_is_retried_after_the_residual_plan_was_made(store: Store) -> None:
    await failed(store, RunState.RECONCILING)
    child = replace(make_run(RUN_ID + "-R"), parent_run_id=RUN_ID)
    await store.save_residual(
        child, replace(make_plan(RUN_ID + "-R"), parent_run_id=RUN_ID), now=CLOSE
    )

    with pytest.raises(Conflict, match="is made already"):
        await choose(store, "retry")


async def test_nothing_is_retried_of_a_run_that_ended(store: Store) -> None:
    await failed(store, RunState.RECONCILING)
    ended = RunState.COMPLETED_WITH_EXCEPTIONS
    await store.move_run(RUN_ID, ended, cause="TEST", actor="test", now=CLOSE)

    with pytest.raises(Conflict, match="the next portfolio decides"):
        await choose(store, "retry")


async def test_what_belongs_to_no_run_has_no_plan_to_be_retried_in(store: Store) -> None:
    await store.add_manual(replace(item(), choices=("retry", "write-off")), now=OPEN)

    with pytest.raises(Conflict, match="the next portfolio decides"):
        await choose(store, "retry")
    await choose(store, "write-off")
    assert await store.manual_items() == ()


async def test_an_order_in_doubt_is_listed_with_both_sides(store: Store) -> None:
    await approved_run(store)
    await unknown(store, SECOND)
    await store.set_unresolved(SECOND.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)
    await choose(store, "leave")

    assert await store.verify() == ()
    listed = await only_item(store)
    assert (listed.ours, listed.theirs) == ("BUY 500 600000.SH at 10.05", "not shown")


async def test_an_item_nobody_listed_cannot_be_decided(store: Store) -> None:
    with pytest.raises(Conflict, match="there is no item 7"):
        await store.resolve_manual(7, "seen", actor="wang", now=OPEN)


async def test_a_halt_for_what_is_listed_already_is_told_with_that_item(store: Store) -> None:
    assert await store.add_manual(item(), now=OPEN)
    found = await only_item(store)

    assert not await store.stop("HALT", item(), actor="daemon", now=LATER)

    (halt,) = await store.halts()
    assert (halt.kind, halt.cause) == ("HALT", Reason.PAIR_INCOMPLETE)
    assert await only_item(store) == found
    assert {alert.item_id for alert in await store.alerts()} == {found.item_id}
