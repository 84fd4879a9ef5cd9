"""A real gateway on loopback in front of a venue, and a client that signs by hand."""

import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Middleware
from yarl import URL

from adapters.gateway.app import create_app
from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.settings import GatewaySettings
from adapters.gateway.venue import Venue
from adapters.wire.ports import RandomBytes
from adapters.wire.signing import (
    CONTRACT_V1,
    GatewayCredentials,
    SignedParts,
    signature_header,
    timestamp_text,
)

CREDENTIALS = GatewayCredentials("key-1", "secret-1", "token-1")
ACCOUNT = "8000001234"
SETTINGS = GatewaySettings(account_id=ACCOUNT, version="test")


@dataclass
class HandClock:
    """Real time as a test sets it."""

    now: datetime = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def counting_bytes(start: int = 1) -> RandomBytes:
    """Distinct bytes without chance, so that a failure repeats."""
    numbers = itertools.count(start)
    return lambda length: next(numbers).to_bytes(length, "big")


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[URL]:
    """Serve an application on a free loopback port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield URL(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


@asynccontextmanager
async def gateway(
    venue: Venue,
    folder: Path,
    clock: Callable[[], datetime],
    settings: GatewaySettings = SETTINGS,
    extra_routes: Sequence[web.AbstractRouteDef] = (),
    extra_middlewares: Sequence[Middleware] = (),
) -> AsyncIterator[URL]:
    """Serve a gateway whose memory is in `folder`; the same folder again is a restart."""
    store = await IdempotencyStore.open(folder / "gateway.sqlite")
    try:
        app = create_app(
            venue,
            CREDENTIALS,
            settings,
            utc_now=clock,
            random_bytes=counting_bytes(),
            idempotency=store,
            extra_routes=extra_routes,
            extra_middlewares=extra_middlewares,
        )
        async with served(app) as base:
            yield base
    finally:
        await store.close()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]


@dataclass
class HandSigned:
    """Signs each request with the published scheme, and lets a test tamper with the result."""

    base: URL
    http: aiohttp.ClientSession
    clock: Callable[[], datetime]
    credentials: GatewayCredentials = CREDENTIALS
    authorization: str = ""
    random_bytes: RandomBytes = field(default_factory=counting_bytes)

    async def login(self, instance_id: str = "one") -> Answer:
        body = {"client_id": "daemon", "account_id": ACCOUNT, "instance_id": instance_id}
        token = self.credentials.token
        answer = await replace(self, authorization=token).post("/v1/session", body)
        self.authorization = f"Bearer {answer.body.get('session_token')}"
        return answer

    async def get(self, target: str) -> Answer:
        return await self.send("GET", target, b"", self.headers("GET", target, b""))

    async def post(self, target: str, body: object = None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        return await self.send("POST", target, content, self.headers("POST", target, content))

    def headers(
        self,
        method: str,
        target: str,
        body: bytes,
        timestamp: str | None = None,
    ) -> dict[str, str]:
        signed = {
            "authorization": self.authorization,
            "x-api-key": self.credentials.access_key,
            "x-nonce": self.random_bytes(16).hex(),
            "x-timestamp": timestamp or timestamp_text(self.clock()),
        }
        path, _, query = target.partition("?")
        parts = SignedParts(method, path, query, signed, body)
        signature = signature_header(CONTRACT_V1, self.credentials.secret_key, parts)
        return {**signed, "x-api-signature": signature}

    async def send(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        url = URL(f"{self.base}{target}", encoded=True)
        data = body or None
        async with self.http.request(method, url, data=data, headers=headers) as reply:
            return Answer(reply.status, json.loads(await reply.read()), reply.headers)


@asynccontextmanager
async def hand_signed(base: URL, clock: Callable[[], datetime]) -> AsyncIterator[HandSigned]:
    """Yield a hand-signing client that has no session yet."""
    async with aiohttp.ClientSession() as http:
        yield HandSigned(base, http, clock)
