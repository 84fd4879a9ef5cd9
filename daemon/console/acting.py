"""What a person does on a page: one form, one verb, and back to where they were."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aiohttp import web

from adapters.broker import BrokerError
from daemon.actions import Person
from daemon.console.sessions import Told
from daemon.console.visit import Console, own_form_of, visit_of
from daemon.control.bodies import BadRequest
from daemon.control.verbs import Verbs
from daemon.people import NotAllowed
from daemon.refusals import ActionRefused
from market.errors import MarketError
from storage.store import Conflict, StoreError

Fields = dict[str, Any]
Deed = Callable[[Fields, Person], Awaitable[Any]]
TICKED = "yes"
TICKS = ("underinvested", "reduce_only", "keep_orders")
REFUSALS = (NotAllowed, ActionRefused, StoreError, BrokerError, BadRequest, MarketError)


@dataclass(frozen=True, slots=True)
class Act:
    """A form's path, the verb behind it, the page it leads back to, and the field it is about.

    `verb` is the name by which `people.ROLE_OF` knows it; `{}` in `back` is what it is about.
    """

    path: str
    verb: str
    deed: Callable[[Verbs], Deed]
    back: str
    about: str = ""


ACTS = (
    Act("/runs/{run_id}/approve", "approve", lambda verbs: verbs.approve, "/runs/{}", "run_id"),
    Act("/runs/{run_id}/decline", "decline", lambda verbs: verbs.decline, "/runs/{}", "run_id"),
    Act("/runs/{run_id}/liquidate", "liquidate", lambda verbs: verbs.liquidate, "/", "run_id"),
    Act(
        "/runs/{run_id}/rehearse",
        "rehearse_plan",
        lambda verbs: verbs.rehearsals.rehearse,
        "/runs/{}",
        "run_id",
    ),
    Act(
        "/runs/{run_id}/lines/{ts_code}/approve",
        "release_line",
        lambda verbs: verbs.release_line,
        "/runs/{}",
        "run_id",
    ),
    Act("/manual/{item_id}/resolve", "resolve", lambda verbs: verbs.resolve, "/manual", "item_id"),
    Act("/adopt", "adopt", lambda verbs: verbs.adopt, "/locks", "ts_code"),
    Act("/reconcile", "reconcile", lambda verbs: verbs.reconcile, "/locks"),
    Act("/halt", "halt", lambda verbs: verbs.halt, "/halt"),
    Act("/resume", "resume", lambda verbs: verbs.resume, "/halt"),
    Act(
        "/alerts/{which}/acknowledge",
        "acknowledge",
        lambda verbs: verbs.alerts.acknowledge,
        "/alerts",
        "which",
    ),
    Act("/alert-test", "alert_test", lambda verbs: verbs.alerts.test, "/alerts"),
    Act("/arm-live", "arm_live", lambda verbs: verbs.arm_live, "/system"),
)


def act_routes(console: Console) -> list[web.RouteDef]:
    """Return a POST route for each act."""
    return [web.post(act.path, _handler(console, act)) for act in ACTS]


def _handler(console: Console, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        visit = visit_of(console, request)
        fields: Fields = {**await own_form_of(visit), **request.match_info}
        subject = str(fields.get(act.about, ""))
        told = await _told(act, console, fields, visit.session.person, subject)
        visit.session.told.append(told)
        back = act.back.format(quote(subject, safe=""))
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": back})

    return handle


def said(refused: Exception) -> str:
    """Return a refusal as who reads Chinese is told it; nothing where nobody wrote that."""
    return refused.chinese if isinstance(refused, ActionRefused | Conflict | NotAllowed) else ""


async def _told(act: Act, console: Console, fields: Fields, person: Person, subject: str) -> Told:
    """Do it, and return what the next page says of it; a bug is no refusal and comes out."""
    ticks = {name: fields.get(name) == TICKED for name in TICKS if name in fields}
    try:
        allowed = console.people.require(person.uid, act.verb)
        await act.deed(console.verbs)({**fields, **ticks}, allowed)
    except REFUSALS as refused:
        return Told("told.refused", subject, str(refused), is_error=True, chinese=said(refused))
    return Told(f"told.{act.verb}", subject)
