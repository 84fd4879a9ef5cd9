import re
from dataclasses import replace
from pathlib import Path

import pytest

from config.people_settings import Role
from daemon.console.rehearsal_part import rehearsal_content
from daemon.console.texts.language import Language, Texts
from daemon.people import Member, People
from daemon.plan_rehearsal import rehearsals, shelf
from daemon.plan_rehearsal.player import RehearsalFailed
from daemon.plan_rehearsal.values import PlanRehearsal, Question
from tests.daemon.cli.test_rehearsal_text import STANDING
from tests.daemon.console.served import Browser, console
from tests.daemon.plan_rehearsal.given import a_rehearsal
from tests.daemon.plan_rehearsal.test_rehearsals import with_market
from tests.daemon.tasks.day import sent
from tests.support.desk import WANG, two_buys

LANGUAGES = {"en": "not a forecast", "zh-CN": "并非预测"}


async def played(browser: Browser) -> str:
    """Plan two buys, and put a rehearsal of the plan beside it."""
    plan = await browser.room.planned(*two_buys())
    kept = replace(a_rehearsal(), plan_hash=plan.plan_hash)
    shelf.keep(browser.room.desk.settings.paths.state, kept)
    return plan.run_id


def test_the_part_can_be_begun_again_only_before_orders_leave() -> None:
    texts = Texts(Language.ENGLISH)
    nothing = {**STANDING, "rehearsal": None}

    assert rehearsal_content(STANDING, "r", "AWAITING_APPROVAL", texts)["may_rehearse"]
    assert not rehearsal_content(STANDING, "r", "WORKING", texts)["may_rehearse"]
    assert rehearsal_content(nothing, "r", "APPROVED", texts)["rehearsal_chart"] is None
    chart = rehearsal_content(STANDING, "r", "APPROVED", texts)["rehearsal_chart"]
    assert chart.rows[1] == ["10:00:00", "823,946"]


@pytest.mark.parametrize(("language", "words"), LANGUAGES.items())
async def test_run_and_plan_say_in_the_visitor_s_language_what_it_is(
    tmp_path: Path, language: str, words: str
) -> None:
    async with console(tmp_path, settings=with_market(tmp_path)) as browser:
        await browser.log_in()
        run_id = await played(browser)
        for path in (f"/runs/{run_id}", f"/runs/{run_id}/plan"):
            page = await browser.page(path, {"Accept-Language": language})
            assert words in page
            assert "2025-11-07" in page
            assert "823,946" in page


async def test_a_run_that_is_sent_still_shows_it_and_offers_none(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        plan = await sent(browser.room)
        without = await browser.page(f"/runs/{plan.run_id}", {"Accept-Language": "en"})
        shelf.keep(tmp_path, replace(a_rehearsal(), plan_hash=plan.plan_hash))
        page = await browser.page(f"/runs/{plan.run_id}", {"Accept-Language": "en"})

    assert "Rehearsal of this plan" not in without
    assert "not a forecast" in page
    assert "/rehearse" not in page


async def test_a_click_begins_it_and_a_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(_question: Question) -> PlanRehearsal:
        raise RehearsalFailed("<b>no bars</b>")

    monkeypatch.setattr(rehearsals, "play", play)
    async with console(tmp_path, settings=with_market(tmp_path)) as browser:
        await browser.log_in()
        plan = await browser.room.planned(*two_buys())
        begun = await browser.act(f"/runs/{plan.run_id}/rehearse")
        page = await browser.page(f"/runs/{plan.run_id}", {"Accept-Language": "en"})

    assert re.search(r"预演已开始|rehearsal of .* has begun", begun)
    assert "The rehearsal failed:" in page
    assert "&lt;b&gt;no bars" in page


async def test_without_a_market_the_page_names_the_setting(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        plan = await browser.room.planned(*two_buys())
        page = await browser.act(f"/runs/{plan.run_id}/rehearse")

    assert "paths.market is not set" in page


async def test_who_only_looks_is_not_offered_a_button(tmp_path: Path) -> None:
    viewer = People([Member(WANG, frozenset({Role.VIEWER}))])
    async with console(tmp_path, people=viewer, settings=with_market(tmp_path)) as browser:
        await browser.log_in()
        run_id = await played(browser)
        page = await browser.page(f"/runs/{run_id}", {"Accept-Language": "en"})

    assert "not a forecast" in page
    assert "/rehearse" not in page
