from datetime import date
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable, SessionSuperseded
from config.people_settings import ApprovalSettings
from daemon.approvals import Confirmations
from daemon.plan_page import plan_page
from daemon.planning.approval_view import ApprovalView
from daemon.planning.plan_differences import Change, Predecessor
from daemon.refusals import ActionRefused
from statemachine.run import Run, RunState
from storage.store import Stage
from tests.daemon.planning.builders import portfolio, target
from tests.support.desk import (
    BANK,
    EVENING,
    MAOTAI,
    SIGNAL,
    VANKE,
    WANG,
    Room,
    at,
    dated,
    open_room,
    settings_in,
    two_buys,
)


async def page_of(room: Room, run_id: str) -> ApprovalView:
    return await plan_page(room.desk, await run_in(room, run_id))


async def run_in(room: Room, run_id: str) -> Run:
    run = await room.desk.store.run(run_id)
    assert run is not None
    return run


async def test_the_page_is_that_of_the_present_plan(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())

        page = await page_of(room, plan.run_id)

    assert (page.plan_hash, page.state) == (plan.plan_hash, "AWAITING_APPROVAL")
    assert page.approvable_from == plan.created_at
    assert page.difference is None
    assert all(row.name for row in page.buys)


async def test_a_run_without_a_plan_has_no_page(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio(*two_buys()))

        with pytest.raises(ActionRefused, match="has no plan"):
            await plan_page(room.desk, run)


async def test_a_broker_that_cannot_be_asked_costs_the_names_only(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        room.broker.failing["instruments"] = BrokerUnavailable("CONNECT", "no route")

        page = await page_of(room, plan.run_id)

    assert {row.name for row in page.buys} == {""}


async def test_a_session_taken_over_is_nobodys_to_hide(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        room.broker.failing["instruments"] = SessionSuperseded("SUPERSEDED", "another login")

        with pytest.raises(SessionSuperseded):
            await page_of(room, plan.run_id)


async def test_the_plan_that_was_replaced_is_compared_with(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        first = await room.planned(*two_buys())
        wanted = dated(portfolio(target(BANK, "0.2"), target(MAOTAI, "0.1", "白酒")), SIGNAL)
        await room.receive(wanted)
        assert not await room.planner.plan_waiting()

        page = await page_of(room, wanted.run_id)

    assert page.difference is not None
    assert (page.difference.kind, page.difference.run_id) == (
        Predecessor.SUPERSEDED,
        first.run_id,
    )
    assert {name.ts_code: name.change for name in page.difference.names} == {
        VANKE: Change.REMOVED,
        MAOTAI: Change.ADDED,
    }


@pytest.mark.parametrize(
    ("ends", "compared"),
    [((RunState.DECLINED,), False), ((RunState.RECONCILING, RunState.COMPLETED), True)],
)
async def test_last_weeks_plan_is_compared_with_where_it_traded(
    tmp_path: Path, ends: tuple[RunState, ...], *, compared: bool
) -> None:
    thursday = date(2025, 11, 6)
    async with open_room(tmp_path, start=at("20:00:00", thursday)) as room:
        last_week = dated(portfolio(target(MAOTAI, "0.1")), thursday)
        await room.receive(last_week)
        assert not await room.planner.plan_waiting()
        await room.approve(await room.plan(last_week.run_id))
        for state in ends:
            await room.desk.store.move_run(
                last_week.run_id, state, cause="test", actor="test", now=room.clock.now()
            )
        await room.until(EVENING)
        plan = await room.planned(*two_buys())

        page = await page_of(room, plan.run_id)

    assert (page.difference is not None) is compared
    if page.difference is not None:
        assert page.difference.kind is Predecessor.EARLIER
        assert len(page.difference.names) == 3


async def test_the_stage_that_is_due_and_the_words_given_are_on_the_page(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, approval=ApprovalSettings(stages=True))
    async with open_room(tmp_path, settings=settings, held=[(MAOTAI, 3_000)]) as room:
        await room.adopt(MAOTAI, 3_000)
        plan = await room.planned(target(BANK, "0.25"))
        before = await page_of(room, plan.run_id)
        typed = Confirmations(underinvested=True, stage=Stage.SELLS)
        await room.actions.approve(plan.run_id, plan.plan_hash, WANG, typed)
        after = await page_of(room, plan.run_id)

    assert (before.asked.stage, before.given) == ("SELLS", ())
    assert (after.asked.stage, [each.approver for each in after.given]) == ("BUYS", ["wang"])
