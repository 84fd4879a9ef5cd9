from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from daemon.rehearsal.venue_control import VenueControl
from tests.support.book import at


class FakeSimulation:
    """The /sim calls of a gateway, with time that jumps."""

    def __init__(self) -> None:
        self.now = at("17:00")
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.fails = False

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        app = web.Application()
        app.add_routes(
            [
                web.get("/sim/clock", self._tell),
                web.get("/sim/ledger", self._ledger),
                web.post("/sim/clock/{verb}", self._step),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _tell(self, _request: web.Request) -> web.Response:
        return web.json_response({"server_time": self.now.isoformat()})

    async def _ledger(self, _request: web.Request) -> web.Response:
        return web.json_response({"orders": []}, status=500 if self.fails else 200)

    async def _step(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append((request.match_info["verb"], body))
        if "until" in body:
            self.now = datetime.fromisoformat(body["until"])
        status = 409 if self.fails else 200
        return web.json_response({"server_time": self.now.isoformat()}, status=status)


async def test_the_driver_takes_part_in_time_before_it_moves_it() -> None:
    simulation = FakeSimulation()
    async with simulation.served() as endpoint, VenueControl(endpoint) as venue:
        assert await venue.now() == at("17:00")
        assert await venue.wait_until(at("18:00")) == at("18:00")
        assert await venue.now() == at("18:00")

    assert simulation.asked == [
        ("join", {"participant": "driver"}),
        ("wait", {"participant": "driver", "until": at("18:00").isoformat()}),
    ]


async def test_the_ledger_comes_as_the_venue_tells_it() -> None:
    async with FakeSimulation().served() as endpoint, VenueControl(endpoint) as venue:
        assert await venue.ledger() == {"orders": []}


async def test_a_venue_that_fails_is_never_taken_for_an_empty_one() -> None:
    simulation = FakeSimulation()
    async with simulation.served() as endpoint, VenueControl(endpoint) as venue:
        simulation.fails = True
        with pytest.raises(aiohttp.ClientResponseError):
            await venue.ledger()
        with pytest.raises(aiohttp.ClientResponseError):
            await venue.wait_until(at("18:00"))
