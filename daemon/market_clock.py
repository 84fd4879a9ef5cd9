"""Market clocks: one steps the venue's time together with it, one follows it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from daemon.clock import MachineClock, Signal
from daemon.sleepers import Sleepers, WakeUp
from market.phases import SHANGHAI

VenueWait = Callable[[datetime], Awaitable[datetime]]
VenueNow = Callable[[], Awaitable[datetime]]

FOLLOW_INTERVAL_S = 30
NANOSECONDS = 1_000_000_000


class SteppedMarketClock:
    """Asks the venue for the earliest wake-up once every participant sleeps (rule 3).

    `run` must be running for time to move. While a participant is awake no wait is pending at
    the venue, so its time stands still.
    """

    def __init__(self, start: datetime, wait_at_venue: VenueWait) -> None:
        self._now = start.astimezone(SHANGHAI)
        self._wait_at_venue = wait_at_venue
        self._changed = asyncio.Event()
        self._sleepers = Sleepers(self._changed.set)

    def now(self) -> datetime:
        """Return market time as of the last step."""
        return self._now

    def signal(self) -> Signal:
        """Make a wake-up call."""
        return WakeUp(self._sleepers)

    def join(self) -> None:
        """Count one more participant."""
        self._sleepers.join()

    def leave(self) -> None:
        """Count one participant less."""
        self._sleepers.leave()

    async def sleep_until(self, moment: datetime, signal: Signal | None = None) -> bool:
        """Sleep to a market moment or a signal of this clock."""
        return await sleep_with_signal(self._sleepers, self._now, moment, signal)

    async def run(self) -> None:
        """Step time for ever."""
        while True:
            self._changed.clear()
            until = self._sleepers.earliest()
            if self._sleepers.all_asleep and until is not None:
                await self._step(until)
            else:
                await self._changed.wait()

    async def _step(self, until: datetime) -> None:
        """Wait at the venue, but come back at once when a signal wakes somebody."""
        self._changed.clear()
        waiting = asyncio.ensure_future(self._wait_at_venue(until))
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({waiting, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            if not waiting.done():
                waiting.cancel()
                with suppress(asyncio.CancelledError):
                    await waiting
        if not waiting.cancelled():
            self._now = max(self._now, waiting.result().astimezone(SHANGHAI))
            self._sleepers.wake_due(self._now)


class FollowingMarketClock:
    """Follows the venue's running time: its last answer plus machine time since."""

    def __init__(self, machine: MachineClock, venue_now: VenueNow) -> None:
        self._machine = machine
        self._venue_now = venue_now
        self._changed = asyncio.Event()
        self._sleepers = Sleepers(self._changed.set)
        self._base: datetime | None = None
        self._base_ns = 0

    async def synchronise(self) -> None:
        """Ask the venue for its time; raises BrokerError when it cannot be had."""
        before_ns = self._machine.monotonic_ns()
        answer = await self._venue_now()
        after_ns = self._machine.monotonic_ns()
        self._base = answer.astimezone(SHANGHAI)
        self._base_ns = (before_ns + after_ns) // 2

    def now(self) -> datetime:
        """Return market time; RuntimeError before the first `synchronise`."""
        if self._base is None:
            raise RuntimeError("market time was never read from the venue")
        elapsed_ns = self._machine.monotonic_ns() - self._base_ns
        return self._base + timedelta(microseconds=elapsed_ns // 1000)

    def signal(self) -> Signal:
        """Make a wake-up call."""
        return WakeUp(self._sleepers)

    def join(self) -> None:
        """Participants need no counting where time runs by itself."""
        self._sleepers.join()

    def leave(self) -> None:
        """See `join`."""
        self._sleepers.leave()

    async def sleep_until(self, moment: datetime, signal: Signal | None = None) -> bool:
        """Sleep to a market moment or a signal of this clock."""
        return await sleep_with_signal(self._sleepers, self.now(), moment, signal)

    async def run(self) -> None:
        """Wake sleepers when their time comes; the composition root resynchronises beside it."""
        while True:
            self._changed.clear()
            self._sleepers.wake_due(self.now())
            until = self._sleepers.earliest()
            wait_s = FOLLOW_INTERVAL_S if until is None else (until - self.now()).total_seconds()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(max(wait_s, 0), FOLLOW_INTERVAL_S))


async def sleep_with_signal(
    sleepers: Sleepers, now: datetime, moment: datetime, signal: Signal | None
) -> bool:
    """Sleep unless the signal was set before or the moment has passed (then only yield)."""
    if signal is not None and not isinstance(signal, WakeUp):
        raise TypeError("this signal was made by another kind of clock")
    if signal is not None and signal.take():
        await asyncio.sleep(0)
        return True
    if moment <= now:
        await asyncio.sleep(0)
        return False
    return await sleepers.sleep(moment, signal)
