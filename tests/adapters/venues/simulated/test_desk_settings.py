from pathlib import Path

import pytest

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.desk_settings import DeskSettings
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.factory import VenueSettings
from market.phases import PhasePolicy
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    MONDAY,
    Day,
    new_order,
    on_monday,
    venue_at,
    write_market,
)

GENEROUS = PhasePolicy(gap_orders=True, lunch_orders=True, lunch_cancels=True)


def generous_venue(folder: Path, clock: str) -> SimulatedVenue:
    settings = VenueSettings(desk=DeskSettings(phase_policy=GENEROUS))
    return venue_at(write_market(folder), on_monday(clock), settings=settings)


async def filled_by(venue: SimulatedVenue, clock: str) -> int:
    venue.advance_to(on_monday(clock))
    order = await venue.order("ORDER0001")
    assert order is not None
    return order.filled_quantity


async def test_E35_an_order_at_1145_is_not_matched_before_1300(tmp_path: Path) -> None:
    venue = generous_venue(tmp_path, "11:45:00")
    await venue.place(new_order(1))

    assert await filled_by(venue, "12:59:59") == 0
    assert await filled_by(venue, "13:05:00") == 1000


async def test_a_counter_may_queue_in_the_gap_and_cancel_over_lunch(tmp_path: Path) -> None:
    venue = generous_venue(tmp_path, "09:27:00")
    await venue.place(new_order(1, price="9.50"))
    venue.advance_to(on_monday("11:45:00"))

    await venue.cancel("ORDER0001")
    venue.advance_to(on_monday("11:46:00"))

    order = await venue.order("ORDER0001")
    assert order is not None
    assert order.status is VenueStatus.CANCELED


@pytest.mark.parametrize("clock", ["09:27:00", "11:45:00"])
async def test_unless_told_otherwise_a_counter_takes_nothing_there(
    tmp_path: Path, clock: str
) -> None:
    venue = venue_at(write_market(tmp_path), on_monday(clock))

    with pytest.raises(VenueRefused, match="MARKET_CLOSED"):
        await venue.place(new_order(1))


async def test_E29_a_buy_of_a_name_locked_at_1106_is_taken_queues_and_never_fills(
    tmp_path: Path,
) -> None:
    locked = Day(BANK, MONDAY, 11.06, 11.06, 11.06, 11.06, 10.05)
    venue = venue_at(write_market(tmp_path, [CALM_WEEK[0], locked]), on_monday("09:46:00"))
    taken = await venue.place(new_order(1, price="11.06"))

    assert taken.status is VenueStatus.REPORTED
    assert await filled_by(venue, "14:59:59") == 0
