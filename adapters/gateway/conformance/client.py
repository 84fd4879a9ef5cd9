"""Signed HTTP by hand: a case may send what no honest client would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError
from yarl import URL

from adapters.gateway.conformance.verdict import NotKept
from adapters.wire.ports import RandomBytes, UtcNow
from adapters.wire.signing import (
    CONTRACT_V1,
    NONCE_BYTES,
    SIGNATURE_HEADER,
    GatewayCredentials,
    SignedParts,
    SigningScheme,
    signature_header,
    timestamp_text,
)

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Packet:
    """One request as it goes on the wire; `target` is the raw path with its raw query.

    `headers` are keyed in lower case.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    def with_header(self, name: str, value: str) -> "Packet":
        """Return the request with one header changed after it was signed."""
        return Packet(self.method, self.target, {**self.headers, name: value}, self.body)

    def without_header(self, name: str) -> "Packet":
        """Return the request with one header taken away."""
        kept = {key: value for key, value in self.headers.items() if key != name}
        return Packet(self.method, self.target, kept, self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are looked up in any case."""

    asked: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, model: type[Model]) -> Model:
        """Read the body strictly: whole numbers are no strings, money is. Raises NotKept."""
        try:
            return model.model_validate_json(self.body, strict=True)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(part) for part in fault["loc"])
            raise NotKept(
                f"{self} is no {model.__name__}: {place or 'the body'}: {fault['msg']}"
            ) from error

    def __str__(self) -> str:
        return f"the answer {self.status} to {self.asked}"


@dataclass(slots=True)
class ConformanceClient:
    """Sends to one gateway; `authorization` is that of the session in use.

    aiohttp.ClientError, TimeoutError and OSError escape: no whole answer came.
    """

    endpoint: URL
    http: aiohttp.ClientSession
    credentials: GatewayCredentials
    utc_now: UtcNow
    random_bytes: RandomBytes
    authorization: str = ""
    server_ahead: timedelta = field(default_factory=timedelta)

    def server_now(self) -> datetime:
        """Return the gateway's real time as last measured."""
        return self.utc_now() + self.server_ahead

    def signed(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        moment: datetime | None = None,
        nonce: str | None = None,
        authorization: str | None = None,
        secret_key: str | None = None,
        scheme: SigningScheme = CONTRACT_V1,
    ) -> Packet:
        """Return a signed request; what is not given is what an honest client would use."""
        headers = {
            "authorization": self.authorization if authorization is None else authorization,
            "x-api-key": self.credentials.access_key,
            "x-nonce": nonce or self.random_bytes(NONCE_BYTES).hex(),
            "x-timestamp": timestamp_text(moment or self.server_now()),
        }
        path, _, raw_query = target.partition("?")
        parts = SignedParts(method, path, raw_query, headers, body)
        signature = signature_header(scheme, secret_key or self.credentials.secret_key, parts)
        signed = {**headers, SIGNATURE_HEADER.lower(): signature}
        return Packet(method, target, {**signed, "content-type": "application/json"}, body)

    async def send(self, packet: Packet) -> Answer:
        """Send a request exactly as it is."""
        async with self.http.request(
            packet.method,
            URL(f"{self.endpoint}{packet.target}", encoded=True),
            data=packet.body or None,
            headers=packet.headers,
            allow_redirects=False,
        ) as reply:
            body = await reply.read()
            return Answer(f"{packet.method} {packet.target}", reply.status, reply.headers, body)

    async def get(self, target: str) -> Answer:
        """Send a signed GET."""
        return await self.send(self.signed("GET", target))

    async def post(self, target: str, body: BaseModel | Mapping[str, object] | None) -> Answer:
        """Send a signed POST."""
        return await self.send(self.signed("POST", target, content_of(body)))


def content_of(body: BaseModel | Mapping[str, object] | None) -> bytes:
    """Return the bytes of a JSON body; None is an empty one."""
    if body is None:
        return b""
    if isinstance(body, BaseModel):
        return body.model_dump_json().encode()
    return json.dumps(body).encode()
