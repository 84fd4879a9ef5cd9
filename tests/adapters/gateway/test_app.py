from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.fakes.fake_venue import FakeVenue
from tests.support.gateway import HandClock, gateway, hand_signed


async def _hello(_request: web.Request) -> web.Response:
    return web.json_response({"hello": "simulation"})


@web.middleware
async def _last_word(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers["X-Seen"] = f"{request.path} {response.status}"
    return response


async def test_routes_of_the_host_are_neither_signed_nor_limited(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    routes = [web.get("/sim/hello", _hello)]
    async with (
        gateway(venue, tmp_path, clock, extra_routes=routes) as base,
        hand_signed(base, clock) as client,
    ):
        answer = await client.send("GET", "/sim/hello", b"", {})

    assert (answer.status, answer.body) == (200, {"hello": "simulation"})
    assert "X-RateLimit-Limit" not in answer.headers


async def test_middlewares_of_the_host_see_refused_requests_too(
    venue: FakeVenue,
    clock: HandClock,
    tmp_path: Path,
) -> None:
    async with (
        gateway(venue, tmp_path, clock, extra_middlewares=[_last_word]) as base,
        hand_signed(base, clock) as client,
    ):
        answer = await client.send("GET", "/v1/funds", b"", {})

    assert answer.headers["X-Seen"] == "/v1/funds 401"
