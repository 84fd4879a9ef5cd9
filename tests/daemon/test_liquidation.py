"""An empty portfolio sells nothing; a person who names it may (issue 2, run checks)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.approvals import Confirmations
from daemon.liquidation import LIQUIDATION_ORDERED
from daemon.refusals import ActionRefused
from market.side import Side
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from tests.daemon.planning.builders import portfolio, target
from tests.support.desk import BANK, VANKE, WANG, Room, at, open_room

EMPTY = replace(portfolio(), run_id="20251107-eeeeeeeeeeee", input_hash="e" * 64, risk_checks=())


@asynccontextmanager
async def refused_room(folder: Path) -> AsyncIterator[tuple[Room, Run]]:
    """A desk that owns two names and has just refused an empty portfolio."""
    async with open_room(folder, held=[(BANK, 500), (VANKE, 350)]) as room:
        await room.adopt(BANK, 500)
        await room.adopt(VANKE, 350)
        await room.receive(EMPTY)
        await room.planner.plan_waiting()
        run = await room.desk.store.run(EMPTY.run_id)
        assert run is not None
        yield room, run


async def test_an_empty_portfolio_is_refused_until_somebody_orders_a_liquidation(
    tmp_path: Path,
) -> None:
    async with refused_room(tmp_path) as (room, refused):
        assert {refusal.code for refusal in refused.refusals} == {
            Reason.EMPTY_PORTFOLIO,
            Reason.RISK_CHECKS_EMPTY,
        }

        ordered = await room.actions.liquidate(refused.run_id, WANG)
        await room.planner.plan_waiting()

        assert await room.state(refused.run_id) is RunState.REFUSED
        assert await room.state(ordered.run_id) is RunState.AWAITING_APPROVAL
        plan = await room.plan(ordered.run_id)
        note = await room.desk.store.latest_note(f"{LIQUIDATION_ORDERED}:{ordered.run_id}")
    assert note is not None
    assert note.actor == WANG.name
    assert {(str(line.symbol), line.side, line.quantity_max) for line in plan.lines} == {
        (BANK, Side.SELL, 500),
        (VANKE, Side.SELL, 350),
    }


async def test_the_sell_amount_is_typed_however_little_there_is(tmp_path: Path) -> None:
    async with refused_room(tmp_path) as (room, refused):
        ordered = await room.actions.liquidate(refused.run_id, WANG)
        await room.planner.plan_waiting()
        plan = await room.plan(ordered.run_id)
        amount = sum((line.notional for line in plan.lines), Decimal(0))

        assert Reason.DERISK in plan.flags
        with pytest.raises(ActionRefused, match="DERISK"):
            await room.actions.approve(ordered.run_id, plan.plan_hash, WANG, Confirmations())
        approved = await room.actions.approve(
            ordered.run_id, plan.plan_hash, WANG, Confirmations(sell_amount=amount)
        )
    assert approved.state is RunState.APPROVED


async def test_only_a_run_refused_as_empty_can_be_named(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(target(BANK, "0.2"))
        with pytest.raises(ActionRefused, match="was not refused as an empty portfolio"):
            await room.actions.liquidate(plan.run_id, WANG)
        with pytest.raises(ActionRefused, match="there is no run"):
            await room.actions.liquidate("20251107-nobody", WANG)


async def test_what_else_is_wrong_with_the_file_stays_wrong(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.receive(replace(EMPTY, champion_id=""))
        await room.planner.plan_waiting()

        with pytest.raises(ActionRefused, match="CHAMPION_MISSING"):
            await room.actions.liquidate(EMPTY.run_id, WANG)


async def test_it_is_ordered_once(tmp_path: Path) -> None:
    async with refused_room(tmp_path) as (room, refused):
        await room.actions.liquidate(refused.run_id, WANG)

        with pytest.raises(ActionRefused, match="ordered before"):
            await room.actions.liquidate(refused.run_id, WANG)


async def test_after_its_session_it_cannot_be_ordered(tmp_path: Path) -> None:
    async with refused_room(tmp_path) as (room, refused):
        await room.until(at("14:50:00"))

        with pytest.raises(ActionRefused, match="is over"):
            await room.actions.liquidate(refused.run_id, WANG)


async def test_an_order_in_the_session_itself_is_planned_still(tmp_path: Path) -> None:
    async with refused_room(tmp_path) as (room, refused):
        await room.until(at("10:00:00"))
        ordered = await room.actions.liquidate(refused.run_id, WANG)
        await room.planner.plan_waiting()

        assert await room.state(ordered.run_id) is RunState.AWAITING_APPROVAL


async def test_it_takes_the_place_of_an_unsent_run(tmp_path: Path) -> None:
    async with refused_room(tmp_path) as (room, refused):
        earlier = await room.planned(target(BANK, "0.2"))
        ordered = await room.actions.liquidate(refused.run_id, WANG)
        await room.planner.plan_waiting()

        assert await room.state(earlier.run_id) is RunState.SUPERSEDED
        assert await room.state(ordered.run_id) is RunState.AWAITING_APPROVAL
