import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable, ClockSkew, SessionSuperseded
from daemon.tasks.clocks import ClockWatch
from tests.fakes.fake_clock import FakeMachineClock
from tests.support.desk import Room, open_room

EXACT = timedelta()


def skew(ahead_ms: int, uncertainty_ms: int = 0) -> ClockSkew:
    return ClockSkew(timedelta(milliseconds=ahead_ms), timedelta(milliseconds=uncertainty_ms))


async def causes(room: Room) -> list[str]:
    return [f"{halt.kind} {halt.cause}" for halt in await room.desk.store.halts()]


@pytest.mark.parametrize(
    ("measured", "standing"),
    [
        (skew(799), []),
        (skew(800), ["AUTO_HOLD CLOCK_SKEW"]),
        (skew(-800), ["AUTO_HOLD CLOCK_SKEW"]),
        (skew(1000, 300), []),
        (skew(1100, 300), ["AUTO_HOLD CLOCK_SKEW"]),
    ],
)
async def test_submits_stop_at_eight_tenths_of_a_second_of_proven_skew(
    tmp_path: Path, measured: ClockSkew, standing: list[str]
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.skew = measured

        await ClockWatch(room.desk).look()

        assert await causes(room) == standing


async def test_the_hold_for_skew_lifts_itself_when_the_clocks_provably_agree(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        watch = ClockWatch(room.desk)
        room.broker.skew = skew(900)
        await watch.look()
        room.broker.skew = skew(500, 400)
        await watch.look()
        assert await causes(room) == ["AUTO_HOLD CLOCK_SKEW"]

        room.broker.skew = skew(300, 400)
        await watch.look()

        assert await causes(room) == []


async def test_a_skew_that_cannot_be_measured_neither_stops_nor_lifts_anything(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        watch = ClockWatch(room.desk)
        room.broker.skew = skew(900)
        await watch.look()
        room.broker.skew = skew(0)
        room.broker.failing["clock_skew"] = BrokerUnavailable("CONNECT", "nobody there")

        await watch.look()

        assert await causes(room) == ["AUTO_HOLD CLOCK_SKEW"]
        assert "nobody there" in room.log_entry("clock skew not measured")["why"]


async def test_a_session_taken_over_by_another_instance_stops_the_task(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.failing["clock_skew"] = SessionSuperseded("AUTH_SESSION_SUPERSEDED", "taken")

        with pytest.raises(SessionSuperseded):
            await ClockWatch(room.desk).run()


async def test_it_looks_every_thirty_seconds_of_machine_time(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.skew = skew(900)
        watching = asyncio.create_task(ClockWatch(room.desk).run())
        try:
            await asleep(room)
            room.broker.skew = skew(0)
            room.machine.advance(29)
            assert await causes(room) == ["AUTO_HOLD CLOCK_SKEW"]
            room.machine.advance(1)
            await asleep(room)
            assert await causes(room) == []
        finally:
            watching.cancel()


async def asleep(room: Room) -> None:
    """Wait until the task is done looking."""
    await asyncio.sleep(0)
    while not room.machine.sleepers:
        await room.desk.store.halts()


@dataclass(slots=True)
class Wall:
    """A host whose wall clock somebody moves."""

    clock: FakeMachineClock
    moved: timedelta = EXACT

    def utc_now(self) -> datetime:
        return self.clock.utc_now() + self.moved

    def monotonic_ns(self) -> int:
        return self.clock.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@pytest.mark.parametrize(
    ("moved_s", "standing"),
    [(2, []), (3, ["HALT WALL_CLOCK_STEPPED"]), (-3600, ["HALT WALL_CLOCK_STEPPED"])],
)
async def test_a_wall_clock_that_somebody_moved_halts(
    tmp_path: Path, moved_s: int, standing: list[str]
) -> None:
    async with open_room(tmp_path) as room:
        wall = Wall(room.machine)
        watch = ClockWatch(replace(room.desk, machine=wall))
        await watch.look()
        room.machine.advance(30)
        await watch.look()
        assert await causes(room) == []

        wall.moved = timedelta(seconds=moved_s)
        await watch.look()

        assert await causes(room) == standing
