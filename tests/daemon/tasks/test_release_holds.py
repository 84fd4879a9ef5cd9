from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from daemon.halting.files import Grade
from daemon.tasks.poll import Poller
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from market.side import Side
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.database import DatabaseFailure
from tests.daemon.planning.builders import symbol, target
from tests.daemon.tasks.day import orders_of, sent, spoil
from tests.fakes.fake_broker import refused
from tests.support.desk import (
    BANK,
    FIRST_SEND,
    MAOTAI,
    VANKE,
    WANG,
    Room,
    at,
    open_room,
    two_buys,
)

SYSTEMIC = refused("TRADING_DISABLED", systemic=True)


async def halts(room: Room) -> list[str]:
    return [f"{halt.kind} {halt.cause}" for halt in await room.desk.store.halts()]


async def second_wave_refused(room: Room) -> tuple[Plan, Releaser]:
    """Have one name bought and the other, which opened later, refused with its whole wave."""
    room.broker.suspended.add(symbol(VANKE))
    plan, releaser = await sent(room), Releaser(room.desk)
    await releaser._attend()
    room.broker.suspended.clear()
    await room.until(room.clock.now() + timedelta(seconds=60))
    await releaser._attend()
    room.broker.answers.append(SYSTEMIC)
    await Submitter(room.desk).send_next()
    await room.until(room.clock.now() + timedelta(seconds=15))
    await releaser._attend()
    return plan, releaser


async def test_a_later_wave_refused_whole_holds_and_asks_a_person_at_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan, _ = await second_wave_refused(room)

        assert await halts(room) == ["AUTO_HOLD WAVE_REFUSED"]
        assert await room.state(plan.run_id) is RunState.WORKING
        listed = {item.reason: item for item in await room.desk.store.manual_items()}
        assert listed[Reason.WAVE_REFUSED].choices == ("continue",)
        assert listed[Reason.WAVE_REFUSED].symbol == symbol(VANKE)


async def test_a_refused_wave_is_listed_and_held_in_one_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:

        async def dies(*_: object, **__: object) -> bool:
            raise DatabaseFailure("disk full")

        monkeypatch.setattr(type(room.desk.store), "stop", dies)
        with pytest.raises(DatabaseFailure):
            await second_wave_refused(room)

        listed = {item.reason for item in await room.desk.store.manual_items()}
        assert Reason.WAVE_REFUSED not in listed


async def test_a_person_who_looked_lets_the_run_go_on_and_is_not_asked_again(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        _, releaser = await second_wave_refused(room)
        listed = {item.reason: item for item in await room.desk.store.manual_items()}

        item_id = listed[Reason.WAVE_REFUSED].item_id
        await room.actions.resolve(item_id, "continue", WANG, "", "")
        await room.until(room.clock.now() + timedelta(seconds=15))
        await releaser._attend()

        assert await halts(room) == []


async def test_an_account_not_believed_at_release_sends_nothing_and_is_a_p0(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.asset_error = Decimal(100_000)
        await room.until(FIRST_SEND)

        await Releaser(room.desk)._attend()

        assert await room.desk.store.orders_of(plan.run_id) == ()
        (item,) = await room.desk.store.manual_items()
        assert (item.reason, item.run_id) == (Reason.ACCOUNT_UNBELIEVABLE, plan.run_id)
        assert room.log_entry("a person must look")["severity"] == "P0"


async def test_a_sound_wave_stands_no_hold(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        await Poller(room.desk).poll()
        releaser = Releaser(replace(room.desk))
        await releaser._attend()

        assert BANK
        assert await halts(room) == []


async def test_no_buy_is_made_while_only_sells_go(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 300)]) as room:
        await room.adopt(MAOTAI, 300)
        plan = await room.approved(target(BANK, "0.2"))
        await room.actions.halt("no more buys", WANG, Grade.REDUCE_ONLY)
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()

        assert {order.side for order in await orders_of(room, plan)} == {Side.SELL}


async def test_nothing_is_begun_under_a_halt_and_the_run_is_looked_at_again(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.actions.halt("looks wrong", WANG)
        await room.until(FIRST_SEND)
        assert await Releaser(room.desk)._attend() > room.clock.now()
        assert await orders_of(room, plan) == ()

        await room.actions.resume("was right", WANG)
        await Releaser(room.desk)._attend()

        assert len(await orders_of(room, plan)) == 2


async def test_a_run_of_which_no_line_could_be_sent_all_day_is_reconciled_not_expired(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        room.broker.suspended |= {symbol(BANK), symbol(VANKE)}
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        assert await room.state(plan.run_id) is RunState.APPROVED

        await room.until(at("14:50:00"))
        await Releaser(room.desk)._attend()

        assert await room.state(plan.run_id) is RunState.RECONCILING


async def test_a_run_that_lost_its_plan_stops_the_process(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await spoil(tmp_path, "UPDATE runs SET plan_hash = NULL")

        with pytest.raises(RuntimeError, match=plan.run_id):
            await Releaser(room.desk)._attend()
