"""One request of one person: who they are, what they read in, and what they may."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web

from daemon.clock import MachineClock
from daemon.console.guard import Forbidden
from daemon.console.rendering import Renderer
from daemon.console.sessions import Lockout, Session, Sessions
from daemon.console.texts.language import Language, Texts, chosen
from daemon.console.tokens import Tokens
from daemon.control.bodies import BadRequest
from daemon.control.verbs import Verbs
from daemon.people import People

SESSION_COOKIE = "sage_session"
LANGUAGE_COOKIE = "sage_language"
YEAR_S = 31_536_000
FIELD_LENGTH_MAX = 2000


@dataclass(frozen=True, slots=True)
class Console:
    """What every page works with."""

    verbs: Verbs
    people: People
    tokens: Tokens
    sessions: Sessions
    lockout: Lockout
    renderer: Renderer
    clock: MachineClock


class NotLoggedIn(Exception):
    """The page needs a session; the answer is the login page."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, its session and its language."""

    console: Console
    request: web.Request
    session: Session
    language: Language

    @property
    def texts(self) -> Texts:
        """The catalogue in the visitor's language."""
        return self.console.renderer.texts(self.language)

    async def page(self, template: str, content: dict[str, Any]) -> web.Response:
        """Render a page with the shell around it; what waits to be told is told once."""
        told = tuple(self.session.told)
        self.session.told.clear()
        shell = {
            "path": self.request.path,
            "person": self.session.person,
            "csrf": self.session.csrf,
            "may": partial(self.console.people.may, self.session.person.uid),
            "told": told,
            "status": await self.console.verbs.status(),
        }
        html = self.console.renderer.render(template, self.language, {**shell, **content})
        return web.Response(text=html, content_type="text/html")


def language_of(request: web.Request) -> Language:
    """Return the language a request is answered in."""
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    return chosen(cookie, request.headers.get("Accept-Language", ""))


def visit_of(console: Console, request: web.Request, *, is_click: bool = True) -> Visit:
    """Return the visit of a request with a session. Raises NotLoggedIn.

    What a page asks for by itself is no click: it does not keep the session alive.
    """
    is_click = is_click and request.headers.get("HX-Request") != "true"
    session_id = request.cookies.get(SESSION_COOKIE, "")
    session = console.sessions.find(session_id, is_click=is_click)
    if session is None:
        raise NotLoggedIn
    return Visit(console, request, session, language_of(request))


async def form_of(request: web.Request) -> dict[str, str]:
    """Return the fields of a form, those left empty left out. Raises BadRequest."""
    fields: dict[str, str] = {}
    for name, value in (await _posted(request)).items():
        if not isinstance(value, str) or name in fields:
            raise BadRequest(f"{name} is given twice, or is a file")
        if len(value) > FIELD_LENGTH_MAX:
            raise BadRequest(f"{name} is longer than {FIELD_LENGTH_MAX} characters")
        if value.strip():
            fields[name] = value.strip()
    return fields


async def _posted(request: web.Request) -> Mapping[str, object]:
    try:
        return await request.post()
    except (UnicodeDecodeError, LookupError) as error:
        raise BadRequest("the form is written in no encoding that is known here") from error


async def own_form_of(visit: Visit) -> dict[str, str]:
    """Return the fields of a form of this very session, without its secret. Raises Forbidden."""
    fields = await form_of(visit.request)
    if not visit.session.wrote(fields.pop("csrf", "")):
        raise Forbidden(HTTPStatus.FORBIDDEN, "the form is of another session: load the page again")
    return fields


def set_cookie(response: web.Response, name: str, value: str, max_age_s: int | None = None) -> None:
    """Set a cookie that only this host's pages send and no script reads."""
    response.set_cookie(name, value, httponly=True, samesite="Strict", path="/", max_age=max_age_s)
