import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.broker import (
    BrokerRefused,
    BrokerUnavailable,
    BrokerUnknown,
    InstrumentStatus,
    Listing,
    SessionSuperseded,
)
from adapters.pingan.adapter import PingAnAdapter
from adapters.pingan.reading import every_page
from adapters.pingan.transport import REPLY_BYTES_MAX
from adapters.wire.models import OrdersPage
from market.symbol import Symbol
from statemachine.events import VenueStatus
from statemachine.position import Position
from tests.adapters.pingan.conftest import adapter_of
from tests.fakes.fake_venue import MORNING, FakeVenue, an_order, unlisted, unpriced
from tests.support.gateway import HandClock
from tests.support.scripted_gateway import Asked, Break, Say, ScriptedGateway, error

TIME = Say(
    200,
    {
        "server_time": "2025-11-10T09:31:00+08:00",
        "trade_date": "2025-11-10",
        "market_phase": "MORNING",
    },
)


@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        (error(403, "AUTH_FORBIDDEN"), BrokerRefused, "AUTH_FORBIDDEN"),
        (error(401, "AUTH_SIGNATURE"), BrokerRefused, "AUTH_SIGNATURE"),
        (error(401, "AUTH_SESSION_SUPERSEDED"), SessionSuperseded, "AUTH_SESSION_SUPERSEDED"),
        (error(422, "INVALID_ARGUMENT"), BrokerRefused, "INVALID_ARGUMENT"),
        (error(404, "INVALID_ARGUMENT"), BrokerRefused, "INVALID_ARGUMENT"),
        (error(429, "RATE_LIMITED"), BrokerUnavailable, "RATE_LIMITED"),
        (error(503, "VENUE_NOT_READY"), BrokerUnavailable, "VENUE_NOT_READY"),
        (error(503, "VENUE_DISCONNECTED"), BrokerUnavailable, "VENUE_DISCONNECTED"),
        (error(500, "INTERNAL", "unknown"), BrokerUnavailable, "INTERNAL"),
        (Say(500, b"<html>"), BrokerUnavailable, "HTTP_500"),
        (Say(404, b""), BrokerUnavailable, "HTTP_404"),
        (Say(302, b"", (("Location", "/v1/time"),)), BrokerUnavailable, "HTTP_302"),
        (Say(204, b""), BrokerUnavailable, "HTTP_204"),
        (Say(200, b"{}"), BrokerUnavailable, "REPLY_UNREADABLE"),
        (Say(200, b"<html>"), BrokerUnavailable, "REPLY_UNREADABLE"),
        (Say(200, b"{}", cut=1), BrokerUnavailable, "NO_ANSWER"),
    ],
)
async def test_a_read_fails_in_one_of_the_brokers_ways(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    answer: Say,
    failure: type[BrokerRefused | BrokerUnavailable],
    code: str,
) -> None:
    script.answers = [answer]

    with pytest.raises(failure) as caught:
        await adapter.venue_time()

    assert (type(caught.value), caught.value.code) == (failure, code)
    assert len(script.asked_for("/v1/time")) == 1


async def test_a_silent_gateway_is_unavailable(
    script: ScriptedGateway,
    clock: HandClock,
) -> None:
    script.answers = [Break.SILENCE]
    async with adapter_of(script.base, clock, request_timeout_s="0.2") as adapter:
        await adapter.open_session()
        with pytest.raises(BrokerUnavailable, match="TimeoutError"):
            await adapter.venue_time()


