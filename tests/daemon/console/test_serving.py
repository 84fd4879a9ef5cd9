from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from config.settings import ConsoleSettings
from daemon.addresses import PortTaken
from daemon.console.app import address_of, console_of, create_console_app, serve_console
from daemon.console.serving import open_console
from daemon.console.tokens import Tokens
from tests.daemon.console.served import console
from tests.daemon.control.served import control
from tests.support.desk import WANG, settings_in


async def test_the_console_is_off_unless_it_is_enabled(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        status, why = await caller.refused("POST", "/v1/console-token", {})

    assert (status, why) == (409, "the console is off: console.enabled is false")
    assert not (tmp_path / "console_tokens.json").exists()


async def test_who_asks_on_the_socket_gets_their_own_token(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, console=ConsoleSettings(enabled=True, port=0))
    async with console(tmp_path, settings=settings) as browser, AsyncExitStack() as stack:
        verbs = browser.console.verbs
        await open_console(verbs, browser.console.people, browser.room.desk, stack)
        first = await verbs.console_token({}, WANG)
        again = await verbs.console_token({"fresh": "yes"}, WANG)
        fresh = await verbs.console_token({"fresh": True}, WANG)
        async with aiohttp.ClientSession() as session, session.get(first["address"]) as answer:
            assert answer.url.path == "/login"

    assert first == again
    assert first["person"] == "wang"
    assert first["address"].startswith("http://127.0.0.1:")
    assert fresh["token"] != first["token"]
    assert Tokens(tmp_path / "console_tokens.json", browser.room.desk.randomness).person_of(
        fresh["token"]
    )


async def test_a_fresh_token_ends_the_persons_sessions(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, console=ConsoleSettings(enabled=True, port=0))
    async with console(tmp_path, settings=settings) as browser, AsyncExitStack() as stack:
        await open_console(browser.console.verbs, browser.console.people, browser.room.desk, stack)
        door = browser.console.verbs.console
        assert door is not None
        await browser.log_in()
        assert (await browser.get("/")).status == 200
        browser.console.sessions.close_all_of(WANG)

        assert (await browser.get("/")).status == 303


async def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    async with console(tmp_path) as browser, AsyncExitStack() as stack:
        port = int(browser.base.rpartition(":")[2])
        taken = ConsoleSettings(enabled=True, port=port)
        desk = browser.room.desk
        settings = desk.settings.model_copy(update={"console": taken})
        object.__setattr__(desk, "settings", settings)

        with pytest.raises(PortTaken, match=rf"console\.host 127\.0\.0\.1, console\.port {port}"):
            await open_console(browser.console.verbs, browser.console.people, desk, stack)


async def test_the_address_is_one_to_type(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        desk = browser.room.desk
        app = create_console_app(
            console_of(browser.console.verbs, browser.console.people, desk, browser.console.tokens),
            desk,
        )
        runner = await serve_console(app, ConsoleSettings(host="::1", port=0))
        try:
            assert address_of(runner).startswith("http://[::1]:")
        finally:
            await runner.cleanup()
