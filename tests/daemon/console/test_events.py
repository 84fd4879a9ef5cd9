import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from config.people_settings import Role
from daemon.actions import Person
from daemon.console.events import PARTS, QUIET_LOOKS_MAX, STREAMS_OF_PERSON_MAX, parts_of
from daemon.people import Member, People
from storage.journal import Subject
from tests.daemon.console.served import Browser, console
from tests.support.desk import WANG


async def looked(browser: Browser) -> None:
    """Let a second pass for the stream."""
    for _ in range(2000):
        if browser.room.machine.sleepers:
            break
        await asyncio.sleep(0)
    browser.room.machine.advance(1)


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[str]:
    async for line in answer.content:
        if line.startswith(b"event: "):
            yield line.decode().split()[1]


def stream(browser: Browser) -> aiohttp.client._RequestContextManager:
    return browser.session.get(browser.base + "/events", headers={"Sec-Fetch-Site": "same-origin"})


def test_every_kind_of_event_belongs_to_a_part() -> None:
    assert parts_of([Subject.HALT, Subject.HALT, Subject.ORDER, Subject.FILL]) == ("halts", "runs")
    assert all(parts_of([kind]) for kind in Subject)
    assert PARTS.keys() <= set(Subject)


async def test_a_change_is_told_to_the_page_by_the_part_that_changed(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        async with stream(browser) as answer:
            told = events(answer)
            assert answer.content_type == "text/event-stream"
            assert await anext(told) == "hello"
            await browser.room.desk.store.halt(
                "HALT", "a doubt", actor="wang", now=browser.room.clock.now()
            )
            await looked(browser)
            assert await anext(told) == "halts"
            for _ in range(QUIET_LOOKS_MAX):
                await looked(browser)
            assert await anext(told) == "time"


async def test_the_stream_ends_with_the_session(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        async with stream(browser) as answer:
            told = events(answer)
            await anext(told)
            browser.room.machine.advance(browser.room.desk.settings.console.session_s + 2)
            await looked(browser)

            assert [name async for name in told][-1] == "ended"


async def test_a_stream_that_is_opened_again_and_again_is_no_click(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        browser.room.machine.advance(browser.room.desk.settings.console.session_s - 1)
        async with stream(browser) as answer:
            assert await anext(events(answer)) == "hello"
            browser.room.machine.advance(2)
            await looked(browser)

        assert (await browser.get("/")).headers["Location"] == "/login"


async def test_only_so_many_streams_of_one_person_are_open_at_once(tmp_path: Path) -> None:
    li = Person("li", 1001)
    people = People([Member(person, frozenset(Role)) for person in (WANG, li)])
    async with console(tmp_path, people=people) as browser:
        await browser.log_in()
        streams = [await stream(browser) for _ in range(STREAMS_OF_PERSON_MAX)]
        async with stream(browser) as one_more:
            assert (one_more.status, one_more.headers["Retry-After"]) == (503, "5")
        await browser.log_in(li)
        async with stream(browser) as of_another:
            assert of_another.status == 200
        for open_one in streams:
            open_one.close()
        for person in (WANG, li):
            browser.console.sessions.close_all_of(person)
        await looked(browser)
