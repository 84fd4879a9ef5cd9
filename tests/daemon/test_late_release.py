from datetime import timedelta
from pathlib import Path

import pytest

from daemon.late_release import release_due
from daemon.refusals import ActionRefused
from daemon.tasks.release import Releaser
from statemachine.plan import Plan
from statemachine.reason_texts.details import in_chinese
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.planning.builders import symbol
from tests.daemon.tasks.day import orders_of
from tests.support.desk import BANK, VANKE, WANG, Room, at, open_room, two_buys

HELD = [("HALT", Reason.RELEASED_LATE)]
# The two reads that an account is believed by lie five seconds apart.
BELIEVED_IN_TIME, BELIEVED_TOO_LATE = "10:00:55", "10:00:56"


async def halts(room: Room) -> list[tuple[str, str]]:
    return [(halt.kind, halt.cause) for halt in await room.desk.store.halts()]


async def attended(room: Room, clock: str) -> None:
    await room.until(at(clock))
    await Releaser(room.desk)._attend()


async def approved_and_left(room: Room, clock: str) -> Plan:
    """Approve in the evening, and let nobody release before this moment."""
    plan = await room.approved(*two_buys())
    await attended(room, clock)
    return plan


async def test_a_release_is_made_half_an_hour_after_its_time(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await approved_and_left(room, BELIEVED_IN_TIME)

        assert await halts(room) == []
        assert len(await orders_of(room, plan)) == 2


async def test_a_later_release_makes_no_order_and_waits_for_a_person(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await approved_and_left(room, BELIEVED_TOO_LATE)

        assert await halts(room) == HELD
        assert await orders_of(room, plan) == ()
        assert await room.desk.store.line_statuses(plan.run_id) == {}
        assert await room.state(plan.run_id) is RunState.APPROVED
        (item,) = await room.desk.store.manual_items()
        assert (item.reason, item.run_id) == (Reason.RELEASED_LATE, plan.run_id)
        assert "due at 09:31:00" in item.detail
        assert "until 14:00" in item.detail
        assert in_chinese(item.detail).startswith("应于 09:31:00 发送")
        assert room.log_entry("a person must look")["severity"] == "P0"


async def test_a_resume_lets_a_late_release_go(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await approved_and_left(room, "10:30:00")
        await room.until(at("13:59:59"))

        await room.actions.resume("the account was read", WANG)
        await attended(room, "14:00:00")

        assert await halts(room) == []
        assert len(await orders_of(room, plan)) == 2


async def test_a_late_release_is_not_resumed_from_two_o_clock_on(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await approved_and_left(room, "10:30:00")
        await room.until(at("14:00:00"))

        with pytest.raises(ActionRefused, match="could be resumed until 14:00"):
            await room.actions.resume("better late than never", WANG)
        assert await halts(room) == HELD

        await attended(room, "14:50:00")
        assert await room.state(plan.run_id) is RunState.EXPIRED
        await room.actions.resume("it is over", WANG)
        assert await halts(room) == []
        assert await orders_of(room, plan) == ()


async def test_a_halt_lifted_after_two_starts_no_late_release_either(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.actions.halt("looks wrong", WANG)
        await room.until(at("14:10:00"))
        await room.actions.resume("was right", WANG)
        await Releaser(room.desk)._attend()

        assert await halts(room) == HELD
        assert await orders_of(room, plan) == ()


async def test_who_approves_late_means_now(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(at("14:10:00"))
        await room.approve(plan)
        await Releaser(room.desk)._attend()

        assert await halts(room) == []
        assert len(await orders_of(room, plan)) == 2


async def test_a_run_that_began_in_time_and_could_send_nothing_is_not_late(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.suspended |= {symbol(BANK), symbol(VANKE)}
        plan = await approved_and_left(room, "09:31:00")
        assert await release_due(room.desk, plan) is None
        room.broker.suspended.clear()

        await attended(room, "11:00:00")

        assert await halts(room) == []
        assert len(await orders_of(room, plan)) == 2


async def test_what_was_judged_before_a_new_approval_is_no_beginning(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.suspended |= {symbol(BANK), symbol(VANKE)}
        plan = await approved_and_left(room, "09:31:00")
        await room.until(at("09:40:00"))
        await room.desk.store.move_run(
            plan.run_id,
            RunState.HOLD_INPUT_CHANGED,
            cause="CHANGED",
            actor="sage-execd",
            now=room.clock.now(),
        )
        await room.desk.store.move_run(
            plan.run_id,
            RunState.AWAITING_APPROVAL,
            cause="AGAIN",
            actor="sage-execd",
            now=room.clock.now(),
        )
        await room.approve(plan)

        assert await release_due(room.desk, plan) == at("09:40:00")


async def test_what_no_approval_covers_any_more_is_due_now_and_left_to_the_guards(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(at("10:30:00"))

        assert await release_due(room.desk, plan) == room.clock.now()


async def test_a_release_that_grows_late_while_prices_are_read_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.until(at("10:00:54"))
        read = room.broker.quotes

        async def slowly(*args: object) -> object:
            await room.until(room.clock.now() + timedelta(seconds=2))
            return await read(*args)  # type: ignore[arg-type]  # handed on as it came

        monkeypatch.setattr(room.broker, "quotes", slowly)
        await Releaser(room.desk)._attend()

        assert await halts(room) == HELD
        assert await orders_of(room, plan) == ()
