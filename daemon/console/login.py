"""Logging in with a token, and out."""

from http import HTTPStatus

from aiohttp import web

from daemon.console.sessions import Told
from daemon.console.visit import (
    SESSION_COOKIE,
    Console,
    form_of,
    language_of,
    own_form_of,
    set_cookie,
    visit_of,
)


class Login:
    """The login page and what its form does."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[web.RouteDef]:
        """Return the three routes."""
        return [
            web.get("/login", self.show),
            web.post("/login", self.enter),
            web.post("/logout", self.leave),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the form."""
        return self.page(request, HTTPStatus.OK, None)

    def page(self, request: web.Request, status: int, told: Told | None) -> web.Response:
        """Return the form, and above it what went wrong."""
        content = {"told": [] if told is None else [told], "path": "/login"}
        html = self._console.renderer.render("login.html", language_of(request), content)
        return web.Response(text=html, status=status, content_type="text/html")

    async def enter(self, request: web.Request) -> web.Response:
        """Open a session for the person whose token it is; a wrong one makes the next wait."""
        lockout = self._console.lockout
        wait_s = lockout.wait_s()
        if wait_s:
            told = Told("login.wait", str(wait_s), is_error=True)
            answer = self.page(request, HTTPStatus.TOO_MANY_REQUESTS, told)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        person = self._console.tokens.person_of((await form_of(request)).get("token", ""))
        if person is None or not self._console.people.may(person.uid, "status"):
            lockout.note_wrong()
            told = Told("login.wrong", is_error=True)
            return self.page(request, HTTPStatus.FORBIDDEN, told)
        lockout.note_right()
        self._console.sessions.close(request.cookies.get(SESSION_COOKIE, ""))
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/"})
        known = self._console.people.require(person.uid, "status")
        set_cookie(response, SESSION_COOKIE, self._console.sessions.open(known))
        return response

    async def leave(self, request: web.Request) -> web.Response:
        """End the session of this browser."""
        visit = visit_of(self._console, request)
        await own_form_of(visit)
        self._console.sessions.close(request.cookies[SESSION_COOKIE])
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/login"})
        response.del_cookie(SESSION_COOKIE, path="/")
        return response
