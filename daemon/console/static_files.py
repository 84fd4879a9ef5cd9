"""The files a page loads: a fixed list, read once from the package."""

from importlib.resources import files

from aiohttp import web

KINDS = {
    "console.css": "text/css",
    "htmx.min.js": "text/javascript",
    "hx-sse.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def static_route() -> web.RouteDef:
    """Return the route of the files; any other name is not found."""
    folder = files("daemon.console") / "static"
    contents = {name: (folder / name).read_bytes() for name in KINDS}

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in contents:
            raise web.HTTPNotFound
        return web.Response(body=contents[name], content_type=KINDS[name], charset="utf-8")

    return web.get("/static/{name}", serve)
