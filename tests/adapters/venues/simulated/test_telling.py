import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.faults import VenueFault, VenueFaultKind
from adapters.wire.models import FillView
from market.phases import market_time
from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import FillKind
from tests.adapters.venues.simulated.markets import (
    STEEL,
    TUESDAY,
    new_order,
    on_monday,
    venue_at,
    write_market,
)

ORDER = "ORDER0001"


@pytest.fixture
def venue(tmp_path: Path) -> SimulatedVenue:
    return venue_at(
        write_market(tmp_path), on_monday("09:46:00"), positions={STEEL: (1000, "4.80")}
    )


def arm(venue: SimulatedVenue, kind: VenueFaultKind, **values: object) -> None:
    venue.faults.arm([VenueFault.model_validate_json(json.dumps({"kind": kind, **values}))])


async def fills(venue: SimulatedVenue) -> list[FillView]:
    return (await venue.fills_since(0))[0]


async def status(venue: SimulatedVenue) -> tuple[VenueStatus, int]:
    order = await venue.order(ORDER)
    assert order is not None
    return order.status, order.filled_quantity


async def step(venue: SimulatedVenue, moment: datetime) -> tuple[int, VenueStatus]:
    """Advance; return the number of fills listed and the order's status as told."""
    venue.advance_to(moment)
    return len(await fills(venue)), (await status(venue))[0]


async def test_E52_a_trade_is_listed_before_its_order_changes(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.TRADE_BEFORE_ORDER, delay_s=30)
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:46:15"))
    _, seen = await venue.orders_since(0)
    assert len(await fills(venue)) == 1
    assert await status(venue) == (VenueStatus.REPORTED, 0)
    venue.advance_to(on_monday("09:46:45"))
    changed, _ = await venue.orders_since(seen)
    assert [(order.status, order.filled_quantity) for order in changed] == [
        (VenueStatus.SUCCEEDED, 1000)
    ]


async def test_E53_a_fill_is_listed_twice_under_one_id_and_counts_once(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.DUPLICATE_FILL)
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:47:00"))
    first, second = await fills(venue)
    assert first == second
    assert (await status(venue)) == (VenueStatus.SUCCEEDED, 1000)
    assert len(venue.account.ledger.shares) == 2


async def test_E54_an_order_is_unknown_for_a_while_and_then_what_it_is(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.UNKNOWN_STATUS, delay_s=60)
    taken = await venue.place(new_order(1))
    assert (taken.status, taken.raw_status, taken.raw_text) == (VenueStatus.UNKNOWN, 255, "未知")
    assert await step(venue, on_monday("09:46:59")) == (1, VenueStatus.UNKNOWN)
    assert await step(venue, on_monday("09:47:00")) == (1, VenueStatus.SUCCEEDED)


async def test_a_fill_is_listed_late(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.LATE_FILL, delay_s=60)
    await venue.place(new_order(1))
    assert await step(venue, on_monday("09:46:15")) == (0, VenueStatus.SUCCEEDED)
    assert await step(venue, on_monday("09:47:15")) == (1, VenueStatus.SUCCEEDED)


async def test_a_later_fill_is_listed_before_an_earlier_one(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.FILLS_OUT_OF_ORDER, times=1, delay_s=600)
    await venue.place(new_order(1, STEEL, price="5.10", quantity=3000))
    venue.advance_to(on_monday("10:00:00"))
    times = [fill.fill_time for fill in await fills(venue)]
    assert len(times) > 1
    assert times[0] > times[1]
    assert times[1:] == sorted(times[1:])
    assert sum(fill.quantity for fill in await fills(venue)) == (await status(venue))[1]


async def test_a_fill_that_waits_for_another_is_listed_in_the_end(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.FILLS_OUT_OF_ORDER, delay_s=60)
    await venue.place(new_order(1))
    assert (await step(venue, on_monday("09:46:15")))[0] == 0
    assert (await step(venue, on_monday("09:47:15")))[0] == 1


@pytest.mark.parametrize("side", Side)
async def test_a_reversed_trade_takes_shares_cash_and_fees_back(
    venue: SimulatedVenue, side: Side
) -> None:
    arm(venue, VenueFaultKind.BUST, delay_s=60)
    before = venue.account.cash
    price = "5.10" if side is Side.BUY else "4.90"
    await venue.place(new_order(1, STEEL, side, price, 100))
    venue.advance_to(on_monday("09:48:00"))
    trade, bust = await fills(venue)
    assert (trade.kind, bust.kind) == (FillKind.TRADE, FillKind.BUST)
    assert (bust.fill_id, bust.quantity, bust.amount) == (trade.fill_id, -100, -trade.amount)
    assert venue.account.cash == before
    (held,) = await venue.positions()
    assert (held.quantity, held.sellable) == (1000, 1000)
    assert await status(venue) == (VenueStatus.SUCCEEDED, 100)
    entries = venue.account.ledger.cash
    assert sum(entry.amount for entry in entries) == before


async def test_a_trade_whose_shares_are_bound_again_is_not_reversed(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.BUST, delay_s=24 * 3600, side="BUY")
    await venue.place(new_order(1, STEEL, Side.BUY, "5.10", 100))
    venue.advance_to(market_time(TUESDAY, "09:31:00"))
    await venue.place(new_order(2, STEEL, Side.SELL, "5.50", 1100))
    venue.advance_to(market_time(TUESDAY, "10:00:00"))
    assert [fill.kind for fill in await fills(venue)] == [FillKind.TRADE]


async def test_numbers_of_a_day_come_again_the_next_day(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.ID_REUSE)
    told = []
    tuesday = market_time(TUESDAY, "09:46:00")
    for number, moment, price in [(1, venue.now(), "10.15"), (2, tuesday, "10.25")]:
        venue.advance_to(moment)
        told.append((await venue.place(new_order(number, price=price))).venue_order_id)
    venue.advance_to(market_time(TUESDAY, "10:30:00"))
    first, second = await fills(venue)
    assert told == ["000001", "000001"]
    assert first.fill_id == second.fill_id == "00000001"
    assert first.trade_date != second.trade_date


async def test_every_strike_is_on_record(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.LATE_FILL, rate="0.999")
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:47:00"))
    (strike,) = venue.faults.strikes
    assert strike.as_json() == {
        "where": "venue",
        "at": on_monday("09:46:15").isoformat(),
        "fault": 1,
        "kind": "LATE_FILL",
        "client_order_id": ORDER,
    }
    (armed,) = venue.faults.as_json()
    assert (armed["struck"], armed["rate"]) == (1, str(Decimal("0.999")))
