"""What a form does, and what the next page says of it."""

from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable
from daemon.console.visit import FIELD_LENGTH_MAX
from statemachine.line_status import LineStatus
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import ManualItem
from tests.daemon.console.served import Browser, console
from tests.daemon.planning.builders import portfolio, symbol
from tests.daemon.test_open_questions import held
from tests.support.desk import BANK, WANG, two_buys

ENGLISH = {"Accept-Language": "en"}


async def listed(browser: Browser, *choices: str) -> None:
    """List something for a person."""
    now = browser.room.clock.now()
    item = ManualItem(0, None, None, symbol(BANK), Reason.SEND_UNKNOWN, "lost", choices, now)
    assert await browser.room.desk.store.add_manual(item, now=now)


async def english(browser: Browser) -> None:
    await browser.log_in()
    await browser.get("/?language=en")


async def test_approving_the_plan_that_is_shown(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        plan = await browser.room.planned(*two_buys(), exposure="0.9")
        target = f"/runs/{plan.run_id}/approve"
        unticked = await browser.act(target, {"plan_hash": plan.plan_hash})
        still = await browser.room.state(plan.run_id)
        fields = {"plan_hash": plan.plan_hash, "underinvested": "yes"}
        page = await browser.act(target, fields)

        assert still is RunState.AWAITING_APPROVAL
        assert await browser.room.state(plan.run_id) is RunState.APPROVED

    assert "UNDERINVESTED" in unticked
    assert f"Your approval of {plan.run_id} is recorded." in page


async def test_approving_another_plan_than_the_present_one_is_refused(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        plan = await browser.room.planned(*two_buys())
        page = await browser.act(f"/runs/{plan.run_id}/approve", {"plan_hash": "0" * 64})

        assert await browser.room.state(plan.run_id) is RunState.AWAITING_APPROVAL
    assert "Not done." in page
    assert f"is now {plan.plan_hash}" in page


async def test_what_was_said_is_said_once(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        first = await browser.act("/halt", {"reason": "a doubt"})
        second = await browser.page("/halt")

    assert "Sending is stopped.</p>" in first.replace("\n", "").replace("      ", "")
    assert 'class="told' in first
    assert 'class="told' not in second


async def test_a_halt_stands_on_every_page_until_a_reason_lifts_it(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        await browser.act("/halt", {"reason": "a doubt"})
        (standing,) = await browser.room.desk.store.halts()
        pages = [await browser.page(path) for path in ("/", "/manual", "/system")]
        refused = await browser.act("/resume", {"reason": "   "})
        lifted = await browser.act("/resume", {"reason": "looked"})

        assert (standing.actor, standing.cause) == (WANG.name, "a doubt")
        assert await browser.room.desk.store.halts() == ()
    assert all('role="alert"' in page for page in pages)
    assert "resume needs a name and a reason" in refused
    assert "Sending goes on." in lifted


async def test_declining_ends_the_run(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        plan = await browser.room.planned(*two_buys())
        page = await browser.act(f"/runs/{plan.run_id}/decline", {"reason": "not today"})

        assert await browser.room.state(plan.run_id) is RunState.DECLINED
    assert f"{plan.run_id} is declined." in page
    assert "/approve" not in page


async def test_a_manual_item_is_resolved_with_one_of_its_choices(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        await listed(browser, "acknowledge", "leave")
        page = await browser.page("/manual")
        wrong = await browser.act("/manual/1/resolve", {"choice": "write-off"})
        done = await browser.act("/manual/1/resolve", {"choice": "acknowledge", "reason": "seen"})
        (item,) = await browser.room.desk.store.manual_items(open_only=False)

    assert '<button name="choice" value="acknowledge">I have seen it</button>' in page
    assert "evidence" not in page
    assert "Not done." in wrong
    assert "Nothing waits for a person." in done
    assert item.resolution == "acknowledge"


async def test_that_an_order_never_existed_asks_for_evidence(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        await listed(browser, "leave", "confirm-absent")

        assert 'name="evidence"' in await browser.page("/manual")


async def test_a_held_line_is_released(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        room = browser.room
        plan = await room.approved(*two_buys())
        held = LineStatus(plan.run_id, symbol(BANK), Reason.HELD_GAP, "gap of 4 %")
        await room.desk.store.set_line_statuses((held,), now=room.clock.now())
        page = await browser.page(f"/runs/{plan.run_id}")
        target = f"/runs/{plan.run_id}/lines/{BANK}/approve"
        done = await browser.act(target, {"plan_hash": plan.plan_hash})

        assert (await room.desk.store.line_statuses(plan.run_id))[symbol(BANK)].reason is None
    assert f'action="{target}"' in page
    assert "The line is released." in done


async def test_the_owner_of_a_holding_is_recorded(tmp_path: Path) -> None:
    async with console(tmp_path, held=[(BANK, 500)]) as browser:
        await english(browser)
        fields = {"ts_code": BANK, "quantity": "500", "owner": "ours"}
        page = await browser.act("/adopt", fields)
        wrong = await browser.act("/adopt", {**fields, "ts_code": "BANK"})

        assert await browser.room.desk.store.owned() == {symbol(BANK): 500}
    assert f"The owner of {BANK} is recorded." in page
    assert "CODE_SYNTAX" in wrong


async def test_a_broker_that_cannot_be_asked_is_told_as_such(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        done = await browser.act("/reconcile")
        browser.room.broker.failing["orders"] = BrokerUnavailable("CONNECT", "no route")
        page = await browser.act("/reconcile")

    assert "Both books were compared." in done
    assert "no route" in page


@pytest.mark.parametrize(
    "fields",
    [[("reason", "a"), ("reason", "b")], [("reason", "x" * (FIELD_LENGTH_MAX + 1))]],
    ids=["twice", "long"],
)
async def test_a_form_that_no_page_of_ours_makes_does_nothing(
    tmp_path: Path, fields: list[tuple[str, str]]
) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        content = [("csrf", await browser.csrf()), *fields]
        headers = {"Origin": browser.base, "Sec-Fetch-Site": "same-origin"}
        async with browser.session.post(
            browser.base + "/halt", data=content, headers=headers
        ) as answer:
            assert answer.status == 400
        assert await browser.room.desk.store.halts() == ()


async def test_a_form_of_any_size_is_refused(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        answer = await browser.post("/halt", {"csrf": await browser.csrf(), "reason": "x" * 70_000})

        assert answer.status == 413
        assert await browser.room.desk.store.halts() == ()


async def test_nobody_is_led_anywhere_but_to_a_page_of_ours(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        csrf = await browser.csrf()
        for name in ("..%2F..%2Fevil", "%2F%2Fevil.example", "a%0d%0aSet-Cookie:x", "a?b#c"):
            answer = await browser.post(f"/runs/{name}/decline", {"csrf": csrf, "run_id": "/x"})
            assert answer.headers.get("Location", "/runs/").startswith("/runs/")
            assert "%0" in answer.headers.get("Location", "%0") or "\n" not in str(answer.headers)


async def test_an_alert_is_seen_once_somebody_says_so(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        await browser.act("/halt", {"reason": "a doubt"})
        before = await browser.page("/alerts")
        after = await browser.act("/alerts/all/acknowledge")

    assert "Nobody has seen it yet." in before
    assert f"Seen by {WANG.name}" in after
    assert "Nobody has seen it yet." not in after


async def test_a_refusal_is_said_in_the_language_of_the_page(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await browser.log_in()
        await browser.get("/?language=zh-CN")
        plan = await browser.room.planned(*two_buys())
        chinese = await browser.act(f"/runs/{plan.run_id}/approve", {"plan_hash": "0" * 64})
        await browser.get("/?language=en")
        english_page = await browser.act(f"/runs/{plan.run_id}/approve", {"plan_hash": "0" * 64})

    assert f"{plan.run_id} 的计划现为 {plan.plan_hash}" in chinese
    assert "is now" not in chinese
    assert f"the plan of {plan.run_id} is now {plan.plan_hash}" in english_page


async def test_an_item_offers_the_forms_that_answer_it_and_goes_when_one_is_sent(
    tmp_path: Path,
) -> None:
    async with console(tmp_path, held=[(BANK, 500)]) as browser:
        await browser.log_in()
        await browser.get("/?language=zh-CN")
        await browser.room.receive(portfolio(*two_buys()))
        await browser.room.planner.plan_waiting()
        before = await browser.page("/manual")
        await browser.act("/adopt", {"ts_code": BANK, "quantity": "500", "owner": "ours"})
        after = await browser.page("/manual")

    assert 'action="/adopt"' in before
    assert 'name="quantity" value="500"' in before
    assert "请逐一确认归属（本策略或外部持仓）：600000.SH" in before
    assert 'action="/adopt"' not in after


async def test_a_plan_held_whole_offers_its_lines_on_the_manual_list(tmp_path: Path) -> None:
    async with console(tmp_path) as browser:
        await english(browser)
        plan = await held(browser.room)
        page = await browser.page("/manual")
        target = f"/runs/{plan.run_id}/lines/{BANK}/approve"
        assert f'action="{target}"' in page
        assert f'action="/runs/{plan.run_id}/decline"' in page
        await browser.act(target, {"plan_hash": plan.plan_hash})
        statuses = await browser.room.desk.store.line_statuses(plan.run_id)

    assert statuses[symbol(BANK)].released_by == "wang"
