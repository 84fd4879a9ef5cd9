"""What a gateway, or a box before it, may answer instead of the truth."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from adapters.pingan.transport import HttpReply
from adapters.wire.errors import ErrorCode, Outcome, Retry
from adapters.wire.models import ErrorView
from tests.simulation.faults import Kind

HTML = b"<html><body>please log in</body></html>"


def instead_of_arrival(kind: Kind) -> HttpReply | None:
    """Return the answer of a gateway that did nothing, None where the request arrives."""
    match kind:
        case Kind.NET_5XX_BEFORE:
            return _error(ErrorCode.INTERNAL, HTTPStatus.BAD_GATEWAY, Outcome.UNKNOWN)
        case Kind.NET_429_BEFORE:
            refused = _error(
                ErrorCode.RATE_LIMITED, HTTPStatus.TOO_MANY_REQUESTS, Outcome.NOT_EXECUTED
            )
            return HttpReply(refused.status, refused.body, "1")
        case Kind.NET_401_BEFORE:
            return _error(
                ErrorCode.AUTH_TOKEN_EXPIRED, HTTPStatus.UNAUTHORIZED, Outcome.NOT_EXECUTED
            )
        case Kind.NET_REDIRECT:
            return HttpReply(HTTPStatus.FOUND, b"")
        case _:
            return None


def instead_of_answer(kind: Kind, reply: HttpReply) -> HttpReply:
    """Return what is told after the gateway did its work; the answer itself where nothing is."""
    if kind in CHANGES:
        return _changed(reply, CHANGES[kind])
    if kind is Kind.NET_TRUNCATED:
        return HttpReply(reply.status, reply.body[: len(reply.body) // 2])
    return ANSWERS.get(kind, reply)


def keep_first_reports(reply: HttpReply, first: dict[str, dict[str, Any]]) -> None:
    """Remember what was told first of each order."""
    for order in _reports_in(reply):
        first.setdefault(order["venue_order_id"], order)


def with_old_reports(reply: HttpReply, first: dict[str, dict[str, Any]]) -> HttpReply:
    """Tell what was told first of each order once more, behind what is told now.

    A gateway that reconnects to its counter replays what it has in its queue. An answer about one
    order becomes the first one about it.
    """
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return reply
    body = json.loads(reply.body)
    if "orders" in body:
        body["orders"] += first.values()
    else:
        body = first.get(body.get("venue_order_id", ""), body)
    return HttpReply(reply.status, json.dumps(body).encode(), reply.retry_after)


def _reports_in(reply: HttpReply) -> list[dict[str, Any]]:
    if reply.status >= HTTPStatus.BAD_REQUEST or b"venue_order_id" not in reply.body:
        return []
    body = json.loads(reply.body)
    if "orders" in body:
        return list(body["orders"])
    return [body] if "client_order_id" in body and "status" in body else []


def _error(code: ErrorCode, status: HTTPStatus, outcome: Outcome) -> HttpReply:
    view = ErrorView(
        code=code, message="injected", outcome=outcome, retry=Retry.QUERY_FIRST, request_id="sim"
    )
    return HttpReply(status, view.model_dump_json().encode())


def _changed(reply: HttpReply, change: Callable[[dict[str, Any]], None]) -> HttpReply:
    """Return the answer with its JSON changed; one that is no JSON object stays."""
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return reply
    body = json.loads(reply.body)
    change(body)
    return HttpReply(reply.status, json.dumps(body).encode(), reply.retry_after)


def _partial(body: dict[str, Any]) -> None:
    """Leave rows out, and say so: the list is not complete."""
    for name in ("orders", "fills", "movements", "positions"):
        if name in body:
            body[name] = body[name][: len(body[name]) // 2]
    if "complete" in body:
        body["complete"] = False


def _orders_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    results = [row for row in body.get("results", ()) if row.get("order")]
    return [row["order"] for row in results] or ([body] if "client_order_id" in body else [])


def _other_id(body: dict[str, Any]) -> None:
    for order in _orders_in(body):
        order["client_order_id"] = "S" + "A" * 20


def _other_quantity(body: dict[str, Any]) -> None:
    for order in _orders_in(body):
        if "quantity" in order:
            order["quantity"] += 100


CHANGES: dict[Kind, Callable[[dict[str, Any]], None]] = {
    Kind.NET_PARTIAL_PAGE: _partial,
    Kind.NET_OTHER_ID: _other_id,
    Kind.NET_OTHER_QUANTITY: _other_quantity,
}
ANSWERS = {
    Kind.NET_5XX_AFTER: _error(ErrorCode.INTERNAL, HTTPStatus.GATEWAY_TIMEOUT, Outcome.UNKNOWN),
    Kind.NET_401_AFTER: _error(
        ErrorCode.AUTH_TOKEN_EXPIRED, HTTPStatus.UNAUTHORIZED, Outcome.UNKNOWN
    ),
    Kind.NET_408_AFTER: HttpReply(HTTPStatus.REQUEST_TIMEOUT, b""),
    Kind.NET_409_AFTER: HttpReply(HTTPStatus.CONFLICT, HTML),
    Kind.NET_429_AFTER: HttpReply(HTTPStatus.TOO_MANY_REQUESTS, HTML, "1"),
    Kind.NET_HTML: HttpReply(HTTPStatus.OK, HTML),
}
