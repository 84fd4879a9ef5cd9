"""Gateways that break one promise each, so that a case may be seen to fail."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.gateway import authentication, sessions
from adapters.gateway.cursors import Cursor, Page
from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.limits import Bucket, MessageLimits
from adapters.gateway.replies import GatewayError, error_reply
from adapters.gateway.routes import orders as order_routes
from adapters.wire.errors import ErrorCode
from adapters.wire.models import OrderView

Change = Callable[[dict[str, Any]], None]
Plant = Callable[[pytest.MonkeyPatch], Sequence[Middleware]]


@dataclass(frozen=True)
class Defect:
    """One broken promise: what it is, how it is planted, and the cases that must see it."""

    group: str
    what: str
    plant: Plant
    seen_by: frozenset[str]


def rewriting(path: str, change: Change, *, method: str = "GET", status: int = 200) -> Middleware:
    """Change the body of every answer of that status to calls whose path ends so."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        concerned = request.method == method and request.path.endswith(path)
        if not concerned or answer.status != status or not isinstance(answer, web.Response):
            return answer
        body = json.loads(_content(answer))
        change(body)
        answer.body = json.dumps(body).encode()
        return answer

    return middleware


def tells(path: str, change: Change, *, method: str = "GET", status: int = 200) -> Plant:
    """Plant an answer that tells something else than the gateway means."""
    return lambda _: (rewriting(path, change, method=method, status=status),)


def setting(**values: object) -> Change:
    """Change fields of a body."""
    return lambda body: body.update(values)


def in_each(rows: str, change: Change) -> Change:
    """Change every row of a list in a body."""

    def change_rows(body: dict[str, Any]) -> None:
        for row in body[rows]:
            change(row)

    return change_rows


def renaming(code: str, other: str) -> Change:
    """Give one error code of a batch's results the name of another."""

    def change(body: dict[str, Any]) -> None:
        for result in body["results"]:
            if result["error"] is not None and result["error"]["code"] == code:
                result["error"]["code"] = other

    return change


def no_takeover(patch: pytest.MonkeyPatch) -> Sequence[Middleware]:
    """Let superseded sessions live on."""
    honest = sessions.SessionRegistry.require_current

    def lenient(registry: sessions.SessionRegistry, authorization: str) -> None:
        try:
            honest(registry, authorization)
        except GatewayError as error:
            if error.code is not ErrorCode.AUTH_SESSION_SUPERSEDED:
                raise

    patch.setattr(sessions.SessionRegistry, "require_current", lenient)
    return ()


def forgotten_nonces(patch: pytest.MonkeyPatch) -> Sequence[Middleware]:
    """Take every nonce for a new one."""
    patch.setattr(authentication.NonceCache, "is_new", lambda *_: True)
    return ()


def memory_of_one_session(patch: pytest.MonkeyPatch) -> Sequence[Middleware]:
    """Forget every used id with a new session."""
    honest = IdempotencyStore.next_session_epoch

    async def forgetful(store: IdempotencyStore, account: str) -> int:
        epoch = await honest(store, account)
        await store._transaction(lambda: store._connection.execute("DELETE FROM reservation"))
        return epoch

    patch.setattr(IdempotencyStore, "next_session_epoch", forgetful)
    return ()


def lossy_pages(patch: pytest.MonkeyPatch) -> Sequence[Middleware]:
    """Go on after the newest change instead of after the last row of a page."""

    def cut(rows: Sequence[OrderView], newest: int, limit: int) -> Page[OrderView]:
        return Page(tuple(rows[:limit]), Cursor(newest), complete=len(rows) <= limit)

    patch.setattr(order_routes, "orders_page", cut)
    return ()


def one_bucket(patch: pytest.MonkeyPatch) -> Sequence[Middleware]:
    """Count cancels with the orders."""
    patch.setattr(
        MessageLimits,
        "take_cancels",
        lambda limits, count, now: limits._take(Bucket.ORDERS, count, now),
    )
    return ()


def short_memory(_patch: pytest.MonkeyPatch) -> Sequence[Middleware]:
    """Look up only orders of the trade date last told."""
    told = ""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal told
        answer = await handler(request)
        assert isinstance(answer, web.Response)
        if request.path == "/v1/time":
            told = json.loads(_content(answer))["trade_date"]
        is_lookup = request.method == "GET" and request.path.startswith("/v1/orders/")
        if not is_lookup or answer.status != HTTPStatus.OK:
            return answer
        is_older = json.loads(_content(answer))["created_at"] < told
        return _not_found() if is_older else answer

    return (middleware,)


def _not_found() -> web.Response:
    error = GatewayError(ErrorCode.ORDER_NOT_FOUND, "there is no such order today")
    return error_reply(error, "r-1")


def _content(answer: web.Response) -> bytes:
    assert isinstance(answer.body, bytes)
    return answer.body


DEFECTS = (
    Defect("health", "a phase of its own words",
           tells("/v1/time", setting(market_phase="OPEN")), frozenset({"C02", "C03"})),
    Defect("session", "a takeover that leaves the other session alive", no_takeover,
           frozenset({"C06", "C07"})),
    Defect("signing", "nonces that are forgotten", forgotten_nonces,
           frozenset({"C24", "C25"})),
    Defect("market", "quotes in another order",
           tells("/v1/quotes", lambda body: body["quotes"].reverse()), frozenset({"C36"})),
    Defect("account", "frozen cash that is not told",
           tells("/v1/funds", setting(frozen="0")), frozenset({"C41"})),
    Defect("submission", "a cage with the name of the limit",
           tells("/v1/orders", renaming("PRICE_CAGE", "PRICE_LIMIT"), method="POST"),
           frozenset({"C47"})),
    Defect("idempotency", "ids that a new session frees", memory_of_one_session,
           frozenset({"C60", "C61"})),
    Defect("orders", "a list that lacks the counter's own words",
           tells("/v1/orders", in_each("orders", setting(raw_text=""))),
           frozenset({"C68", "C70"})),
    Defect("cancels", "a refused cancel that does not show the order",
           tells("/cancel", setting(order=None), method="POST", status=409),
           frozenset({"C74", "C75"})),
    Defect("cursors", "pages that skip to the newest change", lossy_pages,
           frozenset({"C84", "C86", "C87"})),
    Defect("fills", "fills that share an id",
           tells("/v1/fills", in_each("fills", setting(fill_id="1"))),
           frozenset({"C93"})),
    Defect("movements", "a cursor that is a number",
           tells("/v1/movements", setting(next_cursor=1)), frozenset({"C98", "C99"})),
    Defect("events", "changes that are not told",
           tells("/v1/events", setting(changed=False)), frozenset({"C100", "C102"})),
    Defect("errors", "refusals without a request_id",
           tells("/v1/orders", setting(request_id=""), status=422), frozenset({"C107"})),
    Defect("limits", "cancels that count with the orders", one_bucket, frozenset({"C112"})),
    Defect("capabilities", "a capability that is not declared",
           tells("/v1/session", lambda body: body["capabilities"].pop("valid_until"),
                 method="POST"),
           frozenset({"C116", "C118"})),
    Defect("phases", "a closed market with another name",
           tells("/v1/orders", renaming("MARKET_CLOSED", "TRADING_DISABLED"), method="POST"),
           frozenset({"C126"})),
    Defect("day roll", "orders that a night makes unknown", short_memory,
           frozenset({"C128", "C130", "C131"})),
)  # fmt: skip
