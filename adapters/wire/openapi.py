"""The contract as an OpenAPI 3.1 document, built from the models both ends use.

`python -m adapters.wire.openapi` rewrites openapi.yaml beside this module.
"""

from collections import defaultdict
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from adapters.wire.errors import ERROR_KINDS, ErrorCode, kind_of
from adapters.wire.models import (
    CancelAccepted,
    CancelAllReply,
    CancelAllRequest,
    ErrorView,
    EventsView,
    FillsPage,
    FundsView,
    HealthView,
    InstrumentsView,
    MovementsPage,
    OrdersPage,
    OrderView,
    PositionsView,
    QuotesView,
    SessionRequest,
    SessionView,
    SubmitReply,
    SubmitRequest,
    TimeView,
)

PATH = Path(__file__).with_name("openapi.yaml")
JsonObject = dict[str, Any]

_DESCRIPTION = (
    "How sage-execd talks to a trading account. This is sage-execd's own contract, version 1; it "
    "is not a specification of any broker. Prices and money are decimal strings, quantities are "
    "integer shares, times are RFC 3339 with offset, symbols are 600000.SH, 000001.SZ, 920002.BJ. "
    "Every request but GET /v1/health is signed. The canonical text is METHOD|path|raw query|"
    "headers|header list|body hash: the headers are name:value and a line feed each, the header "
    "list is authorization;x-api-key;x-nonce;x-timestamp, the body hash is hex SHA-256, or nothing "
    "for an empty body. The signature is the hex HMAC-SHA256, under the secret key, of HMAC-SHA256|"
    " and the hex SHA-256 of the canonical text; X-Api-Signature is HMAC-SHA256 SignedHeaders=<the "
    "header list>, Signature=<hex>."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the contract. `codes` are the refusals it may name beyond signing and limits."""

    method: str
    path: str
    summary: str
    reply: type[BaseModel]
    body: type[BaseModel] | None = None
    parameters: tuple[str, ...] = ()
    status: HTTPStatus = HTTPStatus.OK
    codes: tuple[ErrorCode, ...] = ()
    is_signed: bool = True


_PAGED = ("since", "limit")

CALLS: tuple[Call, ...] = (
    Call("get", "/v1/health", "Whether the gateway is alive, and real time", HealthView,
         is_signed=False),
    Call("post", "/v1/session", "Open a session; it supersedes the account's other one",
         SessionView, SessionRequest),
    Call("get", "/v1/time", "Market time", TimeView),
    Call("get", "/v1/instruments", "Today's facts of names", InstrumentsView,
         parameters=("symbols",)),
    Call("get", "/v1/quotes", "The touch of names", QuotesView, parameters=("symbols",)),
    Call("get", "/v1/funds", "Cash", FundsView),
    Call("get", "/v1/positions", "All holdings", PositionsView),
    Call("post", "/v1/orders", "Submit 1 to 20 orders, one result each", SubmitReply,
         SubmitRequest,
         codes=(ErrorCode.IDEMPOTENCY_CONFLICT, ErrorCode.ORDER_STATUS_UNCERTAIN,
                ErrorCode.RATE_LIMITED, ErrorCode.TRADING_DISABLED)),
    Call("get", "/v1/orders", "Orders changed since a cursor, oldest change first", OrdersPage,
         parameters=_PAGED),
    Call("get", "/v1/orders/{client_order_id}", "One order, of any day", OrderView,
         parameters=("client_order_id",), codes=(ErrorCode.ORDER_NOT_FOUND,)),
    Call("post", "/v1/orders/{client_order_id}/cancel", "Ask for a cancel; 202 says no more",
         CancelAccepted, parameters=("client_order_id",), status=HTTPStatus.ACCEPTED,
         codes=(ErrorCode.ORDER_NOT_FOUND, ErrorCode.NOT_CANCELABLE, ErrorCode.MARKET_NO_CANCEL,
                ErrorCode.RATE_LIMITED)),
    Call("post", "/v1/cancel-all", "Ask for the cancel of every live order", CancelAllReply,
         CancelAllRequest,
         codes=(ErrorCode.MARKET_NO_CANCEL, ErrorCode.NO_PERMISSION, ErrorCode.RATE_LIMITED)),
    Call("get", "/v1/fills", "Fills since a cursor, oldest first", FillsPage, parameters=_PAGED),
    Call("get", "/v1/movements", "Cash and share movements that are no trades", MovementsPage,
         parameters=_PAGED),
    Call("get", "/v1/events", "Wait until something changed; a hint only", EventsView,
         parameters=("after", "timeout")),
)  # fmt: skip

_SIGNED_CODES = (
    ErrorCode.AUTH_SIGNATURE,
    ErrorCode.AUTH_TIMESTAMP,
    ErrorCode.AUTH_REPLAY,
    ErrorCode.AUTH_TOKEN_EXPIRED,
    ErrorCode.AUTH_SESSION_SUPERSEDED,
    ErrorCode.AUTH_FORBIDDEN,
)
_COMMON_CODES = (
    ErrorCode.INVALID_ARGUMENT,
    ErrorCode.VENUE_NOT_READY,
    ErrorCode.VENUE_DISCONNECTED,
    ErrorCode.INTERNAL,
)
_LIMIT_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def document() -> JsonObject:
    """Return the whole document; equal models give an equal document."""
    paths: defaultdict[str, JsonObject] = defaultdict(dict)
    for call in CALLS:
        paths[call.path][call.method] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sage-execd gateway contract",
            "version": "1",
            "description": _DESCRIPTION,
        },
        "paths": dict(paths),
        "components": {
            "schemas": _schemas(),
            "responses": _error_responses(),
            "parameters": _parameters(),
            "headers": _headers(),
            "securitySchemes": _security_schemes(),
        },
        "security": [{name: [] for name in _security_schemes()}],
    }


def text() -> str:
    """Return the document as it is committed."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=100)


def _operation(call: Call) -> JsonObject:
    operation: JsonObject = {"summary": call.summary, "operationId": _operation_id(call)}
    if not call.is_signed:
        operation["security"] = []
    if call.parameters:
        operation["parameters"] = [_reference("parameters", name) for name in call.parameters]
    if call.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(call.body)}
    operation["responses"] = {
        str(int(call.status)): {
            "description": call.status.phrase,
            "headers": _header_references(),
            "content": _json(call.reply),
        },
        **{
            str(int(status)): _reference("responses", _error_name(status))
            for status in _error_statuses(call)
        },
    }
    return operation


