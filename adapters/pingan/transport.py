"""How a signed request travels: the port, and the one way it travels in production, HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Protocol

import aiohttp
from yarl import URL

REPLY_BYTES_MAX = 16 * 1024 * 1024
_CONNECTIONS_MAX = 8
_IDLE_CONNECTION_S = 15


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What leaves this host, whole; `url` is encoded already."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole answer; half of one is a TransportError."""

    status: int
    body: bytes
    retry_after: str = ""


class TransportError(Exception):
    """No whole answer came; `bytes_started` tells whether the gateway may have got a request."""

    def __init__(self, message: str, *, bytes_started: bool) -> None:
        super().__init__(message)
        self.bytes_started = bytes_started


class Transport(Protocol):
    """Carries one request at most once."""

    async def exchange(self, request: SignedRequest) -> HttpReply:
        """Send it and return the answer. Raises TransportError."""
        ...

    async def close(self) -> None:
        """Let go of whatever is open."""
        ...


class HttpTransport:
    """One pool of connections, opened by the first request."""

    def __init__(self, request_timeout_s: Decimal) -> None:
        seconds = float(request_timeout_s)
        self._timeout = aiohttp.ClientTimeout(
            total=seconds,
            sock_connect=seconds,
            sock_read=seconds,
        )
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def exchange(self, request: SignedRequest) -> HttpReply:
        """Send one request at most once. Raises TransportError.

        A GET whose kept-alive connection turns out dead is repeated once inside aiohttp, with
        the same nonce; a POST never is.
        """
        trace = SimpleNamespace(bytes_started=False)
        try:
            return await self._exchange(request, trace)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{type(error).__name__} {error}".rstrip()
            raise TransportError(message, bytes_started=trace.bytes_started) from error

    async def _exchange(self, request: SignedRequest, trace: SimpleNamespace) -> HttpReply:
        async with self._connected().request(
            request.method,
            request.url,
            data=request.body or None,
            headers=request.headers,
            allow_redirects=False,
            trace_request_ctx=trace,
        ) as response:
            body = await _whole_body(response)
            return HttpReply(response.status, body, response.headers.get("Retry-After", ""))

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=_CONNECTIONS_MAX,
                    keepalive_timeout=_IDLE_CONNECTION_S,
                ),
                timeout=self._timeout,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_first_byte_trace()],
            )
        return self._session


async def _whole_body(response: aiohttp.ClientResponse) -> bytes:
    """Read to the end, but never without bound."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > REPLY_BYTES_MAX:
            response.close()
            raise aiohttp.ClientPayloadError(f"the reply is longer than {REPLY_BYTES_MAX} bytes")
    return bytes(body)


def _first_byte_trace() -> aiohttp.TraceConfig:
    """Observe the first byte leaving; an exception class cannot tell (A3)."""

    async def mark(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _params: aiohttp.TraceRequestHeadersSentParams | aiohttp.TraceRequestChunkSentParams,
    ) -> None:
        context.trace_request_ctx.bytes_started = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(mark)
    trace.on_request_chunk_sent.append(mark)
    return trace
