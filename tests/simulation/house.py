"""The other side of the wire: the real gateway code before the real paper venue, in this process.

The gateway lives on a loop of its own that stands inside one instant of the daemon's: whatever
it does happens between the arrival of a request and its answer, and survives the daemon's death.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from aiohttp import StreamReader, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.http_writer import HttpVersion11
from yarl import URL

from adapters.gateway.app import create_app
from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.settings import GatewaySettings
from adapters.pingan.transport import HttpReply, SignedRequest, TransportError
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.wire.signing import GatewayCredentials
from tests.simulation.machine import moment
from tests.simulation.virtual_loop import VirtualLoop

Result = TypeVar("Result")
CREDENTIALS = GatewayCredentials(access_key="k", secret_key="s" * 32, token="t" * 32)


@dataclass(slots=True)
class _Line:
    """The connection of one request, as much of it as the gateway touches."""

    is_aborted: bool = False
    ssl_context: None = None
    peername: tuple[str, int] = ("127.0.0.1", 1)
    sockname: tuple[str, int] = ("127.0.0.1", 2)

    @property
    def transport(self) -> "_Line":
        return self

    def abort(self) -> None:
        self.is_aborted = True

    async def write_headers(self, *_args: Any) -> None:
        """Nothing of an answer is streamed: it is taken whole, or the line broke."""

    async def write(self, *_args: Any) -> None:
        """See `write_headers`."""

    def enable_compression(self, *_args: Any) -> None:
        """See `write_headers`."""


class House:
    """One gateway process after another before one venue."""

    def __init__(
        self,
        venue: SimulatedVenue,
        settings: GatewaySettings,
        folder: Path,
        origin: datetime,
        dice: random.Random,
    ) -> None:
        self.venue = venue
        self._settings = settings
        self._folder = folder
        self._origin = origin
        self._dice = dice
        self._loop = VirtualLoop(0)
        self._idempotency: IdempotencyStore | None = None
        self._app: web.Application | None = None
        self.restart(0)

    @property
    def idempotency_path(self) -> Path:
        """Where the gateway keeps used ids."""
        return self._folder / "idempotency.sqlite"

    @property
    def idempotency(self) -> IdempotencyStore:
        """The used ids of the running gateway."""
        if self._idempotency is None:
            raise RuntimeError("no gateway is running")
        return self._idempotency

    def restart(self, now_s: float) -> None:
        """End the gateway process and start another; ids and session epochs are on disk."""
        if self._idempotency is not None:
            self._idempotency._connection.close()
        self._app = self._run(self._start(), now_s)

    def answer(self, request: SignedRequest, now_s: float) -> HttpReply:
        """Let a request arrive at an instant; TransportError when the gateway hung up."""
        self.advance(now_s)
        line = _Line()
        response = self._run(self._handle(request, line), now_s)
        if line.is_aborted:
            raise TransportError("the gateway hung up", bytes_started=True)
        body = response.body if isinstance(response, web.Response) else b""
        content = bytes(body) if isinstance(body, bytes | bytearray) else b""
        return HttpReply(response.status, content, response.headers.get("Retry-After", ""))

    def advance(self, now_s: float) -> None:
        """Let market time run at the venue."""
        now = moment(self._origin, now_s)
        if now > self.venue.now():
            self.venue.advance_to(now)

    def steal_session(self, now_s: float) -> None:
        """Somebody else logs in: the daemon's session is superseded."""
        if self._idempotency is not None:
            account = self._settings.account_id
            self._run(self._idempotency.next_session_epoch(account), now_s)

    def close(self) -> None:
        """End the gateway for good."""
        if self._idempotency is not None:
            self._idempotency._connection.close()
        self._loop.close()

    async def _start(self) -> web.Application:
        self._idempotency = await IdempotencyStore.open(self.idempotency_path)
        app = create_app(
            self.venue,
            CREDENTIALS,
            self._settings,
            utc_now=lambda: moment(self._origin, self._loop.now_s).astimezone(UTC),
            random_bytes=self._dice.randbytes,
            idempotency=self._idempotency,
            sleep=self._loop.pause,
        )
        app.freeze()
        await app.startup()
        return app

    async def _handle(self, request: SignedRequest, line: _Line) -> web.StreamResponse:
        if self._app is None:
            raise TransportError("no gateway", bytes_started=False)
        return await self._app._handle(self._received(request, line))

    def _received(self, request: SignedRequest, line: _Line) -> web.Request:
        headers: Any = web.StreamResponse(headers=request.headers).headers
        target = request.url.raw_path_qs
        message = RawRequestMessage(
            method=request.method,
            path=target,
            version=HttpVersion11,
            headers=headers,
            raw_headers=(),
            should_close=False,
            compression=None,
            upgrade=False,
            chunked=False,
            url=URL(target, encoded=True),
        )
        payload = StreamReader(cast("Any", _Quiet()), 2**16, loop=self._loop)
        payload.feed_data(request.body)
        payload.feed_eof()
        return web.Request(
            message,
            payload,
            cast("Any", line),
            cast("Any", line),
            cast("asyncio.Task[None]", None),
            self._loop,
            client_max_size=self._settings.body_bytes_max,
        )

    def _run(self, coroutine: Any, now_s: float) -> Any:
        """Run the gateway's loop to an answer, inside one instant of the loop that called."""
        self._loop.now_s = max(now_s, self._loop.now_s)
        with outside_of_loops():
            return self._loop.run_until_complete(coroutine)


class _Quiet:
    """The flow control of a connection that never fills up."""

    _reading_paused = False

    def resume_reading(self, *_args: Any, **_more: Any) -> None:
        """Nothing was paused."""

    def pause_reading(self) -> None:
        """Nothing needs to be paused."""


@contextmanager
def outside_of_loops() -> Iterator[None]:
    """Forget the running loop for a while: another process has a loop of its own."""
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)
