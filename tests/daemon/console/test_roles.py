"""Every act of the console, tried with every role and with none."""

from pathlib import Path

import pytest

from config.people_settings import Role
from daemon.console.acting import ACTS, Act
from daemon.people import ROLE_OF, Member, People
from tests.daemon.console.served import Browser, console
from tests.support.desk import BANK, WANG

PATH = {"{run_id}": "20251107-0123456789ab", "{ts_code}": BANK, "{item_id}": "7", "{which}": "all"}


def people(*roles: Role) -> People:
    return People([Member(WANG, frozenset(roles))] if roles else ())


def path_of(act: Act) -> str:
    path = act.path
    for name, value in PATH.items():
        path = path.replace(name, value)
    return path


async def newest(browser: Browser) -> int:
    return await browser.room.desk.store.newest_event()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.verb)
async def test_an_act_asks_for_its_role(tmp_path: Path, act: Act, role: Role) -> None:
    async with console(tmp_path, people=people(role)) as browser:
        await browser.log_in()
        before = await newest(browser)
        csrf = await browser.csrf()
        await browser.post(path_of(act), {"csrf": csrf, "reason": "a doubt"})
        page = await browser.page("/system")

        lacks = f"没有此操作所需的角色 {ROLE_OF[act.verb].value}"
        assert (lacks in page) is (ROLE_OF[act.verb] is not role)
        assert role is ROLE_OF[act.verb] or await newest(browser) == before


async def test_a_token_of_somebody_with_no_role_is_none(tmp_path: Path) -> None:
    async with console(tmp_path, people=people()) as browser:
        token = browser.console.tokens.token_of(WANG)

        assert (await browser.post("/login", {"token": token})).status == 403


async def test_a_viewer_reads_everything_and_is_offered_nothing(tmp_path: Path) -> None:
    async with console(tmp_path, people=people(Role.VIEWER)) as browser:
        await browser.log_in()
        for path in ("/", "/manual", "/locks", "/halt", "/alerts", "/system"):
            page = await browser.page(path)
            assert page.count("<form") == 1, path
            assert 'action="/logout"' in page


def test_every_act_is_a_verb_with_a_role() -> None:
    assert {act.verb for act in ACTS} <= ROLE_OF.keys()
