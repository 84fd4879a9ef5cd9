import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.venues.simulated.wire_faults import WireFault, WireFaultKind, WireFaultPlan
from adapters.venues.simulated.wire_middleware import wire_middleware
from tests.adapters.venues.simulated.markets import new_order, on_monday, venue_at, write_market
from tests.adapters.venues.simulated.test_clock import Timer
from tests.support.gateway import HandClock, HandSigned, gateway, hand_signed

Client = TestClient[web.Request, web.Application]


@dataclass
class Room:
    """Something that counts the requests that arrive, behind a wire that suffers."""

    wire: WireFaultPlan
    timer: Timer
    calls: list[str] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    client: Client = field(init=False)

    async def count(self, request: web.Request) -> web.Response:
        self.calls.append(await request.text())
        return web.json_response({"calls": len(self.calls)})

    async def post(self, body: str = "{}") -> tuple[int, str]:
        async with self.client.post(
            "/v1/orders", data=body.encode(), allow_redirects=False
        ) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room(WireFaultPlan(), Timer())
    act = wire_middleware(room.wire, room.timer.sleep, lambda: room.restarts.append(1))
    app = web.Application(middlewares=[act])
    app.add_routes([web.post("/v1/orders", room.count)])
    async with TestClient(TestServer(app)) as client:
        room.client = client
        yield room


@pytest.mark.parametrize(
    ("kind", "status", "calls", "says"),
    [
        (WireFaultKind.SERVER_ERROR_BEFORE, 500, 0, '"unknown"'),
        (WireFaultKind.SERVER_ERROR_AFTER, 500, 1, '"unknown"'),
        (WireFaultKind.BAD_GATEWAY, 502, 0, "<html>"),
        (WireFaultKind.REDIRECT, 307, 0, ""),
        (WireFaultKind.NOT_READY, 503, 0, '"VENUE_NOT_READY"'),
        (WireFaultKind.DISCONNECTED, 503, 0, '"VENUE_DISCONNECTED"'),
        (WireFaultKind.RATE_LIMITED, 429, 0, '"not_executed"'),
        (WireFaultKind.RATE_LIMITED_AFTER, 429, 1, '"unknown"'),
        (WireFaultKind.EXPIRED_TOKEN, 401, 0, '"not_executed"'),
        (WireFaultKind.EXPIRED_TOKEN_AFTER, 401, 1, '"unknown"'),
        (WireFaultKind.SESSION_TAKEN, 401, 0, '"AUTH_SESSION_SUPERSEDED"'),
        (WireFaultKind.CONFLICT, 409, 0, '"ORDER_STATUS_UNCERTAIN"'),
        (WireFaultKind.CONFLICT_AFTER, 409, 1, '"unknown"'),
        (WireFaultKind.DUPLICATE, 200, 2, '{"calls": 2}'),
        (WireFaultKind.DELAY_BEFORE, 200, 1, '{"calls": 1}'),
        (WireFaultKind.DELAY_AFTER, 200, 1, '{"calls": 1}'),
        (WireFaultKind.SLOW_REPLY, 200, 1, '{"calls": 1}'),
        (WireFaultKind.TRUNCATED_JSON, 200, 1, '{"call'),
        (WireFaultKind.EMPTY_REPLY, 200, 1, ""),
        (WireFaultKind.UNREADABLE, 200, 1, "<html>"),
    ],
)
async def test_a_wire_fault_answers_as_it_should(
    room: Room, kind: WireFaultKind, status: int, calls: int, says: str
) -> None:
    room.wire.arm([WireFault(kind=kind)])
    answered, text = await room.post('{"a": 1}')
    assert (answered, len(room.calls)) == (status, calls)
    assert says in text
    assert set(room.calls) <= {'{"a": 1}'}
    assert [strike.kind for strike in room.wire.strikes] == [kind]
    assert (await room.post())[0] == HTTPStatus.OK


