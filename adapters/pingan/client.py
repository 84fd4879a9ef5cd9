"""Signed HTTP: bytes out, bytes in, and whether any byte left. No meaning, no retries."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import aiohttp
from yarl import URL

from adapters.wire.ports import RandomBytes, UtcNow
from adapters.wire.signing import (
    API_KEY_HEADER,
    AUTHORIZATION_HEADER,
    CONTRACT_V1,
    NONCE_BYTES,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    GatewayCredentials,
    SignedParts,
    signature_header,
    timestamp_text,
)

REPLY_BYTES_MAX = 16 * 1024 * 1024
_CONNECTIONS_MAX = 8
_IDLE_CONNECTION_S = 15


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request; `query` is raw, without the question mark.

    `server_clock` signs with the gateway's time as last measured, which only a request that may
    safely be late or early should do (trading-day.md rule 25).
    """

    method: str
    path: str
    authorization: str
    query: str = ""
    body: bytes = b""
    server_clock: bool = True


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


class PingAnClient:
    """One pool of connections to one gateway, opened by the first call."""

    def __init__(
        self,
        endpoint: URL,
        credentials: GatewayCredentials,
        *,
        utc_now: UtcNow,
        random_bytes: RandomBytes,
        request_timeout_s: Decimal,
    ) -> None:
        self._base = f"{endpoint}/v1"
        self._credentials = credentials
        self._utc_now = utc_now
        self._random_bytes = random_bytes
        seconds = float(request_timeout_s)
        self._timeout = aiohttp.ClientTimeout(
            total=seconds,
            sock_connect=seconds,
            sock_read=seconds,
        )
        self._server_ahead = timedelta()
        self._session: aiohttp.ClientSession | None = None

    @property
    def server_ahead(self) -> timedelta:
        """How far the gateway's real time is ahead of ours, as last measured."""
        return self._server_ahead

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def set_server_ahead(self, ahead: timedelta) -> None:
        """Note a measurement of the gateway's clock."""
        self._server_ahead = ahead

    async def send(self, call: HttpCall) -> HttpReply:
        """Send one request at most once. Raises TransportError.

        A GET whose kept-alive connection turns out dead is repeated once inside aiohttp, with
        the same nonce; a POST never is.
        """
        url = URL(f"{self._base}{call.path}{'?' if call.query else ''}{call.query}", encoded=True)
        trace = SimpleNamespace(bytes_started=False)
        try:
            return await self._exchange(call, url, trace)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{type(error).__name__} {error}".rstrip()
            raise TransportError(message, bytes_started=trace.bytes_started) from error

    async def _exchange(self, call: HttpCall, url: URL, trace: SimpleNamespace) -> HttpReply:
        async with self._connected().request(
            call.method,
            url,
            data=call.body or None,
            headers=self._headers(call, url),
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

    def _headers(self, call: HttpCall, url: URL) -> dict[str, str]:
        moment = self._utc_now() + (self._server_ahead if call.server_clock else timedelta())
        headers = {
            AUTHORIZATION_HEADER: call.authorization,
            API_KEY_HEADER: self._credentials.access_key,
            NONCE_HEADER: self._random_bytes(NONCE_BYTES).hex(),
            TIMESTAMP_HEADER: timestamp_text(moment),
        }
        parts = SignedParts(
            method=call.method,
            path=url.raw_path,
            raw_query=call.query,
            headers={name.lower(): value for name, value in headers.items()},
            body=call.body,
        )
        signature = signature_header(CONTRACT_V1, self._credentials.secret_key, parts)
        return headers | {
            SIGNATURE_HEADER: signature,
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }


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
