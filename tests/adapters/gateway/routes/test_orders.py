import pytest

from adapters.gateway.venue import VenueRefused
from tests.fakes.fake_venue import FakeVenue, an_order, place_some
from tests.support.gateway import HandSigned


async def test_a_poll_costs_what_changed(client: HandSigned, venue: FakeVenue) -> None:
    await place_some(venue, 5)
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
    await place_some(venue, 3)

    first = await client.get("/v1/orders?limit=2")
    venue.fill("S0000000", 300, "10.00")
    second = await client.get(f"/v1/orders?limit=2&since={first.body['next_cursor']}")

    assert first.body["complete"] is False
    assert [row["client_order_id"] for row in second.body["orders"]] == ["S0000002", "S0000000"]
    assert second.body["complete"] is True


async def test_one_order_is_found_or_definitely_not_there(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    await place_some(venue, 1)

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


async def test_cancel_all_of_the_account_takes_a_persons_order_after_ours(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.place_foreign(an_order())
    await venue.place(an_order())

    answer = await client.post("/v1/cancel-all", {"account_wide": True})

    assert answer.body == {"requested": ["S0000001", "V1"]}
    assert venue.cancelled == ["S0000001", "V1"]


async def test_cancel_all_of_the_account_says_where_a_persons_order_is_out_of_reach(
    client: HandSigned,
    venue: FakeVenue,
) -> None:
    venue.place_foreign(an_order())
    await venue.place(an_order())
    venue.cancel_refusals["V1"] = VenueRefused("NO_PERMISSION", "not ours")

    answer = await client.post("/v1/cancel-all", {"account_wide": True})

    assert (answer.status, answer.body["code"]) == (422, "NO_PERMISSION")
    assert venue.cancelled == ["S0000001"]
