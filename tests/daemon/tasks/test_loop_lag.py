import asyncio
from pathlib import Path

import pytest

from daemon.tasks.loop_lag import LoopWatch
from tests.support.desk import Room, open_room


def lag_s(room: Room) -> float | None:
    return room.desk.metrics.registry.get_sample_value("sage_event_loop_lag_seconds_sum")


async def asleep(room: Room) -> None:
    """Let the watch run until it sleeps."""
    while True:
        await asyncio.sleep(0)
        if room.machine.sleepers:
            return


@pytest.mark.parametrize(
    ("woken_after_s", "lag", "logged"),
    [(1, 0, []), (2, 1, []), (4, 3, ["event loop was blocked"])],
)
async def test_a_loop_that_wakes_over_a_second_late_is_logged(
    tmp_path: Path, woken_after_s: int, lag: int, logged: list[str]
) -> None:
    async with open_room(tmp_path) as room:

        async def be_late() -> None:
            room.machine.advance(woken_after_s)

        await asyncio.gather(LoopWatch(room.desk).look(), be_late())

        assert lag_s(room) == lag
        assert room.logged() == logged


async def test_the_watch_goes_on_looking(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        watching = asyncio.create_task(LoopWatch(room.desk).run())
        lags: list[float | None] = []
        await asleep(room)
        for woken_after_s in (3, 1):
            room.machine.advance(woken_after_s)
            await asleep(room)
            lags.append(lag_s(room))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

        assert lags == [2, 2]
        assert room.logged() == ["event loop was blocked"]
