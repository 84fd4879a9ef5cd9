import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from adapters.venues.simulated.clock import NotJoinedError, RunningClock, SteppedClock
from tests.adapters.venues.simulated.markets import on_monday

START = on_monday("09:30:00")


@dataclass
class Stopwatch:
    """A venue that only has a time."""

    moment: datetime = START
    visited: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        return self.moment

    def advance_to(self, moment: datetime) -> None:
        self.moment = moment
        self.visited.append(moment)


@dataclass
class Timer:
    """Real time that passes when somebody sleeps; `stop_after` sleeps it cancels the sleeper."""

    elapsed_ns: int = 0
    slept: list[float] = field(default_factory=list)
    stop_after: int = 1_000

    def monotonic_ns(self) -> int:
        return self.elapsed_ns

    async def sleep(self, seconds: float) -> None:
        if len(self.slept) == self.stop_after:
            raise asyncio.CancelledError
        self.slept.append(seconds)
        self.elapsed_ns += int(seconds * 1_000_000_000)
        await asyncio.sleep(0)


def later(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def alive() -> bool:
    return True


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def start_wait(
    clock: SteppedClock, who: str, seconds: int, is_alive: Callable[[], bool] = alive
) -> asyncio.Task[datetime]:
    return asyncio.create_task(clock.wait(who, later(seconds), is_alive))


async def test_time_moves_only_when_everybody_waits_and_to_the_earliest() -> None:
    clock = SteppedClock(Stopwatch(), Timer())
    clock.join("daemon")
    clock.join("driver")
    daemon = start_wait(clock, "daemon", 60)
    await settle()
    assert clock.venue.now() == START
    driver = start_wait(clock, "driver", 10)
    assert await driver == later(10)
    assert not daemon.done()
    driver = start_wait(clock, "driver", 600)
    assert await daemon == later(60)
    assert not driver.done()
    clock.close()
    assert await driver == later(60)


async def test_a_wait_for_a_moment_that_has_passed_returns_at_once() -> None:
    clock = SteppedClock(Stopwatch(), Timer())
    clock.join("daemon")
    clock.join("driver")
    assert await clock.wait("daemon", START) == START


async def test_who_has_not_joined_cannot_wait() -> None:
    clock = SteppedClock(Stopwatch(), Timer())
    with pytest.raises(NotJoinedError):
        await clock.wait("stranger", later(1))


async def test_a_broken_connection_holds_time_until_its_participant_is_back() -> None:
    clock = SteppedClock(Stopwatch(), Timer())
    clock.join("daemon")
    clock.join("driver")
    dead = start_wait(clock, "daemon", 5, lambda: False)
    driver = start_wait(clock, "driver", 10)
    await settle()
    assert clock.venue.now() == START
    clock.join("daemon")
    assert await dead == START
    await settle()
    assert not driver.done()
    back = start_wait(clock, "daemon", 20)
    assert await driver == later(10)
    clock.leave("daemon")
    assert await back == later(10)


async def test_a_second_wait_takes_the_place_of_the_first() -> None:
    clock = SteppedClock(Stopwatch(), Timer())
    clock.join("daemon")
    clock.join("driver")
    first = start_wait(clock, "daemon", 5)
    await settle()
    second = start_wait(clock, "daemon", 30)
    assert await first == START
    driver = start_wait(clock, "driver", 40)
    assert await second == later(30)
    clock.close()
    await driver


async def test_leaving_lets_the_others_go_on() -> None:
    clock = SteppedClock(Stopwatch(), Timer())
    running = asyncio.create_task(clock.run())
    clock.join("daemon")
    clock.join("driver")
    driver = start_wait(clock, "driver", 10)
    await settle()
    assert not driver.done()
    clock.leave("daemon")
    assert await driver == later(10)
    assert clock.participants() == ("driver",)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_speed_is_a_ceiling_on_every_step() -> None:
    timer = Timer()
    clock = SteppedClock(Stopwatch(), timer, Decimal(600))
    running = asyncio.create_task(clock.run())
    clock.join("daemon")
    assert await clock.wait("daemon", later(300)) == later(300)
    assert await clock.wait("daemon", later(330)) == later(330)
    assert timer.slept == [0.5, 0.05]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_running_clock_follows_real_time_at_its_speed() -> None:
    venue = Stopwatch()
    clock = RunningClock(venue, Timer(stop_after=3), Decimal(10), Decimal("0.5"))
    with pytest.raises(asyncio.CancelledError):
        await clock.run()
    assert venue.visited == [later(5), later(10), later(15)]