@pytest.mark.parametrize(
    ("kind", "calls", "restarts"),
    [
        (WireFaultKind.DROP_BEFORE, 0, 0),
        (WireFaultKind.DROP_AFTER, 1, 0),
        (WireFaultKind.HALF_REPLY, 1, 0),
        (WireFaultKind.RESTART, 0, 1),
        (WireFaultKind.RESTART_AFTER, 1, 1),
    ],
)
async def test_a_wire_fault_breaks_the_connection(
    room: Room, kind: WireFaultKind, calls: int, restarts: int
) -> None:
    room.wire.arm([WireFault(kind=kind)])
    with pytest.raises(aiohttp.ClientError):
        await room.post()
    assert (len(room.calls), len(room.restarts)) == (calls, restarts)


@pytest.mark.parametrize(
    "kind", [WireFaultKind.DELAY_BEFORE, WireFaultKind.DELAY_AFTER, WireFaultKind.SLOW_REPLY]
)
async def test_a_delay_takes_the_time_it_was_given(room: Room, kind: WireFaultKind) -> None:
    room.wire.arm([WireFault(kind=kind, delay_s=Decimal(8))])
    await room.post()
    assert sum(room.timer.slept) == 8


async def test_a_request_is_overtaken_by_the_next_one() -> None:
    arrived: list[str] = []
    held = asyncio.Event()

    async def note(request: web.Request) -> web.Response:
        arrived.append(await request.text())
        return web.Response()

    async def for_ever(_seconds: float) -> None:
        held.set()
        await asyncio.Event().wait()

    wire = WireFaultPlan([WireFault(kind=WireFaultKind.REORDER)])
    app = web.Application(middlewares=[wire_middleware(wire, for_ever)])
    app.add_routes([web.post("/v1/orders", note)])
    async with TestClient(TestServer(app)) as client:
        first = asyncio.create_task(client.post("/v1/orders", data=b"first"))
        await held.wait()
        await client.post("/v1/orders", data=b"second")
        await first
    assert arrived == ["second", "first"]


async def test_a_request_that_nobody_overtakes_arrives_in_the_end(room: Room) -> None:
    room.wire.arm([WireFault(kind=WireFaultKind.REORDER)])
    assert await room.post() == (HTTPStatus.OK, '{"calls": 1}')


@pytest.fixture
async def client(tmp_path: Path, wire: WireFaultPlan) -> AsyncIterator[HandSigned]:
    """A client of the real gateway in front of a venue that holds an order, a fill, cash."""
    venue = venue_at(write_market(tmp_path), on_monday("09:46:00"))
    for number, price in [(1, "10.15"), (2, "9.50"), (3, "9.40")]:
        await venue.place(new_order(number, price=price))
    venue.advance_to(on_monday("09:47:00"))
    clock = HandClock()
    act = wire_middleware(wire, Timer().sleep)
    async with (
        gateway(venue, tmp_path, clock, extra_middlewares=[act]) as base,
        hand_signed(base, clock) as signed,
    ):
        await signed.login()
        yield signed


@pytest.fixture
def wire() -> WireFaultPlan:
    return WireFaultPlan()


def batch(*numbers: int) -> dict[str, Any]:
    orders = [new_order(number, price="9.30").model_dump(mode="json") for number in numbers]
    return {"orders": orders}


async def test_an_answer_carries_another_id(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.WRONG_ID)])
    (result,) = (await client.post("/v1/orders", batch(7))).body["results"]
    assert result["client_order_id"] == result["order"]["client_order_id"] == "XRDER0007"
    assert (await client.get("/v1/orders/ORDER0007")).status == HTTPStatus.OK


async def test_an_answer_carries_another_quantity(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.WRONG_QUANTITY)])
    (result,) = (await client.post("/v1/orders", batch(7))).body["results"]
    assert result["order"]["quantity"] == 1100
    assert (await client.get("/v1/orders/ORDER0007")).body["quantity"] == 1000


