"""What any store promises where a person takes an order of the broker's for one of ours (A4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from market.side import Side
from statemachine.events import OrderReport, VenueStatus
from statemachine.fill import Fill
from statemachine.order import Order, OrderState, SendState
from storage.store import Conflict, Store
from tests.contract.test_store_doubt import unknown
from tests.support.book import (
    BANK,
    OPEN,
    VANKE,
    approved_run,
    make_fill,
    make_order,
    report,
)

OURS = make_order(quantity=500)
NUMBER = "V77"
LATER = OPEN + timedelta(minutes=5)


def nameless(status: VenueStatus, version: int, filled: int = 0) -> OrderReport:
    shown = report(OURS, status, version, filled=filled)
    return replace(shown, client_order_id=None, venue_order_id=NUMBER)


def nameless_fill(quantity: int, fill_id: str = "1") -> Fill:
    fill = make_fill(OURS, quantity, fill_id)
    return replace(fill, client_order_id=None, venue_order_id=NUMBER)


async def told(store: Store, *reports: OrderReport, fills: tuple[Fill, ...] = ()) -> None:
    await store.apply_news(reports, fills, (), {}, now=OPEN)


async def left_to_a_person(store: Store) -> None:
    await approved_run(store)
    await unknown(store, OURS)
    await store.set_unresolved(OURS.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)


async def adopt(store: Store, number: str = NUMBER) -> Order:
    (item,) = await store.manual_items()
    await store.resolve_manual(
        item.item_id, "adopt-order", actor="wang", now=LATER, evidence=number
    )
    return await ours(store)


async def ours(store: Store) -> Order:
    found = await store.order(OURS.client_order_id)
    assert found is not None
    return found


async def test_an_adopted_order_takes_the_number_and_the_fills_that_came_before(
    store: Store,
) -> None:
    await left_to_a_person(store)
    await told(store, nameless(VenueStatus.PART_SUCC, 1, 200), fills=(nameless_fill(200),))
    assert await store.owned() == {}

    adopted = await adopt(store)

    assert (adopted.state, adopted.send_state) == (OrderState.PARTIAL_FILLED, SendState.ACCEPTED)
    assert (adopted.venue_order_id, adopted.filled_quantity) == (NUMBER, 200)
    assert await store.owned() == {BANK: 200}
    assert [fill.client_order_id for fill in await store.fills_of(OURS.run_id)] == [
        OURS.client_order_id
    ]
    assert (await store.manual_items(), await store.halts()) == ((), ())
    assert await store.verify() == ()


async def test_the_fills_of_an_adopted_order_are_no_trades_of_others_any_more(
    store: Store,
) -> None:
    await store.decide_ownership(BANK, "ours", 100, actor="wang", now=OPEN, held=100)
    await left_to_a_person(store)
    await told(store, nameless(VenueStatus.PART_SUCC, 1, 200), fills=(nameless_fill(200),))
    assert await store.other_shares() == {BANK: 200}

    await adopt(store)

    assert await store.owned() == {BANK: 300}
    assert await store.other_shares() == {}
    assert await store.foreign_fills_from(OURS.session_date) == ()


async def test_what_comes_later_without_an_id_is_its_news(store: Store) -> None:
    await left_to_a_person(store)
    await told(store, nameless(VenueStatus.REPORTED, 1))
    assert (await adopt(store)).state is OrderState.ACK

    await told(
        store,
        nameless(VenueStatus.SUCCEEDED, 2, 500),
        fills=(nameless_fill(300), nameless_fill(200, "2")),
    )
    await told(store, fills=(nameless_fill(300),))

    assert (await ours(store)).state is OrderState.FILLED
    assert await store.owned() == {BANK: 500}
    assert await store.halts() == ()
    assert await store.verify() == ()


async def test_fills_that_lag_behind_are_waited_for(store: Store) -> None:
    await left_to_a_person(store)
    await told(store, nameless(VenueStatus.SUCCEEDED, 1, 500))

    assert (await adopt(store)).is_live
    await told(store, fills=(nameless_fill(500),))

    assert (await ours(store)).state is OrderState.FILLED


async def test_a_better_price_is_the_order_s_own_from_then_on(store: Store) -> None:
    await left_to_a_person(store)
    better = replace(nameless(VenueStatus.REPORTED, 1), limit_price=OURS.limit_price - 1)
    await told(store, better)

    assert (await adopt(store)).limit_price == OURS.limit_price - 1
    await told(store, replace(better, version=2, status=VenueStatus.CANCELED))

    assert (await ours(store)).state is OrderState.CANCELLED
    assert await store.verify() == ()


Change = Callable[[OrderReport], OrderReport]
OTHERS: dict[str, Change] = {
    "another name": lambda shown: replace(shown, symbol=VANKE),
    "another side": lambda shown: replace(shown, side=Side.SELL),
    "another quantity": lambda shown: replace(shown, quantity=400),
    "a worse price": lambda shown: replace(shown, limit_price=OURS.limit_price + 9),
    "another day": lambda shown: replace(shown, updated_at=OPEN - timedelta(days=1)),
    "somebody's id": lambda shown: replace(shown, client_order_id="theirs-0001"),
    "another number": lambda shown: replace(shown, venue_order_id="V78"),
}


@pytest.mark.parametrize("what", OTHERS)
async def test_anything_else_is_refused_and_changes_nothing(store: Store, what: str) -> None:
    await left_to_a_person(store)
    await told(store, OTHERS[what](nameless(VenueStatus.REPORTED, 1)))
    before = await ours(store)

    with pytest.raises(Conflict):
        await adopt(store)

    assert await ours(store) == before
    (item,) = await store.manual_items()
    assert item.resolution is None


async def test_the_refusal_names_both_sides_figures(store: Store) -> None:
    await left_to_a_person(store)
    await told(store, replace(nameless(VenueStatus.REPORTED, 1), quantity=400))

    with pytest.raises(Conflict, match=r"ours is BUY 500 .* V77 is BUY 400"):
        await adopt(store)


async def test_no_number_is_no_adoption(store: Store) -> None:
    await left_to_a_person(store)

    with pytest.raises(Conflict, match="needs the broker's number"):
        await adopt(store, "")


async def test_a_number_is_adopted_once(store: Store) -> None:
    await left_to_a_person(store)
    second = make_order(quantity=500, slice_number=2)
    await told(store, nameless(VenueStatus.REPORTED, 1))
    await adopt(store)
    await unknown(store, second, body=b"second")
    await store.set_unresolved(second.client_order_id, "MANUAL", cause="ABSENT", now=OPEN)

    with pytest.raises(Conflict, match=f"V77 is {OURS.client_order_id} already"):
        await adopt(store)


async def test_no_cancel_by_id_is_asked_for_what_carries_none(store: Store) -> None:
    await left_to_a_person(store)
    await told(store, nameless(VenueStatus.REPORTED, 1))
    await adopt(store)

    with pytest.raises(Conflict, match="cancel V77 at the terminal"):
        await store.want_cancel(OURS.client_order_id, "STALE", now=LATER)
    assert (await ours(store)).state is OrderState.ACK


async def test_a_wish_from_before_the_adoption_is_not_sent_either(store: Store) -> None:
    await left_to_a_person(store)
    await store.want_cancel(OURS.client_order_id, "HALT", now=OPEN)
    await told(store, nameless(VenueStatus.REPORTED, 1))

    assert (await adopt(store)).state is OrderState.CANCEL_PENDING
    with pytest.raises(Conflict, match="cancel V77 at the terminal"):
        await store.open_cancel(OURS.client_order_id, now=LATER)


async def test_what_the_venue_showed_under_our_id_is_not_adopted_as_well(store: Store) -> None:
    await left_to_a_person(store)
    (item,) = await store.manual_items()
    await told(store, report(OURS, VenueStatus.REPORTED, 1), nameless(VenueStatus.REPORTED, 1))

    with pytest.raises(Conflict, match="was resolved as found"):
        await store.resolve_manual(
            item.item_id, "adopt-order", actor="wang", now=LATER, evidence=NUMBER
        )


async def test_a_duplicate_that_came_to_nothing_halts_once(store: Store) -> None:
    await approved_run(store)
    await unknown(store, OURS)
    await told(store, report(OURS, VenueStatus.REPORTED, 1))
    twice = replace(report(OURS, VenueStatus.REPORTED, 1), venue_order_id="V9")
    await told(store, twice)
    (halt,) = await store.halts()
    assert halt.cause == f"DUPLICATE_AT_BROKER {OURS.client_order_id}"
    await store.resume("HALT", actor="wang", reason="cancelled it", now=LATER)

    await told(store, replace(twice, status=VenueStatus.CANCELED, version=2))
    assert await store.halts() == ()

    await told(store, replace(twice, version=3))
    assert await store.halts() != ()


async def test_a_duplicate_that_ended_before_anybody_knew_of_it_halts(store: Store) -> None:
    await approved_run(store)
    await unknown(store, OURS)
    await told(store, report(OURS, VenueStatus.REPORTED, 1))

    await told(store, replace(report(OURS, VenueStatus.JUNK, 1), venue_order_id="V9"))

    assert await store.halts() != ()


async def test_an_order_that_the_venue_showed_meanwhile_needs_no_adoption(store: Store) -> None:
    await left_to_a_person(store)
    (item,) = await store.manual_items()
    await told(store, nameless(VenueStatus.REPORTED, 1), report(OURS, VenueStatus.REPORTED, 1))

    with pytest.raises(Conflict):
        await store.resolve_manual(
            item.item_id, "adopt-order", actor="wang", now=LATER, evidence=NUMBER
        )
    assert (await ours(store)).venue_order_id != NUMBER
