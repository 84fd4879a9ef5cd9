import asyncio
from datetime import datetime, timedelta

import pytest

from daemon.sleepers import Sleepers, WakeUp
from market.phases import SHANGHAI

START = datetime(2025, 11, 10, 9, 30, tzinfo=SHANGHAI)


def later(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def joined(count: int) -> Sleepers:
    sleepers = Sleepers(lambda: None)
    for _ in range(count):
        sleepers.join()
    return sleepers


async def asleep(
    sleepers: Sleepers, minutes: int, signal: WakeUp | None = None
) -> asyncio.Task[bool]:
    """Start a sleeper and come back when it sleeps."""
    task = asyncio.create_task(sleepers.sleep(later(minutes), signal))
    await asyncio.sleep(0)
    return task


async def test_everybody_sleeps_only_when_each_participant_does() -> None:
    sleepers = joined(2)
    seen = [sleepers.all_asleep]
    first = await asleep(sleepers, 1)
    seen.append(sleepers.all_asleep)
    second = await asleep(sleepers, 2)
    seen.append(sleepers.all_asleep)

    assert seen == [False, False, True]
    sleepers.wake_due(later(2))
    assert not await first
    assert not await second


def test_nobody_asleep_is_not_everybody_asleep() -> None:
    assert not joined(0).all_asleep


async def test_a_woken_sleeper_counts_as_awake_before_it_runs_again() -> None:
    sleepers = joined(1)
    task = await asleep(sleepers, 1)

    sleepers.wake_due(later(1))

    assert not task.done()
    assert not sleepers.all_asleep
    await task


async def test_only_those_whose_moment_has_come_are_woken() -> None:
    sleepers = joined(2)
    near, far = await asleep(sleepers, 1), await asleep(sleepers, 3)

    sleepers.wake_due(later(2))

    assert not await near
    assert sleepers.earliest() == later(3)
    sleepers.wake_due(later(3))
    await far


async def test_a_signal_wakes_its_sleeper_at_once_and_is_used_up() -> None:
    sleepers = joined(1)
    signal = WakeUp(sleepers)
    task = await asleep(sleepers, 1, signal)

    signal.set()

    assert await task
    assert not signal.take()
    assert sleepers.earliest() is None


async def test_a_signal_set_after_the_moment_came_and_before_its_task_runs_is_not_lost() -> None:
    sleepers = joined(1)
    signal = WakeUp(sleepers)
    task = await asleep(sleepers, 1, signal)

    sleepers.wake_due(later(1))
    signal.set()

    assert await task


async def test_a_second_signal_for_a_woken_sleeper_does_not_count_it_twice() -> None:
    sleepers = joined(1)
    signal = WakeUp(sleepers)
    task = await asleep(sleepers, 1, signal)
    signal.set()
    signal.set()
    await task

    again = await asleep(sleepers, 2, signal)

    assert sleepers.all_asleep
    sleepers.wake_due(later(2))
    assert not await again


async def test_a_sleeper_cancelled_in_its_sleep_is_forgotten() -> None:
    sleepers = joined(1)
    signal = WakeUp(sleepers)
    task = await asleep(sleepers, 1, signal)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not sleepers.all_asleep
    assert sleepers.earliest() is None
    signal.set()
    assert signal.take()


async def test_every_change_is_told() -> None:
    told: list[str] = []
    sleepers = Sleepers(lambda: told.append("changed"))
    sleepers.join()
    task = await asleep(sleepers, 1)
    sleepers.wake_due(later(1))
    await task
    sleepers.leave()

    assert len(told) == 4
