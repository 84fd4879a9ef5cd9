"""Requests made up from the OpenAPI document, good ones and bad ones, over loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from yarl import URL

from adapters.gateway.limits import RateLimits
from adapters.gateway.settings import GatewaySettings
from adapters.wire.models import NewOrder, SubmitRequest
from adapters.wire.openapi import CALLS, Call, document
from adapters.wire.signing import CONTRACT_V1, SignedParts, signature_header, timestamp_text
from market.phases import market_time
from market.side import Side
from tests.adapters.gateway.conformance.stand import FRIDAY, SYMBOLS, sample_venue
from tests.support.gateway import (
    ACCOUNT,
    CREDENTIALS,
    HandClock,
    counting_bytes,
    gateway,
    hand_signed,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES_MAX = 12
# The limits have tests of their own; here they would hide what stands behind them.
SETTINGS = GatewaySettings(
    ACCOUNT, "test", limits=RateLimits(10**6, 10**6, 10**6), events_wait_max_s=0
)
OUR_ID = "S0000000000000000001"
NOON = market_time(FRIDAY, "10:46:00")


class Outgoing(Protocol):
    """A request as the library under schemathesis is about to send it."""

    method: str
    path_url: str
    body: str | bytes | None
    headers: dict[str, str]


@dataclass(frozen=True)
class Signature:
    """Signs what was made up, exactly as it goes out."""

    clock: HandClock
    authorization: str
    random_bytes: Any

    def __call__(self, request: Outgoing) -> Outgoing:
        path, _, query = request.path_url.partition("?")
        body = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        headers = {
            "authorization": self.authorization,
            "x-api-key": CREDENTIALS.access_key,
            "x-nonce": self.random_bytes(16).hex(),
            "x-timestamp": timestamp_text(self.clock()),
        }
        parts = SignedParts(request.method, path, query, headers, content)
        signature = signature_header(CONTRACT_V1, CREDENTIALS.secret_key, parts)
        request.headers.update({**headers, "x-api-signature": signature})
        return request


@dataclass(frozen=True)
class Served:
    """A gateway with a session, an order of ours and nothing to stop a caller but itself."""

    base: URL
    session: Signature
    login: Signature

    def asks(self, case: Case[Any], call: Call) -> None:
        """Send one made-up request and hold the answer against the document."""
        auth = self.login if call.path == "/v1/session" else self.session
        case.call_and_validate(base_url=str(self.base), auth=auth, checks=CHECKS)


@asynccontextmanager
async def served_gateway(folder: Path) -> AsyncIterator[Served]:
    clock, random_bytes = HandClock(), counting_bytes(10**9)
    venue = sample_venue()
    venue.advance_to(NOON)
    async with (
        gateway(venue, folder, clock, SETTINGS) as base,
        hand_signed(base, clock) as client,
    ):
        await client.login()
        assert (await client.post("/v1/orders", batch_of(an_order()))).status == 200
        yield Served(
            base,
            Signature(clock, client.authorization, random_bytes),
            Signature(clock, CREDENTIALS.token, random_bytes),
        )


def an_order() -> NewOrder:
    return NewOrder(
        client_order_id=OUR_ID,
        symbol=SYMBOLS[0],
        side=Side.BUY,
        limit_price=Decimal("4.00"),
        quantity=200,
        deadline=NOON + timedelta(hours=1),
    )


def batch_of(order: NewOrder) -> dict[str, Any]:
    return SubmitRequest(orders=(order,)).model_dump(mode="json")


def named(call: Call) -> dict[str, Any]:
    """Return what makes a request to this call meet something that is there."""
    if "client_order_id" in call.parameters:
        return {"path_parameters": {"client_order_id": OUR_ID}}
    if "symbols" in call.parameters:
        return {"query": {"symbols": ",".join((*SYMBOLS, "600499.SH", "605998.SH"))}}
    if call.path == "/v1/session":
        return {"body": {"client_id": "daemon", "account_id": ACCOUNT, "instance_id": "two"}}
    if call.body is SubmitRequest:
        return {"body": batch_of(an_order())}
    return {}


def made_up(call: Call, mode: GenerationMode) -> st.SearchStrategy[Case[Any]]:
    """Return requests to one call; half of the good ones meet something that is there."""
    schema = schemathesis.openapi.from_dict(document() | {"security": []})
    operation = schema[call.path][call.method.upper()]
    anything = operation.as_strategy(generation_mode=mode)
    if mode is GenerationMode.NEGATIVE or not named(call):
        return anything
    return st.one_of(operation.as_strategy(**named(call)), anything)


def can_be_wrong(call: Call) -> bool:
    """Whether a call has a body or a query; every path names some order."""
    return call.body is not None or bool(set(call.parameters) - {"client_order_id"})


TRIES = [
    pytest.param(call, mode, id=f"{call.method} {call.path} {mode.value}")
    for mode in GenerationMode
    for call in CALLS
    if mode is GenerationMode.POSITIVE or can_be_wrong(call)
]


@pytest.mark.parametrize(("call", "mode"), TRIES)
async def test_what_is_made_up_is_answered_as_the_document_says(
    call: Call, mode: GenerationMode, tmp_path: Path
) -> None:
    async with served_gateway(tmp_path) as served:

        @settings(
            max_examples=EXAMPLES_MAX,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(made_up(call, mode))
        def ask(case: Case[Any]) -> None:
            served.asks(case, call)

        await asyncio.to_thread(ask)
