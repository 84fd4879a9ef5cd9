"""What the gateway really answers is what the committed document says it does."""

import json
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator

from adapters.wire.openapi import CALLS, PATH, Call
from tests.fakes.fake_venue import FakeVenue, an_order
from tests.support.gateway import ACCOUNT, CREDENTIALS, Answer, HandSigned

QUERIES = {
    "/v1/instruments": "?symbols=600000.SH,000001.SZ",
    "/v1/quotes": "?symbols=600000.SH",
}
BODIES: dict[str, object] = {
    "/v1/session": {"client_id": "daemon", "account_id": ACCOUNT, "instance_id": "one"},
    "/v1/orders": {"orders": [json.loads(an_order("S0000009").model_dump_json())]},
    "/v1/cancel-all": {"account_wide": False},
}


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
async def test_a_success_has_the_status_and_shape_of_the_document(
    call: Call,
    client: HandSigned,
    venue: FakeVenue,
    contract: dict[str, Any],
) -> None:
    await venue.place(an_order())
    venue.fill("S0000001", 100, "10.01")

    answer = await _ask(client, call)

    operation = contract["paths"][call.path][call.method]
    assert str(answer.status) in operation["responses"]
    _validate(answer.body, operation["responses"][str(answer.status)], contract)


async def test_a_refusal_has_the_shape_of_the_document(
    client: HandSigned,
    venue: FakeVenue,
    contract: dict[str, Any],
) -> None:
    await venue.place(an_order())
    venue.fill("S0000001", 300, "10.01")

    answer = await client.post("/v1/orders/S0000001/cancel")

    _validate(answer.body, contract["components"]["responses"]["Error409"], contract)


async def _ask(client: HandSigned, call: Call) -> Answer:
    target = call.path.replace("{client_order_id}", "S0000001") + QUERIES.get(call.path, "")
    if call.path == "/v1/session":
        client.authorization = CREDENTIALS.token
    if call.method == "get":
        return await client.get(target)
    return await client.post(target, BODIES.get(call.path))


def _validate(body: object, response: dict[str, Any], contract: dict[str, Any]) -> None:
    schema = {
        **response["content"]["application/json"]["schema"],
        "components": contract["components"],
    }
    OAS31Validator(schema).validate(body)
