"""A control socket over a real desk, and a caller of it."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from adapters.alerts.channel import Channel
from daemon.actions import Person
from daemon.alert_actions import AlertActions
from daemon.control.app import create_control_app, serve_control
from daemon.control.verbs import Verbs
from daemon.people import People
from daemon.tasks.notify import Notifier
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.verify import Verifier
from tests.support.desk import KEY, Room, open_room

Json = dict[str, Any]


@dataclass(slots=True)
class FakeInbox:
    """An inbox that remembers what it was told to take."""

    taken: list[tuple[Path, Path]] = field(default_factory=list)
    failure: Exception | None = None

    def describe(self) -> Iterator[Json]:
        yield {"portfolio": "portfolio_20251107.csv", "run_id": None}

    async def take(self, portfolio: Path, context: Path, _person: Person) -> str:
        if self.failure is not None:
            raise self.failure
        self.taken.append((portfolio, context))
        return "20251107-0123456789ab"


@dataclass(slots=True)
class Caller:
    """Somebody at the other end of the socket."""

    room: Room
    inbox: FakeInbox
    session: aiohttp.ClientSession

    async def get(self, target: str) -> Json:
        """Read something that must be there."""
        async with self.session.get(target) as answer:
            content: Json = await answer.json()
        assert answer.status == 200, content
        return content

    async def post(self, target: str, body: object = None) -> Json:
        """Do something that must be granted."""
        async with self.session.post(target, json=body or {}) as answer:
            content: Json = await answer.json()
        assert answer.status == 200, content
        return content

    async def refused(self, method: str, target: str, body: object = None) -> tuple[int, str]:
        """Ask for something that must be refused, in a problem document."""
        async with self.session.request(method, target, json=body) as answer:
            assert answer.content_type == "application/problem+json", await answer.text()
            problem = await answer.json(content_type=None)
        assert problem.keys() == {"status", "detail"}
        assert problem["status"] == answer.status
        return answer.status, problem["detail"]


@asynccontextmanager
async def control(
    folder: Path, *, people: People | None = None, channels: Sequence[Channel] = (), **options: Any
) -> AsyncIterator[Caller]:
    """Serve the control socket of a desk in this folder."""
    async with open_room(folder, **options) as room:
        inbox = FakeInbox()
        reconciler = Reconciler(room.desk, Poller(room.desk))
        verifier = Verifier(room.desk, KEY)
        alert_actions = AlertActions(room.desk, Notifier(room.desk, channels))
        verbs = Verbs(room.desk, room.actions, inbox, reconciler, verifier, alert_actions)
        app = create_control_app(verbs, people or People.of((), os.getuid()))
        path = room.desk.settings.paths.socket
        runner = await serve_control(app, path)
        try:
            connector = aiohttp.UnixConnector(str(path))
            async with aiohttp.ClientSession("http://localhost", connector=connector) as session:
                yield Caller(room, inbox, session)
        finally:
            await runner.cleanup()
