from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.manual_list import STANDING, raise_alarm
from daemon.open_questions import asks_of, close_answered
from daemon.tasks.release import Releaser
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from statemachine.severity import Severity
from storage.store import ManualItem
from tests.daemon.planning.builders import portfolio, symbol
from tests.daemon.test_rebasing import MORNING
from tests.support.desk import BANK, FIRST_SEND, MAOTAI, VANKE, WANG, Room, open_room, two_buys


async def only_item(room: Room) -> ManualItem:
    (item,) = await room.desk.store.manual_items()
    return item


async def commands(room: Room) -> list[str]:
    asks = await asks_of(room.desk, await only_item(room))
    return [command for ask in asks for command in ask.commands()]


async def held(room: Room, names: Sequence[str] = (BANK, VANKE)) -> Plan:
    """Approve a plan that price gaps hold whole."""
    plan = await room.approved(*two_buys())
    for name in names:
        room.broker.jumps[symbol(name)] = Decimal("10.40")
    await room.until(FIRST_SEND)
    await Releaser(room.desk)._attend()
    return plan


async def test_holdings_nobody_decided_about_ask_for_each_and_close_with_the_last(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path, held=[(BANK, 500), (MAOTAI, 100)]) as room:
        run = await room.receive(portfolio(*two_buys()))
        await room.planner.plan_waiting()
        assert await commands(room) == [
            f"sage-execd adopt {BANK} 500",
            f"sage-execd adopt {BANK} 0 --foreign",
            f"sage-execd adopt {MAOTAI} 100",
            f"sage-execd adopt {MAOTAI} 0 --foreign",
        ]
        (alert,) = await room.desk.store.alerts()
        assert "处理：sage-execd adopt CODE QUANTITY" in alert.text_zh

        await room.adopt(BANK, 500)
        assert (await only_item(room)).run_id == run.run_id
        assert len(await commands(room)) == 2
        await room.adopt(MAOTAI, 100, "foreign")

        (item,) = await room.desk.store.manual_items(open_only=False)
        assert item.resolution == "done"
        assert await asks_of(room.desk, item) == ()
        assert await room.desk.store.alerts() == ()


async def test_a_plan_held_whole_asks_for_its_lines_and_closes_when_enough_are_released(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await held(room)
        run_id = plan.run_id
        assert (await only_item(room)).reason is Reason.HELD_SHARE
        assert sorted(await commands(room)) == [
            f"sage-execd approve {run_id} --line {VANKE}",
            f"sage-execd approve {run_id} --line {BANK}",
            f"sage-execd decline {run_id}",
        ]

        await room.actions.release_line(run_id, symbol(BANK), WANG)
        assert (await only_item(room)).resolution is None, "half of the plan is held still"
        await room.actions.release_line(run_id, symbol(VANKE), WANG)

        assert await room.desk.store.manual_items() == ()


async def test_a_declined_run_asks_for_nothing_any_more(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await held(room)
        await room.actions.decline(plan.run_id, WANG, "no")

        assert await room.state(plan.run_id) is RunState.DECLINED
        assert await room.desk.store.manual_items() == ()


async def test_what_comes_up_again_after_it_was_done_is_listed_again_at_once(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await held(room)
        for name in (BANK, VANKE):
            await room.actions.release_line(plan.run_id, symbol(name), WANG)

        listed = await raise_alarm(
            room.desk, Severity.P1, Reason.HELD_SHARE, "again", run_id=plan.run_id, quiet=STANDING
        )

        assert listed


async def test_an_item_somebody_resolved_meanwhile_stays_as_they_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        plan = await held(room)
        before = await room.desk.store.manual_items()
        await room.actions.resolve(before[0].item_id, "seen", WANG, "", "")
        await room.actions.decline(plan.run_id, WANG, "no")

        async def stale(*, open_only: bool = True) -> tuple[ManualItem, ...]:
            return before

        monkeypatch.setattr(room.desk.store, "manual_items", stale)
        await close_answered(room.desk, "wang")

        assert "item was closed before" in room.logged()


async def test_without_a_run_or_an_account_there_is_nothing_to_ask(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await raise_alarm(room.desk, Severity.P1, Reason.NEEDS_BASELINE, "nobody looked yet")
        assert await commands(room) == []
    (tmp_path / "other").mkdir()
    async with open_room(tmp_path / "other") as room:
        await raise_alarm(room.desk, Severity.P1, Reason.HELD_SHARE, "gone", run_id="none")
        assert await commands(room) == []
        await close_answered(room.desk, "wang")
        assert (await only_item(room)).resolution is None
    (tmp_path / "third").mkdir()
    async with open_room(tmp_path / "third") as room:
        await raise_alarm(room.desk, Severity.P1, Reason.HELD_SHARE, "no run at all")
        await room.until(MORNING)
        await close_answered(room.desk, "wang")
        assert (await only_item(room)).resolution is None
