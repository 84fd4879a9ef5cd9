from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.settings import HttpSettings
from daemon.http_status import Readiness, serve_status
from tests.daemon.planning.builders import calendar
from tests.support.desk import SESSION, WANG, Room, at, open_room


@asynccontextmanager
async def served(room: Room) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve the pages of a desk on a free port."""
    runner = await serve_status(Readiness(room.desk), room.desk.metrics, HttpSettings(port=0))
    host, port = runner.addresses[0][:2]
    try:
        async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
            yield session
    finally:
        await runner.cleanup()


async def metrics_page(session: aiohttp.ClientSession) -> dict[str, float]:
    """Read /metrics as Prometheus does."""
    async with session.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def ready(session: aiohttp.ClientSession) -> tuple[int, list[str]]:
    async with session.get("/readyz") as answer:
        content = await answer.json()
    assert content["ready"] is (answer.status == 200)
    return answer.status, content["problems"]


async def test_a_daemon_that_can_work_is_alive_and_ready(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room, served(room) as session:
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        assert await ready(session) == (200, [])


async def test_a_halted_daemon_is_alive_and_not_ready_until_it_is_resumed(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room, served(room) as session:
        await room.actions.halt("a doubt", WANG)
        assert await ready(session) == (503, ["halted: a doubt"])
        async with session.get("/healthz") as answer:
            assert answer.status == 200

        await room.actions.resume("no doubt any more", WANG)
        assert await ready(session) == (200, [])


async def test_a_daemon_at_the_end_of_its_calendar_is_not_ready(tmp_path: Path) -> None:
    last = SESSION + timedelta(days=calendar().coverage_days(SESSION))
    async with open_room(tmp_path, start=at("09:00", last)) as room, served(room) as session:
        assert await ready(session) == (503, ["the session file ends today"])
        assert (await metrics_page(session))["sage_calendar_coverage_seconds"] == 0


@pytest.mark.parametrize(("days_left", "warned"), [(31, False), (30, True), (1, True), (0, False)])
async def test_thirty_days_before_its_calendar_ends_a_daemon_warns_and_stays_ready(
    tmp_path: Path, days_left: int, warned: bool
) -> None:
    last = SESSION + timedelta(days=calendar().coverage_days(SESSION))
    day = last - timedelta(days=days_left)
    async with (
        open_room(tmp_path, start=at("09:00", day)) as room,
        served(room) as session,
        session.get("/readyz") as answer,
    ):
        warnings = (await answer.json())["warnings"]

    told = [f"the session file ends in {days_left} days; add a market.calendar_file"]
    assert warnings == (told if warned else [])


async def test_the_metrics_page_can_be_read_and_tells_the_days_the_calendar_covers(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room, served(room) as session:
        found = await metrics_page(session)

    assert found["sage_build_info"] == 1
    assert found["sage_calendar_coverage_seconds"] > 0


async def test_a_halt_from_before_the_start_is_on_the_metrics_page(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.actions.halt("a doubt", WANG)
    async with open_room(tmp_path) as room, served(room) as session:
        assert (await metrics_page(session))["sage_halted"] == 1
