"""Misbehaviour of the connection on purpose, as a middleware in front of the gateway."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, Field

from adapters.wire.errors import ErrorCode, Outcome, Retry
from adapters.wire.models import ErrorView, Request

Sleep = Callable[[float], Awaitable[None]]


class WireFaultKind(StrEnum):
    """What can happen to one request (gateway-contract.md section 5)."""

    DROP_BEFORE = "DROP_BEFORE"  # the connection ends and nothing was done
    DROP_AFTER = "DROP_AFTER"  # it was done, the answer is lost
    DELAY_BEFORE = "DELAY_BEFORE"  # the request lies around for `delay_s`
    DELAY_AFTER = "DELAY_AFTER"  # the answer does
    DUPLICATE = "DUPLICATE"  # the same bytes arrive twice; the second answer is given
    SERVER_ERROR_BEFORE = "SERVER_ERROR_BEFORE"  # 500 and nothing was done
    SERVER_ERROR_AFTER = "SERVER_ERROR_AFTER"  # 500 and it was done
    RATE_LIMITED = "RATE_LIMITED"  # 429 with Retry-After
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105 - 401 AUTH_TOKEN_EXPIRED
    HALF_REPLY = "HALF_REPLY"  # it was done, the answer breaks off in the middle


class WireFault(Request):
    """One armed fault: requests of `method` whose path begins with `path`.

    The first `skip` of them pass, the next `times` are struck. `delay_s` are real seconds.
    """

    kind: WireFaultKind
    method: str = "POST"
    path: str = "/v1/orders"
    skip: int = Field(default=0, ge=0)
    times: int = Field(default=1, gt=0)
    delay_s: Decimal = Field(default=Decimal(1), ge=0)


@dataclass(slots=True)
class _Armed:
    fault: WireFault
    seen: int = 0


class WireFaultPlan:
    """Faults that strike by count, so the same requests meet the same faults."""

    def __init__(self, faults: Iterable[WireFault] = ()) -> None:
        """Arm these faults."""
        self._armed = [_Armed(fault) for fault in faults]

    def arm(self, faults: Iterable[WireFault]) -> None:
        """Add faults to the plan."""
        self._armed.extend(_Armed(fault) for fault in faults)

    def disarm(self) -> None:
        """Forget every fault."""
        self._armed.clear()

    def strike(self, method: str, path: str) -> WireFault | None:
        """Count a request and return the first fault that hits it."""
        hit: WireFault | None = None
        for armed in self._armed:
            fault = armed.fault
            if fault.method != method or not path.startswith(fault.path):
                continue
            armed.seen += 1
            if hit is None and fault.skip < armed.seen <= fault.skip + fault.times:
                hit = fault
        return hit

    def middleware(self, sleep: Sleep) -> Middleware:
        """Return the middleware that carries the plan out; `sleep` sleeps real seconds."""

        @web.middleware
        async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = self.strike(request.method, request.path)
            if fault is None:
                return await handler(request)
            return await _suffer(fault, request, handler, sleep)

        return strike


async def _suffer(
    fault: WireFault, request: web.Request, handler: Handler, sleep: Sleep
) -> web.StreamResponse:
    instead = await _before(fault, request, sleep)
    if instead is not None:
        return instead
    if fault.kind is WireFaultKind.DUPLICATE:
        await handler(request)
    return await _after(fault, request, await handler(request), sleep)


async def _before(fault: WireFault, request: web.Request, sleep: Sleep) -> web.Response | None:
    """Return what answers in place of the gateway, or None where the request arrives."""
    match fault.kind:
        case WireFaultKind.DROP_BEFORE:
            return _drop(request)
        case WireFaultKind.SERVER_ERROR_BEFORE:
            return _server_error()
        case WireFaultKind.RATE_LIMITED:
            response = _refusal(ErrorCode.RATE_LIMITED, HTTPStatus.TOO_MANY_REQUESTS)
            response.headers["Retry-After"] = "1"
            return response
        case WireFaultKind.EXPIRED_TOKEN:
            return _refusal(ErrorCode.AUTH_TOKEN_EXPIRED, HTTPStatus.UNAUTHORIZED)
        case WireFaultKind.DELAY_BEFORE:
            await sleep(float(fault.delay_s))
        case _:  # strikes after the gateway did its work
            pass
    return None


async def _after(
    fault: WireFault, request: web.Request, answer: web.StreamResponse, sleep: Sleep
) -> web.StreamResponse:
    """Return what becomes of the gateway's answer."""
    match fault.kind:
        case WireFaultKind.DROP_AFTER:
            return _drop(request)
        case WireFaultKind.SERVER_ERROR_AFTER:
            return _server_error()
        case WireFaultKind.HALF_REPLY:
            return await _half_reply(request, answer)
        case WireFaultKind.DELAY_AFTER:
            await sleep(float(fault.delay_s))
        case _:  # struck before the gateway did its work
            pass
    return answer


def _server_error() -> web.Response:
    return _reply(
        ErrorView(
            code=ErrorCode.INTERNAL,
            message="injected fault",
            outcome=Outcome.UNKNOWN,
            retry=Retry.QUERY_FIRST,
            request_id="fault",
        ),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _refusal(code: ErrorCode, status: HTTPStatus) -> web.Response:
    return _reply(
        ErrorView(
            code=code,
            message="injected fault",
            outcome=Outcome.NOT_EXECUTED,
            retry=Retry.SAME_ID,
            request_id="fault",
        ),
        status,
    )


def _reply(body: BaseModel, status: HTTPStatus) -> web.Response:
    return web.Response(
        body=body.model_dump_json().encode(), status=status, content_type="application/json"
    )


def _drop(request: web.Request) -> web.Response:
    """Reset the connection; the response object only satisfies the caller."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


async def _half_reply(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole answer, send half of it, and hang up."""
    body = whole.body if isinstance(whole, web.Response) else b""
    content = body if isinstance(body, bytes) else b"{}"
    broken = web.StreamResponse(status=whole.status)
    broken.content_type = "application/json"
    broken.content_length = len(content)
    await broken.prepare(request)
    await broken.write(content[: len(content) // 2])
    _drop(request)
    return broken
