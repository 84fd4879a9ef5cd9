import asyncio
from datetime import date
from decimal import Decimal

import pytest

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.wire.models import MovementView, PositionView
from tests.fakes.fake_venue import FakeVenue, an_order
from tests.support.gateway import HandSigned


async def _place(client: HandSigned, venue: FakeVenue, count: int) -> None:
    for number in range(count):
        await venue.place(an_order(f"S{number:07}"))


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


async def test_instruments_and_quotes_answer_every_name_asked_for(client: HandSigned) -> None:
    instruments = await client.get("/v1/instruments?symbols=600000.SH,999999.SH")
    quotes = await client.get("/v1/quotes?symbols=600000.SH,000001.SZ")

    assert [row["symbol"] for row in instruments.body["instruments"]] == ["600000.SH", "999999.SH"]
    assert instruments.body["instruments"][1]["status"] == "NOT_FOUND"
    assert [row["last"] for row in quotes.body["quotes"]] == [None, None]


@pytest.mark.parametrize(
    "target",
    [
        "/v1/quotes",
        "/v1/quotes?symbols=",
        "/v1/quotes?symbols=600000",
        "/v1/instruments?symbols=600000.SZ",
        "/v1/events?timeout=soon",
        f"/v1/instruments?symbols={','.join(f'{code:06}.SH' for code in range(201))}",
        "/v1/orders?since=x",
        "/v1/orders?limit=0",
        "/v1/orders?limit=-1",
        "/v1/fills?limit=1.5",
        "/v1/movements?since=-1",
        "/v1/events?after=x",
        "/v1/events?timeout=NaN",
        "/v1/events?timeout=-1",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(client: HandSigned, target: str) -> None:
    answer = await client.get(target)

    assert (answer.status, answer.body["code"]) == (422, "INVALID_ARGUMENT")


async def test_a_poll_costs_what_changed(client: HandSigned, venue: FakeVenue) -> None:
    await _place(client, venue, 5)
    everything = await client.get("/v1/orders")
    venue.fill("S0000003", 100, "10.00")

    changed = await client.get(f"/v1/orders?since={everything.body['next_cursor']}")
    nothing = await client.get(f"/v1/orders?since={changed.body['next_cursor']}")

    assert len(everything.body["orders"]) == 5
    assert [row["client_order_id"] for row in changed.body["orders"]] == ["S0000003"]
    assert changed.body["orders"][0]["status"] == "PART_SUCC"
    assert nothing.body["orders"] == []
    assert nothing.body["complete"] is True


async def test_a_page_that_is_not_the_last_says_so(client: HandSigned, venue: FakeVenue) -> None:
    await _place(client, venue, 3)

    first = await client.get("/v1/orders?limit=2")
    venue.fill("S0000000", 300, "10.00")
    second = await client.get(f"/v1/orders?limit=2&since={first.body['next_cursor']}")

    assert first.body["complete"] is False
    assert [row["client_order_id"] for row in second.body["orders"]] == ["S0000002", "S0000000"]
    assert second.body["complete"] is True


async def test_fills_and_movements_are_told_once_each(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await _place(client, venue, 1)
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


async def test_one_order_is_found_or_definitely_not_there(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await _place(client, venue, 1)

    found = await client.get("/v1/orders/S0000000")
    missing = await client.get("/v1/orders/S9999999")

    assert found.body["venue_order_id"] == "V1"
    assert (missing.status, missing.body["code"]) == (404, "ORDER_NOT_FOUND")


async def test_an_id_with_any_printable_character_is_found(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await venue.place(an_order("a/b?c#d%e"))

    answer = await client.get("/v1/orders/a%2Fb%3Fc%23d%25e")

    assert answer.body["client_order_id"] == "a/b?c#d%e"


async def test_orders_of_others_appear_without_an_id_of_ours(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.place_foreign(an_order())

    answer = await client.get("/v1/orders")

    assert answer.body["orders"][0]["client_order_id"] is None


async def test_an_unknown_path_is_not_an_unknown_order(client: HandSigned) -> None:
    missing = await client.get("/v1/order/S0000001")
    wrong_method = await client.post("/v1/funds")

    assert (missing.status, missing.body["code"]) == (404, "INVALID_ARGUMENT")
    assert (wrong_method.status, wrong_method.body["code"]) == (405, "INVALID_ARGUMENT")


async def test_a_body_too_large_is_refused_unread(client: HandSigned) -> None:
    answer = await client.post("/v1/orders", {"orders": "x" * 70_000})

    assert (answer.status, answer.body["code"]) == (413, "INVALID_ARGUMENT")
    assert answer.body["outcome"] == "not_executed"


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


async def test_every_answer_carries_an_id_and_the_limits(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await _place(client, venue, 1)
    answers = [
        await client.get("/v1/funds"),
        await client.get("/v1/orders/S9999999"),
        await client.post("/v1/orders/S0000000/cancel"),
        await client.send("GET", "/v1/health", b"", {}),
    ]

    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 4
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == [
        "10",
        "10",
        "9",
        "10",
    ]


async def test_an_event_is_told_at_once_when_something_changed(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await _place(client, venue, 1)

    answer = await client.get("/v1/events?after=0&timeout=30")

    assert answer.body == {"sequence": 1, "changed": True}


async def test_an_event_is_waited_for(client: HandSigned, venue: FakeVenue) -> None:
    waiting = asyncio.create_task(client.get("/v1/events?after=0&timeout=30"))
    await client.get("/v1/time")
    await venue.place(an_order())

    assert (await waiting).body == {"sequence": 1, "changed": True}


async def test_waiting_for_an_event_ends_with_nothing(client: HandSigned) -> None:
    answer = await client.get("/v1/events?after=0&timeout=0.01")

    assert answer.body == {"sequence": 0, "changed": False}
