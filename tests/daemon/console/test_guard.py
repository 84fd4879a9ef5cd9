"""Other people's pages, names and forms get nowhere; each case was an attack once."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from config.settings import ConsoleSettings
from daemon.console.guard import HEADERS
from statemachine.run import RunState
from tests.daemon.console.served import Browser, console
from tests.support.desk import settings_in, two_buys

REBOUND = [
    "evil.example",
    "evil.example:9809",
    "127.0.0.1.evil.example",
    "localhost.evil.example:80",
    "127.0.0.1@evil.example",
    "127.0.0.2",
    "[::]",
    "",
    "localhost:evil.example",
]
CROSS_SITE: list[Mapping[str, str | None]] = [
    {"Origin": None},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Sec-Fetch-Site": None},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json"},
    {"Content-Type": "multipart/form-data; boundary=x"},
]


async def halted(browser: Browser) -> bool:
    return bool(await browser.room.desk.store.halts())


@pytest.mark.parametrize("host", REBOUND)
async def test_a_name_that_is_not_ours_is_misdirected(tmp_path: Path, host: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        for path in ("/", "/login", "/static/console.css", "/events", "/no"):
            answer = await browser.get(path, {"Host": host})
            assert answer.status in ({400, 421} if not host else {421}), path


async def test_a_name_from_the_settings_is_ours(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, console=ConsoleSettings(hosts=("Trade.Example",)))
    async with console(tmp_path, settings=settings) as browser:
        for host in ("trade.example", "trade.example:443", "LOCALHOST:1", "[::1]:9809"):
            assert (await browser.get("/login", {"Host": host})).status == 200


@pytest.mark.parametrize("headers", CROSS_SITE, ids=str)
async def test_a_form_of_another_page_does_nothing(
    tmp_path: Path, headers: Mapping[str, str | None]
) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        answer = await browser.post("/halt", {"csrf": await browser.csrf()}, headers)

        assert answer.status in (403, 415)
        assert not await halted(browser)


@pytest.mark.parametrize("csrf", ["", "0" * 64, "f" * 64, "Ж"])
async def test_a_form_without_the_sessions_secret_does_nothing(tmp_path: Path, csrf: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        answer = await browser.post("/halt", {"csrf": csrf})

        assert answer.status == 403
        assert not await halted(browser)


async def test_a_secret_of_another_session_of_the_same_person_does_nothing(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        csrf = await browser.csrf()
        await browser.log_in()

        assert (await browser.post("/halt", {"csrf": csrf})).status == 403
        assert not await halted(browser)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
async def test_only_a_post_acts(tmp_path: Path, method: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        plan = await browser.room.planned(*two_buys())
        query = {"csrf": await browser.csrf(), "plan_hash": plan.plan_hash}
        for path in (f"/runs/{plan.run_id}/approve", f"/runs/{plan.run_id}/decline"):
            async with browser.session.request(method, browser.base + path, params=query) as answer:
                assert answer.status == 405

        assert await browser.room.state(plan.run_id) is RunState.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, 403),
        (
            {
                "Sec-Fetch-Site": "cross-site",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "iframe",
            },
            403,
        ),
        (
            {
                "Sec-Fetch-Site": "cross-site",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "document",
            },
            200,
        ),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
    ids=str,
)
async def test_another_site_may_link_here_and_read_nothing(
    tmp_path: Path, headers: Mapping[str, str], status: int
) -> None:
    async with console(tmp_path) as browser:
        assert (await browser.get("/login", headers)).status == status


@pytest.mark.parametrize(
    "path", ["/", "/login", "/static/htmx.min.js", "/no", "/runs/none", "/static/..%2fapp.py"]
)
async def test_every_answer_carries_the_headers(tmp_path: Path, path: str) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        answer = await browser.get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Server" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