async def test_an_answer_lacks_a_result(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.MISSING_RESULT)])
    results = (await client.post("/v1/orders", batch(7, 8))).body["results"]
    assert [result["client_order_id"] for result in results] == ["ORDER0007"]
    assert (await client.get("/v1/orders/ORDER0008")).status == HTTPStatus.OK


async def rows(client: HandSigned, target: str) -> tuple[list[str], bool, str]:
    body = (await client.get(target)).body
    listed = body["orders"] if "orders" in body else body["fills"]
    key = "client_order_id"
    return [row[key] for row in listed], body["complete"], body["next_cursor"]


async def test_a_list_is_cut_emptied_shrunk_turned_and_doubled(
    client: HandSigned, wire: WireFaultPlan
) -> None:
    whole, complete, cursor = await rows(client, "/v1/orders")
    assert (len(whole), complete) == (3, True)
    expected = {
        WireFaultKind.PARTIAL_PAGE: (whole[:1], False, "0"),
        WireFaultKind.EMPTY_PAGE: ([], False, "0"),
        WireFaultKind.LIST_SHRINK: (whole[2:], True, cursor),
        WireFaultKind.REORDER_ROWS: (whole[::-1], True, cursor),
        WireFaultKind.DUPLICATE_ROWS: ([name for name in whole for _ in range(2)], True, cursor),
    }
    for kind, told in expected.items():
        wire.arm([WireFault(kind=kind, method="GET", path="/v1/orders$")])
        assert await rows(client, "/v1/orders") == told, kind
    assert await rows(client, "/v1/orders") == (whole, True, cursor)


async def test_a_partial_page_lets_a_reader_go_on_where_it_was(
    client: HandSigned, wire: WireFaultPlan
) -> None:
    wire.arm([WireFault(kind=WireFaultKind.PARTIAL_PAGE)])
    _, _, cursor = await rows(client, "/v1/orders?since=2")
    assert cursor == "2"


async def test_a_fill_is_listed_twice_on_one_page(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.DUPLICATE_ROWS)])
    assert (await rows(client, "/v1/fills"))[0] == ["ORDER0001", "ORDER0001"]


async def test_holdings_that_could_not_be_asked_for_are_not_none(
    client: HandSigned, wire: WireFaultPlan
) -> None:
    wire.arm([WireFault(kind=WireFaultKind.EMPTY_PAGE)])
    body = (await client.get("/v1/positions")).body
    assert (body["complete"], body["positions"]) == (False, [])
    assert len((await client.get("/v1/positions")).body["positions"]) == 1


async def test_an_old_answer_is_given_again(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.STALE_PAGE, method="GET", path="/v1/orders$")])
    first = await rows(client, "/v1/orders")
    await client.post("/v1/orders", batch(7))
    assert await rows(client, "/v1/orders") == first
    assert len((await rows(client, "/v1/orders"))[0]) == 4


async def test_quotes_are_empty_for_a_while(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.QUOTE_OUTAGE)])
    (quote,) = (await client.get("/v1/quotes?symbols=600000.SH")).body["quotes"]
    assert (quote["last"], quote["bid1"], quote["quote_time"]) == (None, None, None)
    (quote,) = (await client.get("/v1/quotes?symbols=600000.SH")).body["quotes"]
    assert quote["last"] is not None


@pytest.mark.parametrize("target", ["/v1/health", "/v1/time"])
async def test_the_clock_is_told_wrong(
    client: HandSigned, wire: WireFaultPlan, target: str
) -> None:
    right = (await client.get(target)).body["server_time"]
    wire.arm([WireFault(kind=WireFaultKind.CLOCK_SKEW, path=target, skew_s=-90)])
    wrong = (await client.get(target)).body["server_time"]
    assert _seconds_between(right, wrong) == -90


async def test_the_date_is_told_wrong(client: HandSigned, wire: WireFaultPlan) -> None:
    wire.arm([WireFault(kind=WireFaultKind.WRONG_DATE)])
    assert (await client.get("/v1/time")).body["trade_date"] == "2025-11-09"


def _seconds_between(first: str, second: str) -> int:
    return int((datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds())
