from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.rebasing import rebase_waiting
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import Conflict
from tests.daemon.planning.builders import symbol, target
from tests.daemon.tasks.day import spoil
from tests.support.desk import BANK, MAOTAI, VANKE, Room, at, open_room, two_buys

MORNING = at("08:45:00")


async def listed(room: Room) -> list[Reason]:
    return [item.reason for item in await room.desk.store.manual_items()]


async def test_a_plan_that_waits_is_made_anew_on_the_mornings_account(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(MORNING)
        room.broker.cash += Decimal(500_000)

        await rebase_waiting(room.desk)

        anew = await room.plan(plan.run_id)
        assert anew.plan_hash != plan.plan_hash
        assert anew.line_for(symbol(BANK)).quantity_max > plan.line_for(symbol(BANK)).quantity_max
        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert room.log_entry("plan re-based")["before"] == plan.plan_hash


async def test_a_plan_that_nothing_moved_keeps_its_hash(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(MORNING)

        await rebase_waiting(room.desk)

        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash
        assert await listed(room) == []


async def test_another_reference_price_is_another_plan(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(MORNING)
        room.broker.prices[symbol(BANK)] = Decimal("9.5")

        await rebase_waiting(room.desk)

        assert (await room.plan(plan.run_id)).plan_hash != plan.plan_hash


async def test_an_approved_plan_keeps_its_lines(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.until(MORNING)
        room.broker.cash += Decimal(500_000)

        await rebase_waiting(room.desk)

        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash
        assert await room.state(plan.run_id) is RunState.APPROVED
        assert await listed(room) == []


async def test_who_approved_is_told_of_holdings_nobody_decided_about(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        await room.until(MORNING)
        room.broker.hold(symbol(MAOTAI), 100)

        await rebase_waiting(room.desk)

        assert await listed(room) == [Reason.NEEDS_BASELINE]
        assert room.log_entry("a person must look")["severity"] == "P1"


async def test_who_approved_is_told_that_less_is_ours_than_is_to_be_sold(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 1000)]) as room:
        await room.adopt(MAOTAI, 1000)
        await room.approved(*two_buys())
        await room.adopt(MAOTAI, 400)
        await room.until(MORNING)

        await rebase_waiting(room.desk)

        (item,) = await room.desk.store.manual_items()
        assert item.reason is Reason.ACCOUNT_UNBELIEVABLE
        assert MAOTAI in item.detail


@pytest.mark.parametrize("is_approved", [True, False])
async def test_an_account_that_cannot_be_believed_is_told_and_changes_nothing(
    tmp_path: Path, is_approved: bool
) -> None:
    async with open_room(tmp_path) as room:
        plan = await (room.approved if is_approved else room.planned)(*two_buys())
        await room.until(MORNING)
        room.broker.asset_error = Decimal(90_000)

        await rebase_waiting(room.desk)

        assert await listed(room) == [Reason.ACCOUNT_UNBELIEVABLE]
        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash


async def test_a_plan_of_another_day_is_left_alone(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        room.broker.cash += Decimal(500_000)

        await rebase_waiting(room.desk)

        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash


async def test_a_plan_that_needs_too_many_messages_now_stays_and_is_told(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(MORNING)
        flow = room.desk.settings.flow.model_copy(update={"messages_per_day": 1})
        settings = room.desk.settings.model_copy(update={"flow": flow})
        object.__setattr__(room.desk, "settings", settings)

        await rebase_waiting(room.desk)

        assert await listed(room) == [Reason.MESSAGE_BUDGET]
        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash


async def test_a_run_that_moved_meanwhile_is_left_to_whoever_moved_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(MORNING)
        room.broker.cash += Decimal(500_000)

        async def moved(*_: object, **__: object) -> None:
            raise Conflict("it was approved")

        monkeypatch.setattr(type(room.desk.store), "save_plan", moved)
        await rebase_waiting(room.desk)

        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash
        assert room.log_entry("run changed meanwhile")["why"] == "it was approved"


async def test_a_record_without_its_portfolio_stops_the_process(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(target(VANKE, "0.2", "地产"))
        await spoil(tmp_path, "UPDATE runs SET portfolio = NULL")
        await room.until(MORNING)

        with pytest.raises(RuntimeError, match=f"{plan.run_id} awaits approval but has no"):
            await rebase_waiting(room.desk)


@pytest.mark.parametrize(("clock", "is_anew"), [("09:10:00", True), ("15:10:00", False)])
async def test_the_looks_before_the_first_send_re_base_and_later_ones_do_not(
    tmp_path: Path, clock: str, is_anew: bool
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(at(clock))
        room.broker.prices[symbol(BANK)] = Decimal("9.5")

        await Reconciler(room.desk, Poller(room.desk))._finish_runs(scheduled=True)

        assert ((await room.plan(plan.run_id)).plan_hash != plan.plan_hash) is is_anew


async def test_what_is_left_of_an_earlier_run_is_not_planned_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(MORNING)
        room.broker.cash += Decimal(500_000)

        async def residual(_run_id: str) -> Plan:
            return replace(plan, parent_run_id="20251106-0123456789ab")

        monkeypatch.setattr(room.desk.store, "followed_plan", residual)
        await rebase_waiting(room.desk)

        assert (await room.plan(plan.run_id)).plan_hash == plan.plan_hash
