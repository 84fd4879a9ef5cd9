"""A WeCom group robot as libraries-and-recipes.md section 6 has it: HTTP 200, errcode decides."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

MARKDOWN_BYTES_MAX, TEXT_BYTES_MAX = 4096, 2048
MESSAGES_PER_MINUTE = 20
MINUTE_NS = 60_000_000_000
KEY = "canary-693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
HINT = "hint: [1700000000123456789012345], from ip: 203.0.113.7"


class Weather(StrEnum):
    """How the platform is now; LOST takes the message and never answers."""

    FINE = "FINE"
    TOO_FAST = "45009"
    INVALID_URL = "93000"
    BUSY = "-1"
    ERROR_500 = "500"
    HANGS = "HANGS"
    LOST = "LOST"
    NOT_JSON = "NOT_JSON"
    NO_ERRCODE = "NO_ERRCODE"


CODES = {
    Weather.TOO_FAST: (45009, f"api freq out of limit, {HINT}"),
    Weather.INVALID_URL: (93000, f"invalid webhook url, {HINT}"),
    Weather.BUSY: (-1, "system busy"),
}


@dataclass(slots=True)
class WeComDouble:
    """Takes what the real one would take.

    `taken` is what people see in the group, `lost` what of it was never answered.
    """

    monotonic_ns: Callable[[], int]
    weather: Callable[[], Weather] = lambda: Weather.FINE
    taken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    asked: list[Weather] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    _minute: deque[int] = field(default_factory=deque)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST."""
        weather = self.weather()
        self.asked.append(weather)
        if weather in CODES:
            return self._says(*CODES[weather])
        match weather:
            case Weather.ERROR_500:
                return web.Response(status=500, text='{"errcode":0,"errmsg":"ok"}')
            case Weather.NOT_JSON:
                return web.Response(text="<html>maintenance</html>")
            case Weather.NO_ERRCODE:
                return web.json_response({"errmsg": "ok"})
        answer = await self._take(request) if weather is not Weather.HANGS else None
        if weather is Weather.LOST and self.codes[-1] == 0:
            self.lost.append(self.taken[-1])
        if answer is None or weather is Weather.LOST:
            await asyncio.Event().wait()
        assert answer is not None
        return answer

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("key") != KEY:
            return self._says(93000, f"invalid webhook url, {HINT}")
        body = _json(await request.read(), request.content_type)
        kind = None if body is None else body.get("msgtype")
        if body is None or kind not in ("markdown", "text"):
            return self._says(40008, f"invalid message type, {HINT}")
        content = body.get(kind, {}).get("content")
        size_max = MARKDOWN_BYTES_MAX if kind == "markdown" else TEXT_BYTES_MAX
        if not isinstance(content, str) or len(content.encode()) > size_max:
            text = f"{kind}.content exceed max length {size_max}. invalid Request Parameter, {HINT}"
            return self._says(40058, text)
        if not self._has_room():
            return self._says(45009, f"api freq out of limit, {HINT}")
        self.taken.append(content)
        return self._says(0, "ok")

    def _has_room(self) -> bool:
        now_ns = self.monotonic_ns()
        while self._minute and now_ns - self._minute[0] >= MINUTE_NS:
            self._minute.popleft()
        if len(self._minute) >= MESSAGES_PER_MINUTE:
            return False
        self._minute.append(now_ns)
        return True

    def _says(self, code: int, message: str) -> web.Response:
        self.codes.append(code)
        return web.json_response({"errcode": code, "errmsg": message})


def _json(content: bytes, content_type: str) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) and content_type == "application/json" else None


@asynccontextmanager
async def served(double: WeComDouble) -> AsyncIterator[URL]:
    """Serve the double on loopback; gives its base address."""
    app = web.Application()
    app.router.add_post("/cgi-bin/webhook/send", double.post)
    async with TestServer(app, host="127.0.0.1", shutdown_timeout=0) as server:
        yield server.make_url("/").origin()
