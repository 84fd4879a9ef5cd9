import asyncio

from tests.fakes.fake_venue import FakeVenue, an_order, place_some
from tests.support.gateway import HandSigned


async def test_instruments_and_quotes_answer_every_name_asked_for(client: HandSigned) -> None:
    instruments = await client.get("/v1/instruments?symbols=600000.SH,999999.SH")
    quotes = await client.get("/v1/quotes?symbols=600000.SH,000001.SZ")

    assert [row["symbol"] for row in instruments.body["instruments"]] == ["600000.SH", "999999.SH"]
    assert instruments.body["instruments"][1]["status"] == "NOT_FOUND"
    assert [row["last"] for row in quotes.body["quotes"]] == [None, None]


async def test_an_event_is_told_at_once_when_something_changed(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await place_some(venue, 1)

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
