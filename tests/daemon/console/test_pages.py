import re
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.tasks.poll import Poller
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.console.served import console
from tests.daemon.planning.builders import portfolio
from tests.daemon.tasks.day import sent
from tests.support.desk import BANK, VANKE, run_of, two_buys

LANGUAGES = {"en": "Orders moving", "zh-CN": "在途委托"}
ENGLISH = {"Accept-Language": "en"}
PATHS = ("/", "/manual", "/locks", "/halt", "/alerts", "/system")


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


async def test_a_run_shows_how_far_it_is_and_what_it_cost(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        room = browser.room
        await browser.log_in()
        plan = await sent(room)
        before = await browser.page(f"/runs/{plan.run_id}", ENGLISH)
        room.broker.execute_all()
        await Poller(room.desk).poll()
        after = await browser.page(f"/runs/{plan.run_id}", ENGLISH)
        order = await room.order_of(plan.run_id)
        story = await browser.page(f"/orders/{order.client_order_id}", ENGLISH)
        page = await browser.page(f"/runs/{plan.run_id}/plan", ENGLISH)

    assert re.search(r"by lines</label> <span[^>]*>0 / 2<", before)
    assert "<svg" not in before
    assert re.search(r"by lines</label> <span[^>]*>2 / 2<", after)
    assert after.count("<svg") == 4
    assert "ACKNOWLEDGED" in story
    assert order.client_order_id in story
    assert plan.plan_hash in page
    assert "<form" in page.split("<footer>")[1]
    assert "Approve this plan" not in page


async def test_what_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        for path in ("/runs/none", "/runs/none/plan", "/orders/none", "/nothing"):
            answer = await browser.get(path, ENGLISH)
            assert answer.status == 404
            assert "This did not work" in answer.text


async def test_a_refused_run_says_where_and_offers_no_approval(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        room = browser.room
        await browser.log_in()
        wanted = portfolio(*two_buys())
        empty = Refusal(Reason.EMPTY_PORTFOLIO, "no rows", "portfolio.csv", 7, "weight")
        run = replace(run_of(wanted, room.clock.now()), state=RunState.REFUSED, refusals=(empty,))
        await room.desk.store.refuse_input(run, b"csv", b"context")
        page = await browser.page(f"/runs/{run.run_id}", ENGLISH)

    assert "portfolio.csv" in page
    assert "Make the liquidation plan" in page
    assert "/approve" not in page
    assert "/decline" not in page
