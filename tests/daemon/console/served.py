"""A console over a real desk, and a browser's way of asking it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from config.people_settings import Role
from daemon.actions import Person
from daemon.alert_actions import AlertActions
from daemon.console.app import console_of, create_console_app
from daemon.console.tokens import Tokens
from daemon.console.visit import Console
from daemon.control.verbs import Verbs
from daemon.people import Member, People
from daemon.tasks.notify import Notifier
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.verify import Verifier
from tests.daemon.control.served import FakeInbox
from tests.support.desk import KEY, WANG, Room, open_room

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answered."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Browser:
    """A browser: keeps cookies, sends what browsers send, follows nothing by itself."""

    room: Room
    console: Console
    base: str
    session: aiohttp.ClientSession

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page as a click does."""
        sent = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        async with self.session.get(
            self.base + path, headers=sent, allow_redirects=False
        ) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)

    async def page(self, path: str, headers: Mapping[str, str] | None = None) -> str:
        """Ask for a page that must be there."""
        answer = await self.get(path, headers)
        assert answer.status == 200, (path, answer.status, answer.text)
        return answer.text

    async def post(
        self,
        path: str,
        fields: Mapping[str, str],
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send a form as a page of ours does; a header of None is left out."""
        sent = {"Origin": self.base, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        kept = {name: value for name, value in sent.items() if value is not None}
        async with self.session.post(
            self.base + path, data=dict(fields), headers=kept, allow_redirects=False
        ) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)

    async def log_in(self, person: Person = WANG) -> None:
        """Log a person in."""
        answer = await self.post("/login", {"token": self.console.tokens.token_of(person)})
        assert answer.status == 303, answer.text

    async def csrf(self) -> str:
        """Return the secret of this session's forms."""
        found = CSRF.search(await self.page("/halt"))
        assert found is not None
        return found[1]

    async def act(self, path: str, fields: Mapping[str, str] | None = None) -> str:
        """Send a form with the session's secret and return the page it leads to."""
        answer = await self.post(path, {"csrf": await self.csrf(), **(fields or {})})
        assert answer.status == 303, answer.text
        return await self.page(answer.headers["Location"])


@asynccontextmanager
async def console(
    folder: Path, *, people: People | None = None, **options: Any
) -> AsyncIterator[Browser]:
    """Serve the console of a desk in this folder."""
    async with open_room(folder, **options) as room:
        reconciler = Reconciler(room.desk, Poller(room.desk))
        alert_actions = AlertActions(room.desk, Notifier(room.desk, ()))
        verifier = Verifier(room.desk, KEY)
        verbs = Verbs(room.desk, room.actions, FakeInbox(), reconciler, verifier, alert_actions)
        tokens = Tokens(folder / "console_tokens.json", room.desk.randomness)
        everyone = people or People([Member(WANG, frozenset(Role))])
        served = console_of(verbs, everyone, room.desk, tokens)
        async with (
            TestServer(create_console_app(served, room.desk), host="127.0.0.1") as server,
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            yield Browser(room, served, f"http://127.0.0.1:{server.port}", session)
