"""A gateway on a real socket that answers whatever a test wrote down, or breaks as told."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from tests.support.gateway import ACCOUNT, HandClock

SESSION_LIFETIME = timedelta(hours=12)


class Break(Enum):
    """What happens to the connection instead of an answer."""

    RESET = auto()
    CLOSE = auto()
    SILENCE = auto()


@dataclass(frozen=True)
class Say:
    """An answer; `cut` leaves out its last bytes and closes."""

    status: int
    body: bytes | dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()
    cut: int = 0

    def text(self) -> bytes:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
        return whole[: len(whole) - self.cut]


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Say | Break | Callable[[Asked], "Say | Break"]


def error(
    status: int,
    code: str,
    outcome: str = "not_executed",
    retry: str = "never",
    **more: object,
) -> Say:
    body = {"code": code, "message": f"told {code}", "outcome": outcome, "retry": retry}
    return Say(status, {**body, "request_id": "r1", **more})


@dataclass
class ScriptedGateway:
    """Logs in and tells the time by itself; every other request takes the next of `answers`.

    `logins` and `healths` come first for those two; once they are used up they succeed.
    """

    clock: HandClock
    answers: list[Answer] = field(default_factory=list)
    logins: list[Answer] = field(default_factory=list)
    healths: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    epoch: int = 0
    base: str = ""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def asked_for(self, prefix: str) -> list[Asked]:
        return [request for request in self.asked if request.target.startswith(prefix)]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while await self._serve_one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _request(reader)
        self.asked.append(request)
        answer = self._answer(request)
        if isinstance(answer, Say):
            writer.write(answer.text())
            return not answer.cut
        if answer is Break.SILENCE:
            await reader.read()
        if answer is Break.RESET:
            _reset(writer)
        return False

    def _answer(self, request: Asked) -> Say | Break:
        if request.target == "/v1/health":
            answer: Answer = self.healths.pop(0) if self.healths else self._health()
        elif request.target == "/v1/session":
            answer = self.logins.pop(0) if self.logins else self._session()
        else:
            answer = self.answers.pop(0)
        return answer if isinstance(answer, Say | Break) else answer(request)

    def _health(self) -> Say:
        health = {"status": "ok", "version": "1", "venue": "scripted", "market_phase": "MORNING"}
        return Say(200, {**health, "server_time": self.clock.now.isoformat()})

    def _session(self) -> Say:
        self.epoch += 1
        body = {
            "session_token": f"session-{self.epoch}",
            "session_epoch": self.epoch,
            "expires_at": (self.clock.now + SESSION_LIFETIME).isoformat(),
            "account_id": ACCOUNT,
            "trade_date": "2025-11-10",
            "server_time": "2025-11-10T09:31:00+08:00",
            "capabilities": {},
            "rate_limits": {
                "orders_per_second": 5,
                "orders_per_second_hard": 10,
                "orders_per_day": 1000,
            },
        }
        return Say(200, body)


@asynccontextmanager
async def scripted(clock: HandClock) -> AsyncIterator[ScriptedGateway]:
    """Serve a script on a free loopback port."""
    gateway = ScriptedGateway(clock)
    server = await asyncio.start_server(gateway.handle, "127.0.0.1", 0)
    gateway.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield gateway
    finally:
        server.close()
        for writer in gateway.writers:
            writer.transport.abort()
        await server.wait_closed()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Drop the connection with RST, as a crashed peer does."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
