import asyncio
from datetime import datetime, timedelta

import pytest

from daemon.market_clock import SteppedMarketClock
from market.phases import SHANGHAI

START = datetime(2025, 11, 10, 9, 30, tzinfo=SHANGHAI)


class FakeVenue:
    """A venue that moves to whatever moment it is asked for and remembers being asked."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.was_asked = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()

    async def wait(self, until: datetime) -> datetime:
        self.asked.append(until)
        self.was_asked.set()
        await self.hold.wait()
        return until


def minutes(count: int) -> datetime:
    return START + timedelta(minutes=count)


async def finish(clock: SteppedMarketClock, *tasks: "asyncio.Task[None]") -> None:
    stepping = asyncio.create_task(clock.run())
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    stepping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stepping


async def test_time_moves_to_the_earliest_wake_up_once_everybody_sleeps() -> None:
    venue = FakeVenue()
    clock = SteppedMarketClock(START, venue.wait)
    seen: list[tuple[str, datetime]] = []

    async def sleeper(name: str, *naps: int) -> None:
        for nap in naps:
            await clock.sleep_until(minutes(nap))
            seen.append((name, clock.now()))
        clock.leave()

    for _ in range(2):
        clock.join()
    tasks = [asyncio.create_task(sleeper("a", 1, 5)), asyncio.create_task(sleeper("b", 3))]
    await finish(clock, *tasks)

    assert seen == [("a", minutes(1)), ("b", minutes(3)), ("a", minutes(5))]
    assert venue.asked == [minutes(1), minutes(3), minutes(5)]


async def test_time_stands_still_while_one_participant_is_awake() -> None:
    venue = FakeVenue()
    clock = SteppedMarketClock(START, venue.wait)
    clock.join()
    clock.join()
    stepping = asyncio.create_task(clock.run())
    sleeping = asyncio.create_task(clock.sleep_until(minutes(1)))
    for _ in range(20):
        await asyncio.sleep(0)

    assert venue.asked == []
    assert clock.now() == START

    clock.leave()
    assert await asyncio.wait_for(sleeping, 5) is False
    assert clock.now() == minutes(1)
    stepping.cancel()


async def test_a_signal_wakes_a_sleeper_without_moving_time() -> None:
    venue = FakeVenue()
    venue.hold.clear()
    clock = SteppedMarketClock(START, venue.wait)
    signal = clock.signal()
    clock.join()
    stepping = asyncio.create_task(clock.run())
    sleeping = asyncio.create_task(clock.sleep_until(minutes(1), signal))
    await venue.was_asked.wait()
    signal.set()

    assert await asyncio.wait_for(sleeping, 5) is True
    assert clock.now() == START
    stepping.cancel()


async def test_a_signal_set_while_nobody_listens_is_remembered_once() -> None:
    clock = SteppedMarketClock(START, FakeVenue().wait)
    signal = clock.signal()
    clock.join()
    signal.set()

    assert await clock.sleep_until(minutes(1), signal) is True
    stepping = asyncio.create_task(clock.run())
    assert await asyncio.wait_for(clock.sleep_until(minutes(1), signal), 5) is False
    stepping.cancel()


async def test_a_moment_that_has_passed_is_not_slept_for() -> None:
    clock = SteppedMarketClock(START, FakeVenue().wait)

    assert await clock.sleep_until(START) is False


async def test_a_cancelled_sleeper_no_longer_counts_as_asleep() -> None:
    venue = FakeVenue()
    clock = SteppedMarketClock(START, venue.wait)
    clock.join()
    sleeping = asyncio.create_task(clock.sleep_until(minutes(1)))
    await asyncio.sleep(0)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    stepping = asyncio.create_task(clock.run())
    for _ in range(20):
        await asyncio.sleep(0)

    assert venue.asked == []
    stepping.cancel()
