import asyncio
from pathlib import Path

from adapters.broker import BrokerUnavailable
from daemon.approvals import ApprovalDesk
from daemon.auto_approval import AutoApprover
from daemon.inbox import Inbox
from daemon.tasks.watch import Watcher
from statemachine.run import RunState
from tests.fakes.fake_clock import participants
from tests.support.desk import KEY, SIGNAL, Room, at, open_room
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

READY_NAME = "portfolio_20251107.ready"


def watcher(room: Room) -> Watcher:
    auto = AutoApprover(room.desk, ApprovalDesk(room.desk, KEY))
    return Watcher(room.desk, Inbox(room.desk), room.planner, auto)


def drop_pair(room: Room) -> None:
    inbox = room.desk.settings.paths.inbox
    (inbox / CSV_NAME).write_bytes(csv_bytes())
    (inbox / CONTEXT_NAME).write_bytes(context_bytes())
    (inbox / READY_NAME).write_bytes(b"")


async def states(room: Room) -> list[RunState]:
    return [run.state for run in await room.desk.store.runs()]


async def test_a_pair_that_arrives_is_planned_when_the_watch_is_told(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        async with participants(room.clock, watcher(room).run):
            await room.until(at("20:10:00", SIGNAL))
            assert await states(room) == []
            drop_pair(room)
            room.desk.signals.watch.set()
            await room.until(at("20:11:00", SIGNAL))

        assert await states(room) == [RunState.AWAITING_APPROVAL]


async def test_planning_that_waits_for_the_broker_is_tried_again_every_minute(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        room.broker.failing["positions"] = BrokerUnavailable("VENUE_NOT_READY", "later")
        async with participants(room.clock, watcher(room).run):
            await room.until(at("20:30:00", SIGNAL))
            assert await states(room) == [RunState.RECEIVED]
            room.broker.failing.clear()
            await room.until(at("20:31:30", SIGNAL))

        assert await states(room) == [RunState.AWAITING_APPROVAL]


async def test_the_sweep_wakes_the_watch_every_second_of_machine_time(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        sweep = asyncio.create_task(watcher(room).sweep())
        seen = []
        for _ in range(3):
            await settled()
            assert room.machine.sleepers == 1
            room.machine.advance(1)
            await settled()
            far = at("23:00:00", SIGNAL)
            seen.append(await room.clock.sleep_until(far, room.desk.signals.watch))
        sweep.cancel()
        await asyncio.gather(sweep, return_exceptions=True)

        assert seen == [True, True, True]
        assert room.clock.now() < at("23:00:00", SIGNAL)


async def test_it_listens_again_a_second_after_the_inbox_was_gone(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox, told = room.desk.settings.paths.inbox, room.desk.signals.watch
        listening = asyncio.create_task(watcher(room).listen())
        try:
            assert await room.clock.sleep_until(at("23:00:00", SIGNAL), told)
            await asyncio.to_thread(inbox.rmdir)
            assert await room.clock.sleep_until(at("23:00:00", SIGNAL), told)
            await asyncio.to_thread(inbox.mkdir)
            while not room.machine.sleepers:
                await room.desk.store.halts()
            room.machine.advance(1)

            assert await room.clock.sleep_until(at("23:00:00", SIGNAL), told)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def settled() -> None:
    """Let everybody run who can."""
    for _ in range(5):
        await asyncio.sleep(0)
