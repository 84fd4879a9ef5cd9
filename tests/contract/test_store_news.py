"""What any store promises about broker news and what it makes ours."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import FillKind
from statemachine.order import OrderState
from statemachine.position import AccountSnapshot, Funds, Movement, Position
from storage.store import (
    Conflict,
    Store,
)
from tests.support.book import (
    BANK,
    OPEN,
    RUN_ID,
    SESSION,
    STAR,
    VANKE,
    accepted,
    approved_run,
    at,
    make_fill,
    make_order,
    report,
)

CLOSE = at("15:20")


FUNDS = Funds(
    available=Decimal("90000.12"),
    frozen=Decimal(0),
    market_value=Decimal(10000),
    total_asset=Decimal("100000.12"),
    withdrawable=Decimal(0),
    as_of=OPEN,
)
SNAPSHOT = AccountSnapshot(
    snapshot_id="s1",
    positions=(Position(BANK, 1000, 1000, 0, 0, Decimal("9.87654"), Decimal(10000)),),
    funds=FUNDS,
    as_of=OPEN,
)


async def test_E53_fills_told_again_are_summed_once_and_own_their_shares(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    first, second = make_fill(order, 300, "1"), make_fill(order, 700, "2")

    change = await store.apply_news([], [first, first], [], {"fills": "1"}, now=OPEN)
    assert change.new_fills == (first,)
    again = await store.apply_news([], [first, second], [], {"fills": "2"}, now=OPEN)

    (after,) = again.orders
    assert again.new_fills == (second,)
    assert (after.state, after.filled_quantity) == (OrderState.FILLED, 1000)
    assert after.filled_amount == Decimal("10050.00")
    assert await store.fills_of(RUN_ID) == (first, second)
    assert await store.owned() == {BANK: 1000}
    assert await store.cursor("fills") == "2"


async def test_a_sale_takes_off_what_is_owned(store: Store) -> None:
    await approved_run(store)
    await store.decide_ownership(VANKE, "ours", 800, actor="wang", now=OPEN)
    order = await accepted(store, make_order(VANKE, Side.SELL, 500, "9.90"))

    await store.apply_news([], [make_fill(order, 500)], [], {}, now=OPEN)

    assert await store.owned() == {VANKE: 300}


async def test_an_order_ends_only_with_its_fills(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    ended = report(order, VenueStatus.PART_CANCEL, 2, filled=300)

    change = await store.apply_news([ended], [], [], {}, now=OPEN)
    assert change.holds == ("FILLS_PENDING",)
    assert not change.orders[0].is_terminal

    change = await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)
    (after,) = change.orders
    assert (after.state, after.cancelled_quantity) == (OrderState.CANCELLED, 700)
    assert change.holds == ()


async def test_known_news_changes_nothing(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    shown = report(order, VenueStatus.PART_SUCC, 2, filled=300)
    fill = make_fill(order, 300)
    movement = Movement("m1", "DEPOSIT", None, 0, Decimal(5), SESSION, "")
    await store.apply_news([shown], [fill], [movement], {"orders": "1"}, now=OPEN)

    change = await store.apply_news([shown], [fill], [movement], {"orders": "1"}, now=CLOSE)

    assert (change.orders, change.new_fills, change.holds) == ((), (), ())


async def test_an_order_of_ours_without_a_row_halts(store: Store) -> None:
    ghost = report(make_order(), VenueStatus.REPORTED, 1)

    change = await store.apply_news([ghost], [], [], {}, now=OPEN)

    assert change.holds == ("UNKNOWN_OWN_ORDER",)
    (halt,) = await store.halts()
    assert (halt.kind, make_order().client_order_id in halt.cause) == ("HALT", True)


async def test_somebody_elses_orders_and_fills_are_kept_and_not_ours(store: Store) -> None:
    foreign = replace(report(make_order(), VenueStatus.REPORTED, 1), client_order_id=None)
    trade = replace(make_fill(make_order(), 300), client_order_id=None)

    change = await store.apply_news([foreign], [trade], [], {}, now=OPEN)

    assert (change.orders, change.holds) == ((), ())
    assert await store.owned() == {}
    assert await store.halts() == ()


async def test_a_fill_after_the_end_counts_as_shares_and_locks_the_name(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    gone = report(order, VenueStatus.CANCELED, 2)
    (ended,) = (await store.apply_news([gone], [], [], {}, now=OPEN)).orders

    change = await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)

    assert change.orders == ()
    assert await store.order(order.client_order_id) == ended
    assert await store.owned() == {BANK: 300}
    assert [found.kind for found in await store.open_breaks()] == ["FILL_AFTER_END"]
    assert len(await store.manual_items()) == 1


async def test_fills_after_the_end_that_read_alike_are_one_break(store: Store) -> None:
    """Fill ids begin anew each day: the same words may be told of two fills."""
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([report(order, VenueStatus.CANCELED, 2)], [], [], {}, now=OPEN)
    late = make_fill(order, 300)
    next_day = replace(late, trade_date=SESSION + timedelta(days=1))

    await store.apply_news([], [late, next_day], [], {}, now=OPEN)

    assert len(await store.open_breaks()) == 1
    assert await store.owned() == {BANK: 600}


async def test_a_reversed_trade_takes_the_shares_back(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 1000)], [], {}, now=OPEN)

    bust = make_fill(order, 1000, kind=FillKind.BUST)
    change = await store.apply_news([], [bust], [], {}, now=OPEN)

    assert change.orders == ()
    assert await store.owned() == {}
    assert len(await store.open_breaks()) == 1


async def test_fills_beyond_the_quantity_halt(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 900, "1")], [], {}, now=OPEN)

    change = await store.apply_news([], [make_fill(order, 200, "2")], [], {}, now=OPEN)

    assert change.holds == ("FILL_BEYOND_QUANTITY",)
    assert await store.owned() == {BANK: 1100}
    assert len(await store.halts()) == 1


async def test_a_fill_that_changed_its_figures_halts_and_the_first_stays(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.apply_news([], [make_fill(order, 300)], [], {}, now=OPEN)

    change = await store.apply_news([], [make_fill(order, 400)], [], {}, now=OPEN)

    assert (change.holds, change.new_fills) == (("FILL_CHANGED",), ())
    assert [fill.quantity for fill in await store.fills_of(RUN_ID)] == [300]


async def test_fees_that_were_billed_later_are_learnt(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    billed = make_fill(order, 300)
    await store.apply_news([], [replace(billed, fees=None)], [], {}, now=OPEN)

    change = await store.apply_news([], [billed], [], {}, now=OPEN)

    assert change.new_fills == ()
    assert await store.fills_of(RUN_ID) == (billed,)


async def test_a_report_that_does_not_fit_halts_and_its_fills_still_count(store: Store) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    other = replace(report(order, VenueStatus.PART_SUCC, 2, filled=300), quantity=2000)

    change = await store.apply_news([other], [make_fill(order, 300)], [], {}, now=OPEN)

    assert change.holds == ("REPORT_MISMATCH",)
    (after,) = await store.open_orders()
    assert after.filled_quantity == 300
    assert len(await store.halts()) == 1


async def test_ownership_decisions_are_remembered(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 700, actor="wang", now=OPEN)
    await store.decide_ownership(VANKE, "foreign", 0, actor="wang", now=OPEN)
    await store.decide_ownership(BANK, "ours", 500, actor="wang", now=OPEN)

    assert await store.owned() == {BANK: 500}
    assert await store.decided_symbols() == {BANK: "ours", VANKE: "foreign"}
    for owner, quantity in (("foreign", 100), ("mine", 1), ("ours", -1)):
        with pytest.raises(Conflict):
            await store.decide_ownership(STAR, owner, quantity, actor="wang", now=OPEN)


async def test_bonus_shares_follow_what_is_ours_and_cash_does_not(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 1000, actor="wang", now=OPEN)
    bonus = Movement("m1", "BONUS_SHARES", BANK, 300, Decimal(0), SESSION, "10送3")
    foreign = Movement("m2", "BONUS_SHARES", VANKE, 300, Decimal(0), SESSION, "")
    dividend = Movement("m3", "DIVIDEND", BANK, 1300, Decimal(130), SESSION, "")

    await store.apply_news([], [], [bonus, foreign, dividend], {}, now=OPEN)
    await store.apply_news([], [], [bonus], {}, now=OPEN)

    assert await store.owned() == {BANK: 1300}


async def test_bonus_shares_of_a_shared_name_are_ours_in_proportion(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 500, actor="wang", now=OPEN)
    await store.save_snapshot(replace(SNAPSHOT, verified_at=OPEN))
    bonus = Movement("m1", "BONUS_SHARES", BANK, 301, Decimal(0), SESSION, "")

    await store.apply_news([], [], [bonus], {}, now=OPEN)

    assert await store.owned() == {BANK: 650}


async def test_a_part_of_a_share_is_not_ours(store: Store) -> None:
    await store.decide_ownership(BANK, "ours", 500, actor="wang", now=OPEN)
    await store.save_snapshot(replace(SNAPSHOT, verified_at=OPEN))
    bonus = Movement("m1", "BONUS_SHARES", BANK, 1, Decimal(0), SESSION, "")

    await store.apply_news([], [], [bonus], {}, now=OPEN)

    assert await store.owned() == {BANK: 500}


async def test_only_a_verified_snapshot_is_served(store: Store) -> None:
    await store.save_snapshot(SNAPSHOT)
    assert await store.latest_snapshot() is None
    verified = replace(SNAPSHOT, verified_at=OPEN)
    newer = replace(verified, snapshot_id="s2", verified_at=CLOSE)

    await store.save_snapshot(verified)
    assert await store.latest_snapshot() == verified
    await store.save_snapshot(newer)
    assert await store.latest_snapshot() == newer
