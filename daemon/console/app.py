"""The console: server-rendered pages on loopback, for people with a token."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.broker import BrokerError
from config.settings import ConsoleSettings
from daemon.console.acting import act_routes
from daemon.console.events import EventStream
from daemon.console.guard import Forbidden, add_headers, guard
from daemon.console.login import Login
from daemon.console.pages import PAGES, Page
from daemon.console.rendering import Renderer
from daemon.console.sessions import Lockout, Sessions
from daemon.console.static_files import static_route
from daemon.console.texts.language import Language
from daemon.console.tokens import Tokens
from daemon.console.visit import (
    LANGUAGE_COOKIE,
    YEAR_S,
    Console,
    NotLoggedIn,
    language_of,
    set_cookie,
    visit_of,
)
from daemon.control.bodies import BadRequest
from daemon.control.verbs import Verbs
from daemon.desk import Desk
from daemon.people import NotAllowed, People
from daemon.refusals import ActionRefused
from market.errors import MarketError
from storage.store import StoreError

FORM_BYTES_MAX = 65_536
STATUSES: dict[type[Exception], HTTPStatus] = {
    NotAllowed: HTTPStatus.FORBIDDEN,
    ActionRefused: HTTPStatus.NOT_FOUND,
    StoreError: HTTPStatus.NOT_FOUND,
    BrokerError: HTTPStatus.SERVICE_UNAVAILABLE,
    BadRequest: HTTPStatus.BAD_REQUEST,
    MarketError: HTTPStatus.BAD_REQUEST,
}


def console_of(verbs: Verbs, people: People, desk: Desk, tokens: Tokens) -> Console:
    """Return what the pages work with."""
    return Console(
        verbs=verbs,
        people=people,
        tokens=tokens,
        sessions=Sessions(desk.machine, desk.randomness, desk.settings.console.session_s),
        lockout=Lockout(desk.machine),
        renderer=Renderer(),
        clock=desk.machine,
    )


def create_console_app(console: Console, desk: Desk) -> web.Application:
    """Build the application; nothing of it is reached without passing the guard."""
    middlewares = [problems(console), guard(desk.settings.console.hosts), switch_language]
    app = web.Application(middlewares=middlewares, client_max_size=FORM_BYTES_MAX)
    app.on_response_prepare.append(add_headers)
    stream = EventStream(console, desk.store, desk.machine)
    app.add_routes([static_route(), web.get("/events", stream.serve)])
    app.add_routes(Login(console).routes())
    app.add_routes([web.get(page.path, _page(console, page)) for page in PAGES])
    app.add_routes(act_routes(console))
    return app


async def serve_console(app: web.Application, settings: ConsoleSettings) -> web.AppRunner:
    """Listen on loopback and return the runner to clean up. Raises OSError for a taken port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    return runner


def address_of(runner: web.AppRunner) -> str:
    """Return what to type into the browser."""
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def problems(console: Console) -> Middleware:
    """Return the middleware that makes a page of what went wrong; a bug stays a bug (500)."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except NotLoggedIn:
            return _to_login(request)
        except Forbidden as forbidden:
            return _problem_page(console, request, forbidden.status, str(forbidden))
        except web.HTTPException as raised:
            return _problem_page(console, request, raised.status, raised.reason)
        except tuple(STATUSES) as error:
            status = next(code for kind, code in STATUSES.items() if isinstance(error, kind))
            return _problem_page(console, request, status, str(error))

    return answer


def _problem_page(console: Console, request: web.Request, status: int, why: str) -> web.Response:
    """Return a page that says no; it shows nothing of the request."""
    content = {"status_code": status, "why": why, "told": [], "path": "/problem"}
    html = console.renderer.render("problem.html", language_of(request), content)
    return web.Response(text=html, status=status, content_type="text/html")


@web.middleware
async def switch_language(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Remember the language of `?language=`, and show the page without it."""
    wanted = request.query.get("language")
    if request.method != "GET" or wanted not in [language.value for language in Language]:
        return await handler(request)
    # Two slashes at the front would be another host.
    here = f"/{request.rel_url.raw_path.lstrip('/')}"
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": here})
    set_cookie(response, LANGUAGE_COOKIE, str(wanted), YEAR_S)
    return response


def _to_login(request: web.Request) -> web.Response:
    """Lead to the login page; a part of a page that was refreshed leads the whole page there."""
    if request.headers.get("HX-Request") == "true":
        return web.Response(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/login"})
    if request.method == "GET" and request.path != "/events":
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/login"})
    return web.Response(status=HTTPStatus.UNAUTHORIZED)


def _page(console: Console, page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        return await page.show(visit_of(console, request))

    return show
