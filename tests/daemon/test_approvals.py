"""Stages, two persons, authors and the time a plan was shown."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.people_settings import ApprovalSettings
from daemon.actions import Person
from daemon.approvals import Confirmations, approved_sides, due_stage
from daemon.authors import note_author
from daemon.refusals import ActionRefused
from daemon.tasks.release import Releaser
from market.side import Side
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import Conflict, Stage
from tests.daemon.planning.builders import target
from tests.support.desk import BANK, FIRST_SEND, MAOTAI, WANG, Room, open_room, settings_in

LI = Person("li", 1001)
SECOND_NS = 1_000_000_000


def asking(folder: Path, **approval: object) -> dict[str, Any]:
    """Return a room's options in which approvals are asked for like this."""
    settings = settings_in(folder, approval=ApprovalSettings.model_validate(approval))
    return {"settings": settings, "held": [(MAOTAI, 3_000)]}


async def rotation(room: Room) -> Plan:
    """Plan to sell one name and to buy another."""
    await room.adopt(MAOTAI, 3_000)
    return await room.planned(target(BANK, "0.25"))


async def say_yes(
    room: Room, plan: Plan, person: Person = WANG, stage: Stage | None = None
) -> RunState:
    typed = Confirmations(underinvested=True, stage=stage)
    run = await room.actions.approve(plan.run_id, plan.plan_hash, person, typed)
    return run.state


async def test_sells_are_approved_first_and_only_they_are_made(tmp_path: Path) -> None:
    async with open_room(tmp_path, **asking(tmp_path, stages=True)) as room:
        plan = await rotation(room)
        with pytest.raises(ActionRefused, match=r"SELLS of .* are to be approved now"):
            await say_yes(room, plan)
        with pytest.raises(ActionRefused, match=r"SELLS of .* are to be approved now"):
            await say_yes(room, plan, stage=Stage.BUYS)

        assert await say_yes(room, plan, stage=Stage.SELLS) is RunState.APPROVED
        assert await approved_sides(room.desk, plan) == {Side.SELL}
        await room.until(FIRST_SEND)
        releaser = Releaser(room.desk)
        await releaser._attend()
        orders = await room.desk.store.orders_of(plan.run_id)
        assert {order.side for order in orders} == {Side.SELL}
        statuses = await room.desk.store.line_statuses(plan.run_id)
        assert {status.reason for status in statuses.values()} == {Reason.STAGE_NOT_APPROVED}

        assert await say_yes(room, plan, stage=Stage.BUYS) is RunState.SUBMITTING
        assert await approved_sides(room.desk, plan) == set(Side)
        (approved,) = await room.desk.store.approved_plans(plan.session_date)
        assert approved == plan


async def test_the_guard_before_the_wire_knows_the_approved_side_only(tmp_path: Path) -> None:
    async with open_room(tmp_path, **asking(tmp_path, stages=True)) as room:
        plan = await rotation(room)
        await say_yes(room, plan, stage=Stage.SELLS)

        (approved,) = await room.desk.store.approved_plans(plan.session_date)

        assert {line.side for line in approved.lines} == {Side.SELL}


async def test_a_stage_is_approved_once_and_a_whole_plan_has_none(tmp_path: Path) -> None:
    async with open_room(tmp_path, **asking(tmp_path, stages=True)) as room:
        plan = await rotation(room)
        await say_yes(room, plan, stage=Stage.SELLS)
        with pytest.raises(ActionRefused, match=r"BUYS of .* are to be approved now"):
            await say_yes(room, plan, stage=Stage.SELLS)
        await say_yes(room, plan, stage=Stage.BUYS)
        with pytest.raises(ActionRefused, match="is approved, sells and buys"):
            await say_yes(room, plan, stage=Stage.BUYS)


async def test_a_plan_without_stages_is_approved_as_a_whole(tmp_path: Path) -> None:
    async with open_room(tmp_path, **asking(tmp_path)) as room:
        plan = await rotation(room)
        with pytest.raises(ActionRefused, match="as a whole"):
            await say_yes(room, plan, stage=Stage.SELLS)

        assert await say_yes(room, plan, stage=Stage.ALL) is RunState.APPROVED


def test_sells_come_before_buys() -> None:
    assert due_stage(frozenset()) is Stage.SELLS
    assert due_stage(frozenset({Side.SELL})) is Stage.BUYS
    assert due_stage(frozenset(Side)) is None


