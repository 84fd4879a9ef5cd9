import asyncio
from datetime import UTC, date, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import generate_latest

from config.settings import HttpSettings, Settings
from daemon.metrics import Metrics
from daemon.morning_check import NOT_TODAY, Silent, last_said, look

MONDAY = datetime(2025, 11, 10, 1, 12, tzinfo=UTC)
SUNDAY = datetime(2025, 11, 9, 1, 12, tzinfo=UTC)


def page(said: datetime | None) -> bytes:
    metrics = Metrics()
    if said is not None:
        metrics.note_success("ready", said)
    return generate_latest(metrics.registry)


async def looked(said: datetime | None) -> str:
    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=page(said))

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    async with TestServer(app) as server:
        settings = Settings(http=HttpSettings(port=server.port or 0))
        return await asyncio.to_thread(look, "ready", settings, MONDAY)


async def test_a_message_of_this_morning_is_found() -> None:
    assert await looked(MONDAY) == '"ready" at 09:12:00'


@pytest.mark.parametrize("said", [None, SUNDAY])
async def test_a_message_that_is_missing_is_missed(said: datetime | None) -> None:
    with pytest.raises(Silent, match='has not said "ready" on 2025-11-10'):
        await looked(said)


def test_a_daemon_that_does_not_answer_is_missed_on_a_session_day_only() -> None:
    settings = Settings(http=HttpSettings(port=1))
    with pytest.raises(Silent, match="does not answer"):
        look("ready", settings, MONDAY)

    assert look("ready", settings, SUNDAY) == NOT_TODAY


def test_each_message_has_its_own_moment() -> None:
    assert last_said("started", page(MONDAY).decode()) is None
    said = last_said("ready", page(MONDAY).decode())
    assert said is not None
    assert said.date() == date(2025, 11, 10)
