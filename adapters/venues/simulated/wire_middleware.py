"""Carries wire faults out: what becomes of one request and of its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.venues.simulated.rewriting import rewritten
from adapters.venues.simulated.wire_faults import (
    WireFault,
    WireFaultKind,
    WireFaultPlan,
    WireStrike,
)
from adapters.wire.errors import ErrorCode, Outcome, Retry, kind_of
from adapters.wire.models import ErrorView

Sleep = Callable[[float], Awaitable[None]]
Restart = Callable[[], None]
Note = Callable[[WireStrike], None]

_SLOW_PIECES = 4
_PAGE_OF_A_PROXY = b"<html><head><title>Bad Gateway</title></head></html>"

# Answered in place of the gateway, which never sees the request.
_INSTEAD = {
    WireFaultKind.RATE_LIMITED: ErrorCode.RATE_LIMITED,
    WireFaultKind.EXPIRED_TOKEN: ErrorCode.AUTH_TOKEN_EXPIRED,
    WireFaultKind.SESSION_TAKEN: ErrorCode.AUTH_SESSION_SUPERSEDED,
    WireFaultKind.NOT_READY: ErrorCode.VENUE_NOT_READY,
    WireFaultKind.DISCONNECTED: ErrorCode.VENUE_DISCONNECTED,
    WireFaultKind.CONFLICT: ErrorCode.ORDER_STATUS_UNCERTAIN,
    WireFaultKind.SERVER_ERROR_BEFORE: ErrorCode.INTERNAL,
}
# Answered after the gateway did its work; none of them says what became of it.
_AFTERWARDS = {
    WireFaultKind.RATE_LIMITED_AFTER: ErrorCode.RATE_LIMITED,
    WireFaultKind.EXPIRED_TOKEN_AFTER: ErrorCode.AUTH_TOKEN_EXPIRED,
    WireFaultKind.CONFLICT_AFTER: ErrorCode.ORDER_STATUS_UNCERTAIN,
    WireFaultKind.SERVER_ERROR_AFTER: ErrorCode.INTERNAL,
}
_BODIES: dict[WireFaultKind, Callable[[bytes], bytes]] = {
    WireFaultKind.TRUNCATED_JSON: lambda body: body[: len(body) // 2],
    WireFaultKind.EMPTY_REPLY: lambda _body: b"",
    WireFaultKind.UNREADABLE: lambda _body: _PAGE_OF_A_PROXY,
}


def wire_middleware(
    plan: WireFaultPlan,
    sleep: Sleep,
    restart: Restart | None = None,
    note: Note | None = None,
) -> Middleware:
    """Return the middleware that carries a plan out.

    `sleep` sleeps real seconds; `restart` has the gateway begin anew and returns at once (where
    there is none, the restart faults only break the connection); `note` is told of every strike
    before it is carried out.
    """
    suffering = _Suffering(plan, sleep, restart or _stay)

    @web.middleware
    async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = plan.strike(request.method, request.path)
        if fault is not None:
            if note is not None:
                note(plan.strikes[-1])
            return await suffering.suffer(fault, request, handler)
        answer = await handler(request)
        plan.remember(request.method, request.path, answer)
        suffering.let_overtaken_go(request)
        return answer

    return strike


def _stay() -> None:
    """Begin nothing anew."""


@dataclass(frozen=True, slots=True)
class _Suffering:
    plan: WireFaultPlan
    sleep: Sleep
    restart: Restart
    overtaken: dict[tuple[str, str], list[asyncio.Event]] = field(default_factory=dict)

    async def suffer(
        self, fault: WireFault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        instead = self._instead(fault, request)
        if instead is not None:
            return instead
        await self._hold(fault, request)
        if fault.kind is WireFaultKind.DUPLICATE:
            await handler(request)
        return await self._afterwards(fault, request, await handler(request))

    def let_overtaken_go(self, request: web.Request) -> None:
        for event in self.overtaken.pop((request.method, request.path), ()):
            event.set()

    def _instead(self, fault: WireFault, request: web.Request) -> web.Response | None:
        """Return what answers in place of the gateway, or None where the request arrives."""
        if fault.kind in _INSTEAD:
            return _error(_INSTEAD[fault.kind], kind_of(_INSTEAD[fault.kind]).outcome)
        match fault.kind:
            case WireFaultKind.DROP_BEFORE:
                return _drop(request)
            case WireFaultKind.BAD_GATEWAY:
                return web.Response(
                    body=_PAGE_OF_A_PROXY, status=HTTPStatus.BAD_GATEWAY, content_type="text/html"
                )
            case WireFaultKind.REDIRECT:
                there = {"Location": f"{request.path}/elsewhere"}
                return web.Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers=there)
            case WireFaultKind.RESTART:
                self.restart()
                return _drop(request)
            case _:  # strikes a request that arrives
                return None

    async def _hold(self, fault: WireFault, request: web.Request) -> None:
        """Keep the request from arriving for a while."""
        match fault.kind:
            case WireFaultKind.DELAY_BEFORE:
                await self.sleep(float(fault.delay_s))
            case WireFaultKind.REORDER:
                await self._be_overtaken(fault, request)
            case _:  # strikes the answer
                pass

    async def _be_overtaken(self, fault: WireFault, request: web.Request) -> None:
        """Let the next request of the same kind go first; wait for one `delay_s` at most."""
        event = asyncio.Event()
        self.overtaken.setdefault((request.method, request.path), []).append(event)
        overtaken = asyncio.ensure_future(event.wait())
        waited = asyncio.ensure_future(self.sleep(float(fault.delay_s)))
        await asyncio.wait({overtaken, waited}, return_when=asyncio.FIRST_COMPLETED)
        overtaken.cancel()
        waited.cancel()

    async def _afterwards(
        self, fault: WireFault, request: web.Request, answer: web.StreamResponse
    ) -> web.StreamResponse:
        """Return what becomes of the gateway's answer."""
        if fault.kind in _AFTERWARDS:
            return _error(_AFTERWARDS[fault.kind], Outcome.UNKNOWN)
        match fault.kind:
            case WireFaultKind.DROP_AFTER:
                return _drop(request)
            case WireFaultKind.RESTART_AFTER:
                self.restart()
                return _drop(request)
            case WireFaultKind.HALF_REPLY:
                return await _half_reply(request, answer)
            case WireFaultKind.SLOW_REPLY:
                return await self._slow_reply(fault, request, answer)
            case WireFaultKind.DELAY_AFTER:
                await self.sleep(float(fault.delay_s))
            case _:  # has another content, or was struck before it arrived
                pass
        return self._falsified(fault, request, answer)

    def _falsified(
        self, fault: WireFault, request: web.Request, answer: web.StreamResponse
    ) -> web.StreamResponse:
        """Return the answer with another content, or as it is."""
        if fault.kind is WireFaultKind.STALE_PAGE:
            earlier = self.plan.earlier(request.path)
            return _copy(earlier, _body(earlier))
        body = _body(answer)
        if fault.kind in _BODIES:
            return _copy(answer, _BODIES[fault.kind](body))
        changed = rewritten(fault, request.query.get("since", ""), body)
        return answer if changed is None else _copy(answer, changed)

    async def _slow_reply(
        self, fault: WireFault, request: web.Request, whole: web.StreamResponse
    ) -> web.StreamResponse:
        """Send the answer in pieces, `delay_s` in all."""
        body = _body(whole)
        slow = await _begin(request, whole, len(body))
        size = -(-len(body) // _SLOW_PIECES) or 1
        for start in range(0, len(body), size):
            await self.sleep(float(fault.delay_s / _SLOW_PIECES))
            await slow.write(body[start : start + size])
        await slow.write_eof()
        return slow


def _error(code: ErrorCode, outcome: Outcome) -> web.Response:
    """Return the body the contract gives an error; `unknown` always means: query first."""
    kind = kind_of(code)
    body = ErrorView(
        code=code,
        message="injected fault",
        outcome=outcome,
        retry=Retry.QUERY_FIRST if outcome is Outcome.UNKNOWN else kind.retry,
        request_id="fault",
    )
    response = web.Response(
        body=body.model_dump_json().encode(), status=kind.status, content_type="application/json"
    )
    if code is ErrorCode.RATE_LIMITED:
        response.headers["Retry-After"] = "1"
    return response


def _body(answer: web.StreamResponse) -> bytes:
    body = answer.body if isinstance(answer, web.Response) else b""
    return body if isinstance(body, bytes) else b"{}"


def _copy(answer: web.StreamResponse, body: bytes) -> web.Response:
    return web.Response(body=body, status=answer.status, content_type="application/json")


def _drop(request: web.Request) -> web.Response:
    """Reset the connection; the response object only satisfies the caller."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


async def _begin(
    request: web.Request, whole: web.StreamResponse, length: int
) -> web.StreamResponse:
    started = web.StreamResponse(status=whole.status)
    started.content_type = "application/json"
    started.content_length = length
    await started.prepare(request)
    return started


async def _half_reply(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole answer, send half of it, and hang up."""
    body = _body(whole)
    broken = await _begin(request, whole, len(body))
    await broken.write(body[: len(body) // 2])
    _drop(request)
    return broken
