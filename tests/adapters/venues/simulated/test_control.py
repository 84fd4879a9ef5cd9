import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.venues.simulated.clock import SteppedClock
from adapters.venues.simulated.control import SimulationControl
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.wire_faults import WireFaultPlan
from adapters.venues.simulated.wire_middleware import wire_middleware
from market.money import decimal_text
from tests.adapters.venues.simulated.markets import (
    STEEL,
    new_order,
    on_monday,
    venue_at,
    write_market,
)
from tests.adapters.venues.simulated.test_clock import Timer

Client = TestClient[web.Request, web.Application]


@dataclass
class Room:
    """A paper gateway that only has its /sim/ calls and one that answers a count."""

    venue: SimulatedVenue
    clock: SteppedClock
    wire: WireFaultPlan
    client: Client
    calls: list[str]

    async def post(self, path: str, body: object) -> tuple[int, dict[str, Any]]:
        async with self.client.post(path, json=body) as answer:
            return answer.status, await answer.json()

    async def is_waiting(self, participant: str) -> None:
        """Return once the participant's wait has arrived."""
        while self.clock._participants[participant] is None:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    venue = venue_at(
        write_market(tmp_path), on_monday("09:46:00"), positions={STEEL: (500, "4.80")}
    )
    clock = SteppedClock(venue, Timer())
    wire = WireFaultPlan()
    calls: list[str] = []

    async def count(request: web.Request) -> web.Response:
        calls.append(await request.text())
        return web.json_response({"calls": len(calls)})

    app = web.Application(middlewares=[wire_middleware(wire, Timer().sleep)])
    app.add_routes(SimulationControl(venue, clock, wire).routes())
    app.add_routes([web.post("/v1/orders", count)])
    async with TestClient(TestServer(app)) as client:
        yield Room(venue, clock, wire, client, calls)
        clock.close()


async def test_the_ledger_tells_everything_in_decimal_strings(room: Room) -> None:
    await room.venue.place(new_order(1))
    room.venue.advance_to(on_monday("09:47:00"))
    async with room.client.get("/sim/ledger") as answer:
        ledger = json.loads(await answer.text(), parse_float=lambda _: pytest.fail("a float"))
    assert [order["raw_status"] for order in ledger["orders"]] == [56]
    assert ledger["fills"][0]["client_order_id"] == "ORDER0001"
    amounts = [Decimal(entry["amount"]) for entry in ledger["cash_entries"]]
    assert decimal_text(sum(amounts, Decimal(0))) == ledger["cash"]["total"]
    assert ledger["cash_entries"][-1]["balance"] == ledger["cash"]["total"]
    assert [entry["kind"] for entry in ledger["share_entries"]] == ["OPENING", "BUY"]
    assert {position["symbol"] for position in ledger["positions"]} == {"600000.SH", STEEL}


async def test_the_clock_tells_its_mode_and_participants(room: Room) -> None:
    await room.post("/sim/clock/join", {"participant": "daemon"})
    async with room.client.get("/sim/clock") as answer:
        assert await answer.json() == {
            "mode": "stepped",
            "server_time": "2025-11-10T09:46:00+08:00",
            "speed": None,
            "participants": ["daemon"],
        }
    await room.post("/sim/clock/leave", {"participant": "daemon"})
    assert room.clock.participants() == ()


async def test_a_wait_is_answered_when_everybody_waits(room: Room) -> None:
    for name in ("daemon", "driver"):
        await room.post("/sim/clock/join", {"participant": name})
    early = on_monday("09:50:00").isoformat()
    late = on_monday("10:50:00").isoformat()
    waits = [
        asyncio.create_task(room.post("/sim/clock/wait", {"participant": who, "until": until}))
        for who, until in (("daemon", early), ("driver", late))
    ]
    assert await waits[0] == (HTTPStatus.OK, {"server_time": early})
    assert not waits[1].done()
    await room.post("/sim/clock/leave", {"participant": "driver"})
    await waits[1]


async def test_a_lost_connection_holds_time(room: Room) -> None:
    for name in ("daemon", "driver"):
        await room.post("/sim/clock/join", {"participant": name})
    body = {"participant": "daemon", "until": on_monday("09:50:00").isoformat()}
    async with aiohttp.ClientSession() as killed:
        lost = asyncio.create_task(killed.post(room.client.make_url("/sim/clock/wait"), json=body))
        await room.is_waiting("daemon")
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
    until = on_monday("10:00:00").isoformat()
    driver = asyncio.create_task(
        room.post("/sim/clock/wait", {"participant": "driver", "until": until})
    )
    await room.is_waiting("driver")
    assert room.venue.now() == on_monday("09:46:00")
    await room.post("/sim/clock/join", {"participant": "daemon"})
    status, _ = await room.post("/sim/clock/wait", {"participant": "daemon", "until": until})
    assert status == HTTPStatus.OK
    assert await driver == (HTTPStatus.OK, {"server_time": until})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sim/clock/wait", {"participant": "x", "until": "2025-11-10T10:00:00+08:00"}, 409),
        ("/sim/clock/wait", {"participant": "x", "until": "2025-11-10T10:00:00"}, 400),
        ("/sim/clock/join", {"name": "x"}, 400),
        ("/sim/clock/leave", [], 400),
        ("/sim/faults", [{"kind": "NOVEL"}], 400),
        ("/sim/script", [{"kind": "NOVEL"}], 400),
    ],
)
async def test_nonsense_is_refused(room: Room, path: str, body: object, status: int) -> None:
    assert (await room.post(path, body))[0] == status


async def test_faults_are_armed_by_call(room: Room) -> None:
    body = [{"kind": "LATE_REJECT"}, {"kind": "RATE_LIMITED"}]
    assert await room.post("/sim/faults", body) == (HTTPStatus.OK, {"armed": 2})
    assert (await room.post("/v1/orders", {}))[0] == HTTPStatus.TOO_MANY_REQUESTS


async def test_armed_faults_and_strikes_are_told_and_disarmed(room: Room) -> None:
    await room.post("/sim/faults", [{"kind": "LATE_REJECT"}, {"kind": "NOT_READY"}])
    await room.venue.place(new_order(1, price="9.50"))
    await room.post("/v1/orders", {})
    async with room.client.get("/sim/faults") as answer:
        told = await answer.json()
    assert [(fault["kind"], fault["struck"]) for fault in told["armed"]] == [
        ("LATE_REJECT", 1),
        ("NOT_READY", 1),
    ]
    assert [(strike["where"], strike["kind"]) for strike in told["struck"]] == [
        ("venue", "LATE_REJECT"),
        ("wire", "NOT_READY"),
    ]
    async with room.client.delete("/sim/faults") as answer:
        assert await answer.json() == {"disarmed": 2}
    async with room.client.get("/sim/faults") as answer:
        assert [await answer.json()] == [{"armed": [], "struck": told["struck"]}]


async def test_a_script_is_planned_by_call_and_told_once_played(room: Room) -> None:
    at = on_monday("09:50:00").isoformat()
    script = [{"kind": "CASH", "at": at, "reason": "DEPOSIT", "amount": "5.00"}]
    assert await room.post("/sim/script", script) == (HTTPStatus.OK, {"planned": 1})
    room.venue.advance_to(on_monday("09:50:00"))
    async with room.client.get("/sim/script") as answer:
        assert await answer.json() == {"played": [{"at": at, "kind": "CASH", "refused": ""}]}
