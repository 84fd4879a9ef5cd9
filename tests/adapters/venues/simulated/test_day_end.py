from pathlib import Path

import pytest

from adapters.venues.simulated.desk_settings import DayEnd, DeskSettings
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.factory import VenueSettings
from adapters.venues.simulated.statement import statement
from adapters.wire.models import OrderView
from market.phases import market_time
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    MONDAY,
    new_order,
    on_monday,
    venue_at,
    write_market,
)


async def order_of(venue: SimulatedVenue) -> OrderView:
    order = await venue.order("ORDER0001")
    assert order is not None
    return order


@pytest.mark.parametrize(
    ("day_end", "clock"), [(DayEnd.AT_CLOSE, "15:00:00"), (DayEnd.AT_CLEARING, "15:30:00")]
)
async def test_what_is_left_expires_at_the_end_of_the_day(
    tmp_path: Path, day_end: DayEnd, clock: str
) -> None:
    settings = VenueSettings(desk=DeskSettings(day_end=day_end))
    venue = venue_at(write_market(tmp_path), on_monday("14:00:00"), settings=settings)
    await venue.place(new_order(1, price="9.10"))
    venue.advance_to(market_time(MONDAY, "14:59:59"))
    if day_end is DayEnd.AT_CLEARING:
        venue.advance_to(on_monday("15:29:59"))
    assert (await order_of(venue)).status is VenueStatus.REPORTED
    venue.advance_to(on_monday(clock))
    gone = await order_of(venue)
    assert (gone.status, gone.updated_at) == (VenueStatus.CANCELED, on_monday(clock))


@pytest.mark.parametrize("day_end", DayEnd)
async def test_what_an_unfilled_order_froze_is_free_at_the_close_either_way(
    tmp_path: Path, day_end: DayEnd
) -> None:
    settings = VenueSettings(desk=DeskSettings(day_end=day_end))
    venue = venue_at(write_market(tmp_path), on_monday("14:00:00"), settings=settings)
    await venue.place(new_order(1, price="9.10"))
    assert (await venue.funds()).frozen > 0
    venue.advance_to(on_monday("15:00:00"))
    assert (await venue.funds()).frozen == 0


async def test_a_counter_may_list_a_cancel_as_a_row_of_its_own(tmp_path: Path) -> None:
    settings = VenueSettings(desk=DeskSettings(lists_cancels=True))
    venue = venue_at(write_market(tmp_path), on_monday("09:46:00"), settings=settings)
    await venue.place(new_order(1, price="9.50"))
    await venue.cancel("ORDER0001")
    venue.advance_to(on_monday("09:46:02"))
    order, row = sorted((await venue.orders_since(0))[0], key=lambda view: view.venue_order_id)
    assert (order.type, row.type) == ("LIMIT", "CANCEL")
    assert order.client_order_id == row.client_order_id == "ORDER0001"
    assert (order.status, row.status) == (VenueStatus.CANCELED, VenueStatus.SUCCEEDED)
    assert (await order_of(venue)).type == "LIMIT"
    ledger = await statement(venue)
    assert [len(venue.all_orders()), len(str(ledger["cancel_rows"])) > 2] == [1, True]
