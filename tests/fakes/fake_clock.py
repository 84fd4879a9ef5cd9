"""Clocks that only a test moves: market time jumps to the next wake-up, machine time is told."""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from daemon.market_clock import SteppedMarketClock

MACHINE_START = datetime(2025, 11, 7, 1, 0, tzinfo=UTC)


async def jump(until: datetime) -> datetime:
    """Be the venue that moves to whatever moment it is asked for."""
    return until


@asynccontextmanager
async def market_clock(start: datetime) -> AsyncIterator[SteppedMarketClock]:
    """Run a stepped clock; the test is a participant, so time moves only while it sleeps too."""
    clock = SteppedMarketClock(start, jump)
    clock.join()
    running = asyncio.create_task(clock.run(), name="market clock")
    try:
        yield clock
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def participants(
    clock: SteppedMarketClock, *runs: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Run tasks beside the test; leaving cancels them, and raises what one of them died of."""
    tasks = []
    for run in runs:
        clock.join()
        tasks.append(asyncio.create_task(_for_ever(clock, run)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def _for_ever(clock: SteppedMarketClock, run: Callable[[], Awaitable[None]]) -> None:
    try:
        await run()
    finally:
        clock.leave()


@dataclass(slots=True)
class FakeMachineClock:
    """Machine time that moves only with `advance`; sleepers wake when it passes them."""

    elapsed_ns: int = 0
    _sleepers: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)

    def utc_now(self) -> datetime:
        return MACHINE_START + timedelta(microseconds=self.elapsed_ns // 1000)

    def monotonic_ns(self) -> int:
        return self.elapsed_ns

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        until_ns = self.elapsed_ns + int(seconds * 1_000_000_000)
        heapq.heappush(self._sleepers, (until_ns, id(woken), woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many sleep now."""
        return len(self._sleepers)

    def advance(self, seconds: int) -> None:
        """Let machine time pass."""
        self.elapsed_ns += seconds * 1_000_000_000
        while self._sleepers and self._sleepers[0][0] <= self.elapsed_ns:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


@dataclass(frozen=True, slots=True)
class LateMachineClock:
    """The same clock read by a process that was asleep: each reading takes the next pause."""

    clock: FakeMachineClock
    pauses_ns: deque[int]

    def utc_now(self) -> datetime:
        return self.clock.utc_now()

    def monotonic_ns(self) -> int:
        paused_ns = self.pauses_ns.popleft() if self.pauses_ns else 0
        return self.clock.monotonic_ns() + paused_ns

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
