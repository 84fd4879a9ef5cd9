"""A WeCom application as libraries-and-recipes.md section 6 has it: a token, then messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "token-1"


@dataclass(slots=True)
class WeComApplication:
    """What people of a department were sent; a message needs the token that was handed out."""

    corp_id: str
    secret: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def get_token(self, request: web.Request) -> web.Response:
        """Hand out the token."""
        asked = (request.query.get("corpid"), request.query.get("corpsecret"))
        if asked != (self.corp_id, self.secret):
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        answer = {"errcode": 0, "errmsg": "ok", "access_token": TOKEN, "expires_in": 7200}
        return web.json_response(answer)

    async def send(self, request: web.Request) -> web.Response:
        """Take a message."""
        if request.query.get("access_token") != TOKEN:
            return web.json_response({"errcode": 40014, "errmsg": "invalid access_token"})
        self.messages.append(await request.json())
        return web.json_response({"errcode": 0, "errmsg": "ok", "invaliduser": ""})


@asynccontextmanager
async def wecom_application(
    corp_id: str, secret: str
) -> AsyncIterator[tuple[WeComApplication, str]]:
    """Serve the double; yields it and the address that takes the place of the real one."""
    double = WeComApplication(corp_id, secret)
    app = web.Application()
    app.add_routes(
        [
            web.get("/cgi-bin/gettoken", double.get_token),
            web.post("/cgi-bin/message/send", double.send),
        ]
    )
    async with TestServer(app) as server:
        yield double, str(server.make_url("/cgi-bin/"))