async def test_above_the_amount_two_different_persons_say_yes(tmp_path: Path) -> None:
    options = asking(tmp_path, two_persons_above=Decimal(1_000))
    async with open_room(tmp_path, **options) as room:
        plan = await rotation(room)

        assert await say_yes(room, plan) is RunState.AWAITING_APPROVAL
        assert await approved_sides(room.desk, plan) == set()
        assert await room.desk.store.approved_plans(plan.session_date) == ()
        for same in (WANG, Person("wang", 2000), Person("another name", WANG.uid)):
            with pytest.raises(Conflict, match="approved this before"):
                await say_yes(room, plan, same)
        assert await say_yes(room, plan, LI) is RunState.APPROVED
        assert await approved_sides(room.desk, plan) == set(Side)


async def test_one_of_two_words_is_void_when_the_files_change(tmp_path: Path) -> None:
    options = asking(tmp_path, two_persons_above=Decimal(1_000))
    async with open_room(tmp_path, **options) as room:
        plan = await rotation(room)
        await say_yes(room, plan)
        await room.desk.store.move_run(
            plan.run_id,
            RunState.HOLD_INPUT_CHANGED,
            cause="test",
            actor="test",
            now=room.clock.now(),
        )

        assert await say_yes(room, plan, LI) is RunState.AWAITING_APPROVAL
        assert await say_yes(room, plan, WANG) is RunState.APPROVED


async def test_who_made_the_run_leaves_its_approval_to_others(tmp_path: Path) -> None:
    options = asking(tmp_path, author_may_approve=False)
    async with open_room(tmp_path, **options) as room:
        plan = await rotation(room)
        with pytest.raises(ActionRefused, match="nobody knows who made"):
            await say_yes(room, plan)
        await note_author(room.desk, plan.run_id, uids={WANG.uid})
        with pytest.raises(ActionRefused, match="somebody else approves"):
            await say_yes(room, plan)

        assert await say_yes(room, plan, LI) is RunState.APPROVED


async def test_where_nobody_is_named_what_root_dropped_is_ones_own(tmp_path: Path) -> None:
    options = asking(tmp_path, author_may_approve=False)
    async with open_room(tmp_path, **options) as room:
        plan = await rotation(room)
        await note_author(room.desk, plan.run_id, uids={0})
        own = Person("sage", 1000, is_named=False)
        with pytest.raises(ActionRefused, match="somebody else approves"):
            await say_yes(room, plan, own)

        assert await say_yes(room, plan, Person("sage", 1000)) is RunState.APPROVED


async def test_a_plan_must_have_been_shown_long_enough(tmp_path: Path) -> None:
    options = asking(tmp_path, seconds_shown_min=3)
    async with open_room(tmp_path, **options) as room:
        plan = await rotation(room)
        actions = room.actions
        typed = Confirmations(underinvested=True)
        with pytest.raises(ActionRefused, match="look at the plan for 3 s"):
            await actions.approve(plan.run_id, plan.plan_hash, WANG, typed)
        actions.note_shown(plan.plan_hash, WANG)
        with pytest.raises(ActionRefused, match="look at the plan for 3 s"):
            await actions.approve(plan.run_id, plan.plan_hash, WANG, typed)
        room.machine.elapsed_ns += 3 * SECOND_NS
        with pytest.raises(ActionRefused, match="look at the plan for 3 s"):
            await actions.approve(plan.run_id, plan.plan_hash, LI, typed)

        run = await actions.approve(plan.run_id, plan.plan_hash, WANG, typed)
        assert run.state is RunState.APPROVED


async def test_an_approval_that_does_not_hold_at_release_asks_a_person_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path, **asking(tmp_path)) as room:
        plan = await rotation(room)
        await say_yes(room, plan)
        await room.until(FIRST_SEND)

        async def nothing_stands(*_words: object) -> tuple[()]:
            return ()

        with monkeypatch.context() as patched:
            patched.setattr(type(room.desk.store), "standing_approvals", nothing_stands)
            await Releaser(room.desk)._attend()

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert await room.desk.store.orders_of(plan.run_id) == ()
        (item,) = await room.desk.store.manual_items()
        assert item.reason is Reason.APPROVAL_VOID
        assert await say_yes(room, plan) is RunState.APPROVED
