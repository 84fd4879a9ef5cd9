from datetime import date
from decimal import Decimal

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.wire.models import MovementView, PositionView
from tests.fakes.fake_venue import FakeVenue, place_some
from tests.support.gateway import HandSigned


async def test_funds_and_positions_are_decimal_strings(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.held.append(
        PositionView(
            symbol="600000.SH",
            quantity=300,
            sellable=200,
            frozen=0,
            in_transit=100,
            cost_price=Decimal("10.123"),
            market_value=Decimal("3036.9"),
        ),
    )

    funds = await client.get("/v1/funds")
    positions = await client.get("/v1/positions")

    assert funds.body["available"] == "1000000.5"
    assert positions.body["complete"] is True
    assert positions.body["positions"][0]["cost_price"] == "10.123"


async def test_fills_and_movements_are_told_once_each(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await place_some(venue, 1)
    for _ in range(3):
        venue.fill("S0000000", 100, "10.01")
    venue.move(
        MovementView(
            movement_id="M1",
            kind="DIVIDEND",
            symbol="600000.SH",
            quantity=0,
            amount=Decimal("12.34"),
            date=date(2025, 11, 10),
            text="",
        ),
    )

    first = await client.get("/v1/fills?limit=2")
    second = await client.get(f"/v1/fills?limit=2&since={first.body['next_cursor']}")
    third = await client.get(f"/v1/fills?limit=2&since={second.body['next_cursor']}")
    movements = await client.get("/v1/movements")

    told = [row["fill_id"] for page in (first, second, third) for row in page.body["fills"]]
    assert told == ["F1", "F2", "F3"]
    assert first.body["fills"][0]["fees"]["transfer"] == "0.01"
    assert [page.body["complete"] for page in (first, second, third)] == [False, True, True]
    assert movements.body["movements"][0]["amount"] == "12.34"


async def test_a_venue_that_is_not_there_says_so_on_a_read(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.away = VenueRefused("VENUE_DISCONNECTED", "the terminal is closed")
    away = await client.get("/v1/funds")
    venue.away = VenueUncertain("the terminal did not answer")
    silent = await client.get("/v1/funds")

    assert (away.status, away.body["code"]) == (503, "VENUE_DISCONNECTED")
    assert (silent.status, silent.body["code"]) == (500, "INTERNAL")
    assert silent.body["outcome"] == "unknown"