def _error_statuses(call: Call) -> list[HTTPStatus]:
    codes = (*(_SIGNED_CODES if call.is_signed else ()), *call.codes, *_COMMON_CODES)
    return sorted({kind_of(code).status for code in codes})


def _error_responses() -> JsonObject:
    statuses = sorted({kind.status for kind in ERROR_KINDS.values()})
    return {_error_name(status): _error_response(status) for status in statuses}


def _error_response(status: HTTPStatus) -> JsonObject:
    codes = [code.value for code, kind in ERROR_KINDS.items() if kind.status == status]
    return {
        "description": ", ".join(codes),
        "headers": _header_references(),
        "content": _json(ErrorView),
    }


def _error_name(status: HTTPStatus) -> str:
    return f"Error{int(status)}"


def _schemas() -> JsonObject:
    answers: list[type[BaseModel]] = [ErrorView, *(call.reply for call in CALLS)]
    replies: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "serialization") for model in answers
    ]
    bodies: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (call.body, "validation") for call in CALLS if call.body is not None
    ]
    template = "#/components/schemas/{model}"
    _, definitions = models_json_schema([*replies, *bodies], ref_template=template)
    return dict(sorted(definitions["$defs"].items()))


def _parameters() -> JsonObject:
    whole = {"type": "integer", "minimum": 0}
    return {
        "symbols": _parameter("symbols", "1 to 200 symbols, separated by commas", required=True),
        "since": _parameter("since", "An earlier next_cursor; without it, all of today's"),
        "limit": _parameter("limit", "Rows in one page", whole | {"minimum": 1}),
        "after": _parameter("after", "The sequence last seen", whole),
        "timeout": _parameter(
            "timeout",
            "Real seconds to wait, at most 30",
            {"type": "number", "minimum": 0},
        ),
        "client_order_id": _parameter(
            "client_order_id",
            "Our id, percent-encoded",
            place="path",
            required=True,
        ),
    }


def _parameter(
    name: str,
    description: str,
    schema: JsonObject | None = None,
    *,
    place: str = "query",
    required: bool = False,
) -> JsonObject:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": description,
        "schema": schema or {"type": "string"},
    }


def _headers() -> JsonObject:
    limits = {name: {"schema": {"type": "integer"}} for name in _LIMIT_HEADERS}
    return {"X-Request-Id": {"schema": {"type": "string"}}, **limits}


def _header_references() -> JsonObject:
    return {name: _reference("headers", name) for name in ("X-Request-Id", *_LIMIT_HEADERS)}


def _security_schemes() -> JsonObject:
    names = ("Authorization", "X-Api-Key", "X-Timestamp", "X-Nonce", "X-Api-Signature")
    return {name: {"type": "apiKey", "in": "header", "name": name} for name in names}


def _json(model: type[BaseModel]) -> JsonObject:
    return {"application/json": {"schema": _reference("schemas", model.__name__)}}


def _reference(kind: str, name: str) -> JsonObject:
    return {"$ref": f"#/components/{kind}/{name}"}


def _operation_id(call: Call) -> str:
    words = [part for part in call.path.split("/")[2:] if not part.startswith("{")]
    one = "_one" if call.path.endswith("}") else ""
    return f"{call.method}_{'_'.join(words)}{one}".replace("-", "_")


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
