import pytest

from adapters.gateway.venue import VenueRefused
from tests.fakes.fake_venue import FakeVenue, an_order
from tests.support.gateway import HandSigned


async def test_a_cancel_is_passed_on_and_nothing_more_is_said(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await venue.place(an_order())

    answer = await client.post("/v1/orders/S0000001/cancel")

    assert answer.status == 202
    assert answer.body == {"client_order_id": "S0000001", "requested": True}
    assert venue.cancelled == ["S0000001"]


async def test_an_ended_order_is_shown_as_it_is(client: HandSigned, venue: FakeVenue) -> None:
    await venue.place(an_order())
    venue.fill("S0000001", 300, "10.00")

    answer = await client.post("/v1/orders/S0000001/cancel")

    assert (answer.status, answer.body["code"]) == (409, "NOT_CANCELABLE")
    assert (answer.body["outcome"], answer.body["retry"]) == ("not_executed", "query_first")
    assert answer.body["order"]["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("code", "status"),
    [("MARKET_NO_CANCEL", 422), ("ORDER_NOT_FOUND", 404), ("VENUE_DISCONNECTED", 503)],
)
async def test_a_refused_cancel_carries_the_status_of_its_code(
    client: HandSigned,
    venue: FakeVenue,
    code: str,
    status: int,
) -> None:
    await venue.place(an_order())
    venue.cancel_refusals["S0000001"] = VenueRefused(code, "no")

    answer = await client.post("/v1/orders/S0000001/cancel")

    assert (answer.status, answer.body["code"]) == (status, code)


async def test_cancels_are_limited_by_a_bucket_of_their_own(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await venue.place(an_order())
    venue.cancel_refusals["S0000001"] = VenueRefused("MARKET_NO_CANCEL", "no")

    statuses = [(await client.post("/v1/orders/S0000001/cancel")).status for _ in range(11)]

    assert statuses == [422] * 10 + [429]


async def test_cancel_all_takes_every_live_order_of_ours(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    for number in range(4):
        await venue.place(an_order(f"S000000{number}"))
    venue.fill("S0000000", 300, "10.00")
    venue.place_foreign(an_order())
    view = await venue.order("S0000002")
    venue.cancel_refusals["S0000002"] = VenueRefused("NOT_CANCELABLE", "just filled", view)

    answer = await client.post("/v1/cancel-all", {"account_wide": False})

    assert answer.body == {"requested": ["S0000001", "S0000003"]}


async def test_cancel_all_stops_where_the_market_takes_no_cancels(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await venue.place(an_order())
    venue.cancel_refusals["S0000001"] = VenueRefused("MARKET_NO_CANCEL", "14:57")

    answer = await client.post("/v1/cancel-all", {"account_wide": False})

    assert (answer.status, answer.body["code"]) == (422, "MARKET_NO_CANCEL")


async def test_cancel_all_of_the_account_takes_every_order_when_all_are_ours(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await venue.place(an_order())

    answer = await client.post("/v1/cancel-all", {"account_wide": True})

    assert answer.body == {"requested": ["S0000001"]}


async def test_cancel_all_of_the_account_refuses_what_it_cannot_do(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await venue.place(an_order())
    venue.place_foreign(an_order())

    answer = await client.post("/v1/cancel-all", {"account_wide": True})

    assert (answer.status, answer.body["code"]) == (422, "NO_PERMISSION")
    assert "V2" in answer.body["message"]
    assert venue.cancelled == []
