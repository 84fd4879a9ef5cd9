from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from yarl import URL

from daemon.console.guard import FORM
from daemon.console.sessions import WRONG_FREE
from daemon.console.visit import SESSION_COOKIE
from tests.daemon.console.served import Browser, console
from tests.support.desk import WANG

PAGES = (
    "/",
    "/manual",
    "/locks",
    "/halt",
    "/alerts",
    "/system",
    "/runs/x",
    "/runs/x/plan",
    "/orders/x",
)
ACTS = ("/halt", "/resume", "/runs/x/approve", "/manual/1/resolve", "/adopt", "/logout")
GUESS = "0" * 64


def cookie(browser: Browser) -> str:
    found = [one.value for one in browser.session.cookie_jar if one.key == SESSION_COOKIE]
    return found[0] if found else ""


@pytest.mark.parametrize("path", PAGES)
async def test_without_a_login_a_page_leads_to_the_login(tmp_path: Path, path: str) -> None:
    async with console(tmp_path) as browser:
        answer = await browser.get(path)
        part = await browser.get(path, {"HX-Request": "true"})

    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert (part.status, part.headers["HX-Redirect"]) == (401, "/login")
    assert WANG.name not in answer.text + part.text


@pytest.mark.parametrize("path", ACTS)
async def test_without_a_login_nothing_is_done(tmp_path: Path, path: str) -> None:
    async with console(tmp_path) as browser:
        assert (await browser.post(path, {"csrf": GUESS})).status == 401
        assert (await browser.get("/events")).status == 401
        assert not await browser.room.desk.store.halts()


async def test_the_cookie_is_for_this_host_alone_and_for_no_script(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        token = browser.console.tokens.token_of(WANG)
        answer = await browser.post("/login", {"token": token})

    sent = SimpleCookie(answer.headers["Set-Cookie"])[SESSION_COOKIE]
    assert (sent["httponly"], sent["samesite"], sent["path"], sent["domain"]) == (
        True,
        "Strict",
        "/",
        "",
    )
    assert token not in str(answer.headers)


async def test_an_id_that_was_planted_is_never_a_session(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        browser.session.cookie_jar.update_cookies({SESSION_COOKIE: GUESS}, URL(browser.base))
        await browser.log_in()

        assert cookie(browser) != GUESS
        browser.session.cookie_jar.clear()
        browser.session.cookie_jar.update_cookies({SESSION_COOKIE: GUESS}, URL(browser.base))
        assert (await browser.get("/")).status == 303


async def test_a_login_ends_the_session_before_it(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        before = cookie(browser)
        await browser.log_in()

        assert cookie(browser) != before
        assert browser.console.sessions.find(before) is None


async def test_logging_out_ends_the_session(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        before = cookie(browser)
        answer = await browser.post("/logout", {"csrf": await browser.csrf()})

        assert answer.headers["Location"] == "/login"
        assert browser.console.sessions.find(before) is None
        assert (await browser.get("/")).status == 303


async def test_an_idle_session_ends(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        browser.room.machine.advance(browser.room.desk.settings.console.session_s + 1)

        assert (await browser.get("/")).status == 303


async def test_wrong_tokens_are_refused_and_then_made_to_wait(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        right = browser.console.tokens.token_of(WANG)
        wrong = [(await browser.post("/login", {"token": GUESS})).status for _ in range(WRONG_FREE)]
        locked = await browser.post("/login", {"token": right})
        browser.room.machine.advance(1)
        opened = await browser.post("/login", {"token": right})

    assert wrong == [403] * WRONG_FREE
    assert (locked.status, locked.headers["Retry-After"]) == (429, "1")
    assert opened.status == 303


async def test_a_form_without_a_token_is_a_wrong_one(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        assert (await browser.post("/login", {})).status == 403


async def test_the_language_is_chosen_by_a_link_and_kept(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        answer = await browser.get("/login?language=en", {"Accept-Language": "zh"})
        page = await browser.page("/login", {"Accept-Language": "zh"})
        other = await browser.get("/login?language=<b>")

    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    assert '<html lang="en">' in page
    assert other.status == 200


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/\\evil.example"])
async def test_choosing_a_language_leads_to_no_other_host(tmp_path: Path, path: str) -> None:
    async with console(tmp_path) as browser:
        answer = await browser.get(f"{path}?language=en")

    location = answer.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"token=\xff\xfe", FORM), (b"token=x", f"{FORM}; charset=nothing-known")],
)
async def test_a_form_in_no_known_encoding_is_a_bad_request(
    tmp_path: Path, content: bytes, content_type: str
) -> None:
    async with console(tmp_path) as browser:
        headers = {
            "Origin": browser.base,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": content_type,
        }
        async with browser.session.post(
            browser.base + "/login", data=content, headers=headers
        ) as answer:
            assert answer.status == 400
