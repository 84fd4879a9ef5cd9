"""What every request must be before a page is asked (never-twice-never-lost.md section E)."""

from collections.abc import Collection
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

FORM = "application/x-www-form-urlencoded"
OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Forbidden(Exception):
    """The request did not come from our own page; `status` is the answer."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


def guard(hosts: Collection[str]) -> Middleware:
    """Return the middleware that turns away strangers; `hosts` are names beside our own."""
    allowed = frozenset({*OWN_NAMES, *(host.lower() for host in hosts)})

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        require_own_host(request, allowed)
        if request.method == "POST":
            require_own_form(request)
        else:
            require_no_embedding(request)
        return await handler(request)

    return check


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on whatever leaves, errors and streams included."""
    response.headers.update(HEADERS)
    response.headers.pop("Server", None)


def require_own_host(request: web.Request, allowed: Collection[str]) -> None:
    """Raise Forbidden (421) unless the browser asked for a name of ours: no DNS rebinding."""
    hosts = request.headers.getall("Host", [])
    if len(hosts) != 1 or _name_of(hosts[0]) not in allowed:
        raise Forbidden(HTTPStatus.MISDIRECTED_REQUEST, "this host is not served here")


def require_own_form(request: web.Request) -> None:
    """Raise Forbidden (403) unless the form was sent by a page of ours."""
    origin = request.headers.getall("Origin", [])
    ours = (f"http://{request.headers['Host']}", f"https://{request.headers['Host']}")
    if len(origin) != 1 or origin[0] not in ours:
        raise Forbidden(HTTPStatus.FORBIDDEN, "the form came from another page")
    if request.headers.getall("Sec-Fetch-Site", []) != ["same-origin"]:
        raise Forbidden(HTTPStatus.FORBIDDEN, "the form came from another site")
    if request.content_type != FORM:
        raise Forbidden(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "this is no form")


def require_no_embedding(request: web.Request) -> None:
    """Raise Forbidden (403) where another site reads us in the background; links may lead here."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site in ("same-origin", "none"):
        return
    is_link = request.headers.get("Sec-Fetch-Mode") == "navigate"
    if not is_link or request.headers.get("Sec-Fetch-Dest") != "document":
        raise Forbidden(HTTPStatus.FORBIDDEN, "another site may not read this")


def _name_of(host: str) -> str:
    """Return a Host header without its port."""
    name, separator, port = host.rpartition(":")
    is_port = bool(separator) and port.isascii() and port.isdigit()
    return (name if is_port else host).lower()
