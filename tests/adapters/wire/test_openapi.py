import pytest
import yaml
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from adapters.gateway.app import create_app
from adapters.gateway.idempotency import IdempotencyStore
from adapters.wire.errors import ERROR_KINDS
from adapters.wire.openapi import CALLS, PATH, document, text
from tests.fakes.fake_venue import FakeVenue
from tests.support.gateway import CREDENTIALS, SETTINGS, HandClock, counting_bytes


def test_the_committed_document_is_the_one_the_models_make() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run python -m adapters.wire.openapi"


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(yaml.safe_load(text()), cls=OpenAPIV31SpecValidator)


async def test_the_document_names_exactly_the_routes_of_the_gateway(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    store = await IdempotencyStore.open(tmp_path_factory.mktemp("gateway") / "gateway.sqlite")
    app = create_app(
        FakeVenue(),
        CREDENTIALS,
        SETTINGS,
        utc_now=HandClock(),
        random_bytes=counting_bytes(),
        idempotency=store,
    )
    await store.close()

    assert _routes(app) == {(call.method, call.path) for call in CALLS}


def test_every_code_is_named_under_its_status() -> None:
    responses = document()["components"]["responses"]

    named = {
        (name, code)
        for name, response in responses.items()
        for code in response["description"].split(", ")
    }

    assert named == {(f"Error{int(kind.status)}", code) for code, kind in ERROR_KINDS.items()}


def test_money_is_a_string_in_requests_and_replies() -> None:
    schemas = document()["components"]["schemas"]

    assert schemas["NewOrder"]["properties"]["limit_price"]["type"] == "string"
    assert schemas["FundsView"]["properties"]["available"]["type"] == "string"


def _routes(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method.lower(), route.resource.canonical.replace(":[^/]+", ""))
        for route in app.router.routes()
        if route.resource is not None
    }