async def test_a_read_on_a_dropped_connection_is_simply_asked_again(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [TIME, Break.CLOSE, TIME]
    await adapter.venue_time()

    assert (await adapter.venue_time()).server_time == MORNING


async def test_the_wait_a_gateway_asks_for_is_passed_on(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    limited = error(429, "RATE_LIMITED", retry="after_backoff")
    script.answers = [
        Say(limited.status, limited.body, (("Retry-After", "7"),)),
        Say(limited.status, limited.body, (("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"),)),
    ]

    with pytest.raises(BrokerUnavailable) as first:
        await adapter.funds()
    with pytest.raises(BrokerUnavailable) as second:
        await adapter.funds()

    assert first.value.retry_after_s == Decimal(7)
    assert second.value.retry_after_s is None


@pytest.mark.parametrize("code", ["AUTH_TOKEN_EXPIRED", "AUTH_TIMESTAMP", "AUTH_REPLAY"])
async def test_a_read_is_repeated_once_where_that_mends_it(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
    code: str,
) -> None:
    script.answers = [error(401, code), TIME]
    assert (await adapter.venue_time()).trade_date == MORNING.date()

    script.answers = [error(401, code), error(401, code)]
    with pytest.raises(BrokerRefused, match=code):
        await adapter.venue_time()

    first, second, *_ = script.asked_for("/v1/time")
    assert first.headers["x-nonce"] != second.headers["x-nonce"]
    assert len(script.asked_for("/v1/time")) == 4


async def test_a_reply_without_end_is_cut_off(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [Say(200, b" " * (REPLY_BYTES_MAX + 1))]

    with pytest.raises(BrokerUnavailable, match="longer than"):
        await adapter.funds()


async def test_a_zip_bomb_stays_zipped(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [Say(200, b"\x1f\x8b", (("Content-Encoding", "gzip"),))]

    with pytest.raises(BrokerUnavailable, match="REPLY_UNREADABLE"):
        await adapter.funds()
    assert script.asked[-1].headers["accept-encoding"] == "identity"


async def test_only_order_not_found_means_there_is_none(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    view = await FakeVenue().place(an_order())
    script.answers = [
        error(404, "ORDER_NOT_FOUND"),
        error(404, "INVALID_ARGUMENT"),
        Say(404, b""),
        Say(200, b"{}"),
        Say(200, view.model_dump_json().encode()),
        Say(200, view.model_dump_json().encode()),
    ]

    assert await adapter.order("S0000001") is None
    with pytest.raises(BrokerRefused, match="INVALID_ARGUMENT"):
        await adapter.order("S0000001")
    with pytest.raises(BrokerUnavailable, match="HTTP_404"):
        await adapter.order("S0000001")
    with pytest.raises(BrokerUnavailable, match="REPLY_UNREADABLE"):
        await adapter.order("S0000001")
    found = await adapter.order("S0000001")
    with pytest.raises(BrokerUnknown, match="REPLY_MISMATCH"):
        await adapter.order("S0000002")

    assert found is not None
    assert found.venue_order_id == "V1"


async def test_names_are_asked_for_a_hundred_at_a_time(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    symbols = [Symbol.parse(f"{code:06}.SZ") for code in range(1, 251)]
    script.answers = [_quotes_asked_for] * 3

    quotes = await adapter.quotes(symbols)

    assert list(quotes) == symbols
    counts = [request.target.count(".SZ") for request in script.asked_for("/v1/quotes")]
    assert counts == [100, 100, 50]


async def test_a_name_left_out_of_the_answer_is_no_answer(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [Say(200, {"quotes": []}), Say(200, {"instruments": []})]
    symbols = [Symbol.parse("600000.SH")]

    with pytest.raises(BrokerUnavailable, match=r"600000\.SH"):
        await adapter.quotes(symbols)
    with pytest.raises(BrokerUnavailable, match=r"600000\.SH"):
        await adapter.instruments(symbols)


async def test_nothing_is_asked_about_no_names(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    assert await adapter.quotes([]) == {}
    assert await adapter.instruments([]) == {}


async def test_a_name_the_venue_does_not_know_comes_back_as_not_found(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    row = json.loads(unlisted("600001.SH").model_dump_json())
    script.answers = [Say(200, {"instruments": [row]})]
    symbol = Symbol.parse("600001.SH")

    instruments = await adapter.instruments([symbol])

    assert instruments[symbol].status is InstrumentStatus.NOT_FOUND


async def test_every_page_is_read(adapter: PingAnAdapter, script: ScriptedGateway) -> None:
    script.answers = [
        _orders_page("3.1", complete=False, second=0),
        _orders_page("3.2", complete=False, second=1),
        _orders_page("9", complete=True, second=2),
    ]

    listing = await adapter.orders("3")

    targets = [request.target for request in script.asked_for("/v1/orders")]
    assert targets == [
        "/v1/orders?since=3&limit=500",
        "/v1/orders?since=3.1&limit=500",
        "/v1/orders?since=3.2&limit=500",
    ]
    assert (listing.cursor, listing.complete, listing.as_of) == ("9", True, MORNING)


async def test_a_cancel_listed_as_an_order_is_no_order_whatever_became_of_it(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    order = await FakeVenue().place(an_order())
    refused = {"type": "CANCEL", "status": VenueStatus.JUNK, "venue_order_id": "2"}
    rows = [order, order.model_copy(update=refused)]
    page = OrdersPage(orders=tuple(rows), next_cursor="2", complete=True, as_of=MORNING)
    script.answers = [Say(200, page.model_dump_json().encode())]

    listing = await adapter.orders(None)

    assert [(row.venue_order_id, row.status) for row in listing.rows] == [
        (order.venue_order_id, order.status)
    ]


async def test_a_gateway_that_cannot_go_on_leaves_the_listing_incomplete(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    script.answers = [
        _orders_page("5", complete=False, second=0),
        _orders_page("5", complete=False, second=1),
    ]

    listing = await adapter.orders(None)

    assert not listing.complete
    assert [request.target for request in script.asked_for("/v1/orders")] == [
        "/v1/orders?limit=500",
        "/v1/orders?since=5&limit=500",
    ]


async def test_pages_without_end_are_given_up_as_incomplete() -> None:
    async def page(cursor: str | None) -> Listing[int]:
        number = int(cursor or 0)
        return Listing((number,), str(number + 1), complete=False, as_of=MORNING)

    listing = await every_page(page, None)

    assert not listing.complete
    assert len(listing.rows) == 1001


async def test_a_holding_is_read_with_all_its_figures(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    row = {"symbol": "600000.SH", "quantity": 300, "sellable": 100, "frozen": 100}
    money = {"in_transit": 50, "cost_price": "10.123", "market_value": "3000.5"}
    body = {"complete": True, "as_of": MORNING.isoformat(), "positions": [{**row, **money}]}
    script.answers = [Say(200, body)]

    (holding,) = (await adapter.positions()).rows

    assert holding == Position(
        symbol=Symbol.parse("600000.SH"),
        quantity=300,
        sellable=100,
        frozen=100,
        in_transit=50,
        cost_price=Decimal("10.123"),
        market_value=Decimal("3000.5"),
    )


async def test_a_code_of_the_wrong_exchange_makes_an_answer_unreadable(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    row = json.loads(unpriced("600000.SH").model_dump_json())
    script.answers = [Say(200, {"quotes": [{**row, "symbol": "600000.SZ"}]})]

    with pytest.raises(BrokerUnavailable, match="REPLY_UNREADABLE"):
        await adapter.quotes([Symbol.parse("600000.SH")])


async def test_an_incomplete_account_is_not_made_to_look_whole(
    adapter: PingAnAdapter,
    script: ScriptedGateway,
) -> None:
    body = {"complete": False, "as_of": MORNING.isoformat(), "positions": []}
    script.answers = [Say(200, body)]

    listing = await adapter.positions()

    assert (listing.rows, listing.complete, listing.as_of) == ((), False, MORNING)


def _quotes_asked_for(asked: Asked) -> Say:
    symbols = asked.target.partition("symbols=")[2].split(",")
    rows = [json.loads(unpriced(symbol).model_dump_json()) for symbol in symbols]
    return Say(200, {"quotes": rows})


def _orders_page(cursor: str, *, complete: bool, second: int) -> Say:
    as_of = (MORNING + timedelta(seconds=second)).isoformat()
    body: dict[str, Any] = {"next_cursor": cursor, "complete": complete, "as_of": as_of}
    return Say(200, {**body, "orders": []})
