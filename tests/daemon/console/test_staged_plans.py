"""What a browser shows and sends where settings ask for more than one yes, or for a look first."""

import re
from pathlib import Path

from config.people_settings import ApprovalSettings, Role
from daemon.actions import Person
from daemon.people import Member, People
from statemachine.plan import Plan
from statemachine.run import RunState
from tests.daemon.console.served import Browser, console
from tests.daemon.planning.builders import target
from tests.support.desk import BANK, MAOTAI, WANG, settings_in, two_buys

HIDDEN = re.compile(r'type="hidden" name="(plan_hash|stage)" value="([^"]*)"')
LI = Person("li", 1001)
BOTH = People([Member(person, frozenset(Role)) for person in (WANG, LI)])
SECOND_NS = 1_000_000_000
TICK = {"underinvested": "yes"}


def approve_form(page: str) -> dict[str, str]:
    """Return what a browser sends of the approve form: its hidden fields, and the tick."""
    return {**dict(HIDDEN.findall(page)), **TICK}


async def english(browser: Browser, person: Person = WANG) -> None:
    await browser.log_in(person)
    await browser.get("/?language=en")


async def rotation(browser: Browser) -> Plan:
    """Plan to sell one name and to buy another."""
    await browser.room.adopt(MAOTAI, 3_000)
    return await browser.room.planned(target(BANK, "0.25"))


async def test_the_page_counts_as_the_look_that_is_asked_for(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, approval=ApprovalSettings(seconds_shown_min=3))
    async with console(tmp_path, settings=settings) as browser:
        await english(browser)
        plan = await browser.room.planned(*two_buys())
        run, act = f"/runs/{plan.run_id}", f"/runs/{plan.run_id}/approve"
        unseen = await browser.act(act, {"plan_hash": plan.plan_hash, **TICK})
        page = await browser.page(run)
        too_soon = await browser.act(act, approve_form(page))
        browser.room.machine.elapsed_ns += 3 * SECOND_NS
        done = await browser.act(act, approve_form(page))

        assert await browser.room.state(plan.run_id) is RunState.APPROVED
    assert "at least 3 seconds" in page
    assert all("look at the plan for 3 s" in refused for refused in (unseen, too_soon))
    assert f"Your approval of {plan.run_id} is recorded." in done


async def test_sells_and_then_buys_are_approved_on_the_pages(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, approval=ApprovalSettings(stages=True))
    async with console(tmp_path, settings=settings, held=[(MAOTAI, 3_000)]) as browser:
        await english(browser)
        plan = await rotation(browser)
        run, act = f"/runs/{plan.run_id}", f"/runs/{plan.run_id}/approve"
        first = await browser.page(run)
        between = await browser.act(act, approve_form(first))
        second = await browser.page(f"{run}/plan")
        after = await browser.act(act, approve_form(second))
        ended = await browser.page(f"{run}/plan")

        given = await browser.room.desk.store.standing_approvals(
            plan.run_id, plan.plan_hash, browser.room.clock.now()
        )
        assert {approval.stage for approval in given} == {"SELLS", "BUYS"}
    assert approve_form(first)["stage"] == "SELLS"
    assert approve_form(second)["stage"] == "BUYS"
    assert "wang approved sells at" in second
    assert "The buys wait for approval." in between
    assert f'href="{run}/plan"' in between
    assert "wait for approval." not in after
    assert act not in ended


async def test_two_persons_see_that_two_are_asked_for_and_who_said_yes(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path, approval=ApprovalSettings.model_validate({"two_persons_above": "0"})
    )
    async with console(tmp_path, people=BOTH, settings=settings) as browser:
        await english(browser)
        plan = await browser.room.planned(*two_buys())
        run, act = f"/runs/{plan.run_id}", f"/runs/{plan.run_id}/approve"
        await browser.act(act, approve_form(await browser.page(run)))
        alone = await browser.room.state(plan.run_id)
        await english(browser, LI)
        page = await browser.page(run)
        await browser.act(act, approve_form(page))

        assert alone is RunState.AWAITING_APPROVAL
        assert await browser.room.state(plan.run_id) is RunState.APPROVED
    assert "2 different persons" in page
    assert "wang approved the whole plan at" in page


async def test_that_the_author_may_not_approve_is_said(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, approval=ApprovalSettings(author_may_approve=False))
    async with console(tmp_path, settings=settings) as browser:
        await english(browser)
        plan = await browser.room.planned(*two_buys())

        assert "Whoever made this run" in await browser.page(f"/runs/{plan.run_id}")
