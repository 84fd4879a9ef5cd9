"""The control socket: JSON over HTTP on a unix socket, for the CLI and the rehearsal driver.

Who asks is read from the socket's peer credentials, never from the request.
"""

import asyncio
import json
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.broker import BrokerError
from daemon.actions import Person
from daemon.control.bodies import BadRequest
from daemon.control.verbs import Verbs
from daemon.refusals import ActionRefused
from market.errors import MarketError
from storage.store import StoreError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SOCKET_MODE = 0o660


def create_control_app(verbs: Verbs) -> web.Application:
    """Build the application behind the control socket."""
    app = web.Application(middlewares=[problems])
    app.add_routes(
        [
            web.get("/v1/status", _read(lambda _request: verbs.status())),
            web.get("/v1/inbox", _read(lambda _request: verbs.inbox())),
            web.get("/v1/runs", _read(lambda _request: verbs.runs())),
            web.get("/v1/runs/{run_id}", _read(lambda request: verbs.show(_run_id(request)))),
            web.get("/v1/runs/{run_id}/plan", _read(lambda request: verbs.plan(_run_id(request)))),
            web.get("/v1/manual", _read(lambda _request: verbs.manual())),
            web.get("/v1/breaks", _read(lambda _request: verbs.looks.breaks())),
            web.get("/v1/orders", _read(lambda _request: verbs.looks.moving())),
            web.get("/v1/orders/{client_order_id}", _read(_story_of(verbs))),
            web.get("/v1/account", _read(lambda _request: verbs.looks.account())),
            web.get("/v1/system", _read(lambda _request: verbs.looks.system())),
            web.get("/v1/verify", _read(lambda request: verbs.verify(whole=_wants_all(request)))),
            web.post("/v1/runs/{run_id}/approve", _act(verbs.approve)),
            web.post("/v1/runs/{run_id}/decline", _act(verbs.decline)),
            web.post("/v1/runs/{run_id}/liquidate", _act(verbs.liquidate)),
            web.post("/v1/runs/{run_id}/lines/{ts_code}/approve", _act(verbs.release_line)),
            web.post("/v1/manual/{item_id}/resolve", _act(verbs.resolve)),
            web.post("/v1/adopt", _act(verbs.adopt)),
            web.post("/v1/halt", _act(verbs.halt)),
            web.post("/v1/resume", _act(verbs.resume)),
            web.post("/v1/arm-live", _act(verbs.arm_live)),
            web.post("/v1/reconcile", _act(verbs.reconcile)),
            web.post("/v1/submit", _act(verbs.submit)),
        ]
    )
    return app


async def serve_control(app: web.Application, path: Path) -> web.AppRunner:
    """Listen on the socket and return the runner to clean up.

    A dead socket is replaced; OSError where anything else lies there, which stays as it is.
    """
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    await asyncio.to_thread(path.chmod, SOCKET_MODE)
    return runner


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the errors a person can act on into problem documents; bugs stay errors."""
    try:
        return await handler(request)
    except (ActionRefused, StoreError) as refused:
        return _problem(HTTPStatus.CONFLICT, str(refused))
    except BrokerError as error:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    except (BadRequest, MarketError) as error:
        return _problem(HTTPStatus.BAD_REQUEST, f"bad request: {error}")
    except web.HTTPException as answer:
        return _problem(answer.status, f"{answer.reason}: {request.method} {request.path}")


def _problem(status: int, detail: str) -> web.Response:
    body = json.dumps({"status": status, "detail": detail}, ensure_ascii=False)
    return web.Response(status=status, text=body, content_type="application/problem+json")


def _read(answer: Callable[[web.Request], Awaitable[Any]]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return _json(await answer(request))

    return handle


def _act(action: Callable[[dict[str, Any], Person], Awaitable[Any]]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = _body(await request.read())
        return _json(await action({**body, **request.match_info}, peer_of(request)))

    return handle


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content or b"{}")
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest("the body is not a JSON object")
    return body


def _json(value: Any) -> web.Response:
    return web.json_response(value, dumps=lambda content: json.dumps(content, ensure_ascii=False))


def _wants_all(request: web.Request) -> bool:
    return request.query.get("all") == "true"


def _story_of(verbs: Verbs) -> Callable[[web.Request], Awaitable[Any]]:
    return lambda request: verbs.looks.story(request.match_info["client_order_id"])


def _run_id(request: web.Request) -> str:
    return request.match_info["run_id"]


def peer_of(request: web.Request) -> Person:
    """Name the person at the other end of the socket by its peer credentials."""
    transport = request.transport
    connection = transport.get_extra_info("socket") if transport is not None else None
    if connection is None:
        raise ActionRefused("the caller is gone")
    credentials = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return Person(name_of(uid), uid)


def name_of(uid: int) -> str:
    """Return the login name of a uid, or the number where the host knows no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
