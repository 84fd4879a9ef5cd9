"""The paper gateway is killed and started again as a user would, and the same day goes on."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from adapters.wire.signing import GatewayCredentials
from daemon.rehearsal.sample import sample_directory
from market.phases import market_time
from tests.support.gateway import HandSigned

CREDENTIALS = GatewayCredentials("key", "secret", "token")
SESSION = date(2026, 1, 19)
ACCOUNT = "PAPER0001"
NAME = "600076.SH"
START_TIMEOUT_S = 60


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def gateway(folder: Path, *words: str) -> AsyncIterator[tuple[HandSigned, int]]:
    """Start the real process; yields a client and the pid, and kills it at the end."""
    start = market_time(SESSION, "09:46:00").isoformat()
    verb = ["gateway", "--port", "0", "--market", str(sample_directory() / "market"), "--stepped"]
    verb += ["--start", start, "--state", str(folder), "--json", *words]
    secrets = {
        "PINGAN_API_KEY": CREDENTIALS.access_key,
        "PINGAN_API_SECRET": CREDENTIALS.secret_key,
        "PINGAN_API_TOKEN": CREDENTIALS.token,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "daemon.cli.main", *verb),
        env={**os.environ, **secrets},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        endpoint = await _endpoint(process)
        async with aiohttp.ClientSession() as http:
            yield (
                HandSigned(URL(endpoint), http, now, CREDENTIALS, random_bytes=os.urandom),
                (process.pid),
            )
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _endpoint(process: asyncio.subprocess.Process) -> str:
    """Return what the gateway says of itself once it listens."""
    assert process.stdout is not None
    async with asyncio.timeout(START_TIMEOUT_S):
        line = await process.stdout.readline()
    endpoint: str = json.loads(line)["endpoint"]
    return endpoint


async def sim(client: HandSigned, path: str, body: object = None) -> dict[str, Any]:
    """Call /sim/, with GET where there is no body."""
    method = "GET" if body is None else "POST"
    async with client.http.request(method, f"{client.base}/sim/{path}", json=body) as reply:
        told: dict[str, Any] = await reply.json()
        assert reply.status == 200, told
        return told


async def login(client: HandSigned) -> None:
    body = {"client_id": "daemon", "account_id": ACCOUNT, "instance_id": "one"}
    client.authorization = CREDENTIALS.token
    answer = await client.post("/v1/session", body)
    client.authorization = f"Bearer {answer.body['session_token']}"


async def step(client: HandSigned, clock: str) -> None:
    until = market_time(SESSION, clock).isoformat()
    await sim(client, "clock/wait", {"participant": "driver", "until": until})


async def send(client: HandSigned, number: int, price: str) -> dict[str, Any]:
    order = {
        "client_order_id": f"ORDER{number:04d}",
        "symbol": NAME,
        "side": "BUY",
        "limit_price": price,
        "quantity": 1000,
        "deadline": market_time(SESSION, "14:50:00").isoformat(),
    }
    (result,) = (await client.post("/v1/orders", {"orders": [order]})).body["results"]
    told: dict[str, Any] = result
    return told


async def test_a_killed_gateway_goes_on_with_the_same_day(tmp_path: Path) -> None:
    async with gateway(tmp_path) as (client, pid):
        await sim(client, "clock/join", {"participant": "driver"})
        await login(client)
        (quote,) = (await client.get(f"/v1/quotes?symbols={NAME}")).body["quotes"]
        assert (await send(client, 1, quote["ask1"]))["outcome"] == "accepted"
        await step(client, "09:50:00")
        assert (await send(client, 2, "4.05"))["outcome"] == "accepted"
        before = await sim(client, "ledger")
        os.kill(pid, signal.SIGKILL)
    async with gateway(tmp_path) as (again, _):
        assert await sim(again, "ledger") == before
        assert (await sim(again, "clock"))["participants"] == ["driver"]
        again.authorization = client.authorization
        assert (await send(again, 2, "4.05"))["replayed"]
        assert (await again.post("/v1/orders/ORDER0002/cancel")).status == 202
        await step(again, "09:51:00")
        after = await sim(again, "ledger")
    assert [order["raw_status"] for order in before["orders"]] == [56, 50]
    assert [order["raw_status"] for order in after["orders"]] == [56, 54]
    assert after["cash"]["frozen"] == "0"


async def test_another_venue_or_a_fresh_one_begins_anew_on_the_same_state(tmp_path: Path) -> None:
    async with gateway(tmp_path) as (client, _):
        await login(client)
        await send(client, 1, "4.05")
    async with gateway(tmp_path, "--seed", "5") as (client, _):
        assert (await sim(client, "ledger"))["orders"] == []
    async with gateway(tmp_path, "--fresh") as (client, _):
        assert (await sim(client, "ledger"))["orders"] == []


async def test_the_restart_fault_ends_the_session_and_keeps_ids_and_books(tmp_path: Path) -> None:
    async with gateway(tmp_path) as (client, _):
        await login(client)
        await send(client, 1, "4.05")
        await sim(client, "faults", [{"kind": "RESTART_AFTER"}])
        with pytest.raises(aiohttp.ClientError):
            await send(client, 2, "4.05")
        expired = await client.get("/v1/funds")
        assert (expired.status, expired.body["code"]) == (401, "AUTH_TOKEN_EXPIRED")
        await login(client)
        assert [(await send(client, number, "4.05"))["replayed"] for number in (1, 2)] == [
            True,
            True,
        ]
        assert len((await sim(client, "ledger"))["orders"]) == 2
