from pathlib import Path

import pytest

from tests.daemon.console.served import console
from tests.support.desk import BANK, VANKE, two_buys

LANGUAGES = {"en": "Orders moving", "zh-CN": "在途委托"}
PATHS = ("/", "/manual", "/locks", "/halt", "/system")


@pytest.mark.parametrize(("language", "words"), LANGUAGES.items())
async def test_every_page_speaks_the_language_of_the_browser(
    tmp_path: Path, language: str, words: str
) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        first = await browser.page("/", {"Accept-Language": language})
        for path in PATHS:
            page = await browser.page(path, {"Accept-Language": language})
            assert f'<html lang="{language}">' in page

    assert words in first


async def test_a_plan_is_read_and_approved(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        plan = await browser.room.planned(*two_buys())

        page = await browser.page(f"/runs/{plan.run_id}", {"Accept-Language": "en"})

    assert plan.plan_hash in page
    assert BANK in page
    assert VANKE in page
