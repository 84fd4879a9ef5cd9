"""Signs requests and hands them to a transport. No meaning, no retries."""

from dataclasses import dataclass
from datetime import timedelta

from yarl import URL

from adapters.pingan.transport import HttpReply, SignedRequest, Transport
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


class PingAnClient:
    """Speaks to one gateway over one transport, which it owns."""

    def __init__(
        self,
        endpoint: URL,
        credentials: GatewayCredentials,
        *,
        utc_now: UtcNow,
        random_bytes: RandomBytes,
        transport: Transport,
    ) -> None:
        self._base = f"{endpoint}/v1"
        self._credentials = credentials
        self._utc_now = utc_now
        self._random_bytes = random_bytes
        self._transport = transport
        self._server_ahead = timedelta()

    @property
    def server_ahead(self) -> timedelta:
        """How far the gateway's real time is ahead of ours, as last measured."""
        return self._server_ahead

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    def set_server_ahead(self, ahead: timedelta) -> None:
        """Note a measurement of the gateway's clock."""
        self._server_ahead = ahead

    async def send(self, call: HttpCall) -> HttpReply:
        """Send one request at most once. Raises TransportError."""
        url = URL(f"{self._base}{call.path}{'?' if call.query else ''}{call.query}", encoded=True)
        request = SignedRequest(call.method, url, self._headers(call, url), call.body)
        return await self._transport.exchange(request)

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
