"""The control socket: JSON over HTTP on a unix socket, for the CLI and the rehearsal driver.

Who asks is read from the socket's peer credentials, never from the request.
"""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.broker import BrokerError
from daemon.actions import Person
from daemon.control.bodies import BadRequest
from daemon.control.verbs import Verbs
from daemon.people import NotAllowed, People
from daemon.refusals import ActionRefused
from market.errors import MarketError
from storage.store import StoreError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Look = Callable[[web.Request], Awaitable[Any]]
Act = Callable[[dict[str, Any], Person], Awaitable[Any]]
SOCKET_MODE = 0o660
# Who asks, as the door left it in the request.
PERSON = web.RequestKey("person", Person)
SURROGATE = re.compile("[\ud800-\udfff]")


def create_control_app(verbs: Verbs, people: People) -> web.Application:
    """Build the application behind the control socket; every verb asks for its role first."""
    app = web.Application(middlewares=[problems])
    door = Door(people)
    app.add_routes([web.get(path, door.read(verb, look)) for verb, path, look in _reads(verbs)])
    app.add_routes([web.post(path, door.act(verb, act)) for verb, path, act in _acts(verbs)])
    return app


def _reads(verbs: Verbs) -> tuple[tuple[str, str, Look], ...]:
    """The verbs that look: name, path, and how a request is answered."""
    looks = verbs.looks
    return (
        ("status", "/v1/status", lambda _request: verbs.status()),
        ("inbox", "/v1/inbox", lambda _request: verbs.inbox()),
        ("runs", "/v1/runs", lambda _request: verbs.runs()),
        ("show", "/v1/runs/{run_id}", lambda request: verbs.show(_run_id(request))),
        ("report", "/v1/runs/{run_id}/report", lambda request: looks.report(_run_id(request))),
        ("reports", "/v1/reports", _reports_of(verbs)),
        (
            "plan",
            "/v1/runs/{run_id}/plan",
            lambda request: verbs.plan(_run_id(request), request[PERSON]),
        ),
        (
            "rehearsal",
            "/v1/runs/{run_id}/rehearsal",
            lambda request: verbs.rehearsals.show(_run_id(request)),
        ),
        ("manual", "/v1/manual", lambda _request: verbs.manual()),
        ("halted", "/v1/halt", lambda _request: verbs.halted()),
        ("alerts", "/v1/alerts", _alerts_of(verbs)),
        ("breaks", "/v1/breaks", lambda _request: looks.breaks()),
        ("orders", "/v1/orders", lambda _request: looks.moving()),
        ("story", "/v1/orders/{client_order_id}", _story_of(verbs)),
        ("account", "/v1/account", lambda _request: looks.account()),
        ("system", "/v1/system", lambda _request: looks.system()),
        ("verify", "/v1/verify", lambda request: verbs.verify(whole=_wants_all(request))),
    )


def _reports_of(verbs: Verbs) -> Look:
    return lambda request: verbs.looks.reports(_day(request, "from"), _day(request, "to"))


def _day(request: web.Request, name: str) -> date:
    """Return a day of the query. Raises BadRequest."""
    text = request.query.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{name} is no day: {text!r}") from error


def _alerts_of(verbs: Verbs) -> Look:
    return lambda request: verbs.alerts.alerts(whole=_wants_all(request))


def _acts(verbs: Verbs) -> tuple[tuple[str, str, Act], ...]:
    """The verbs that change something: name, path, and the action."""
    return (
        ("approve", "/v1/runs/{run_id}/approve", verbs.approve),
        ("decline", "/v1/runs/{run_id}/decline", verbs.decline),
        ("liquidate", "/v1/runs/{run_id}/liquidate", verbs.liquidate),
        ("release_line", "/v1/runs/{run_id}/lines/{ts_code}/approve", verbs.release_line),
        ("rehearse_plan", "/v1/runs/{run_id}/rehearsal", verbs.rehearsals.rehearse),
        ("resolve", "/v1/manual/{item_id}/resolve", verbs.resolve),
        ("acknowledge", "/v1/alerts/{which}/acknowledge", verbs.alerts.acknowledge),
        ("alert_test", "/v1/alert-test", verbs.alerts.test),
        ("adopt", "/v1/adopt", verbs.adopt),
        ("halt", "/v1/halt", verbs.halt),
        ("resume", "/v1/resume", verbs.resume),
        ("arm_live", "/v1/arm-live", verbs.arm_live),
        ("reconcile", "/v1/reconcile", verbs.reconcile),
        ("submit", "/v1/submit", verbs.submit),
        ("console_token", "/v1/console-token", verbs.console_token),
    )


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
    except NotAllowed as refused:
        return _problem(HTTPStatus.FORBIDDEN, str(refused))
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


class Door:
    """Lets a verb be used by whom its role is given to; the body is not read before that."""

    def __init__(self, people: People) -> None:
        self._people = people

    def read(self, verb: str, answer: Look) -> Handler:
        """Return the handler of a verb that only looks."""

        async def handle(request: web.Request) -> web.StreamResponse:
            request[PERSON] = self._people.require(peer_uid(request), verb)
            return _json(await answer(request))

        return handle

    def act(self, verb: str, action: Act) -> Handler:
        """Return the handler of a verb that changes something, in the name of who asks."""

        async def handle(request: web.Request) -> web.StreamResponse:
            person = self._people.require(peer_uid(request), verb)
            body = _body(await request.read())
            return _json(await action({**body, **request.match_info}, person))

        return handle


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content or b"{}")
        text = json.dumps(body, ensure_ascii=False)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise BadRequest("the body is nested too deeply") from error
    if not isinstance(body, dict):
        raise BadRequest("the body is not a JSON object")
    if SURROGATE.search(text) is not None:
        raise BadRequest("the body holds half a character: it is no Unicode text")
    return body


def _json(value: Any) -> web.Response:
    return web.json_response(value, dumps=lambda content: json.dumps(content, ensure_ascii=False))


def _wants_all(request: web.Request) -> bool:
    return request.query.get("all") == "true"


def _story_of(verbs: Verbs) -> Callable[[web.Request], Awaitable[Any]]:
    return lambda request: verbs.looks.story(request.match_info["client_order_id"])


def _run_id(request: web.Request) -> str:
    return request.match_info["run_id"]


def peer_uid(request: web.Request) -> int:
    """Return the uid at the other end of the socket, as the kernel vouches for it."""
    transport = request.transport
    connection = transport.get_extra_info("socket") if transport is not None else None
    if connection is None:
        raise ActionRefused("the caller is gone")
    credentials = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)
