"""Who moves the market time of a paper venue: its participants step by step, or real time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class MachineTimer(Protocol):
    """Real time of this host."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never step back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep real seconds."""
        ...


class TimedVenue(Protocol):
    """What a clock moves."""

    def now(self) -> datetime:
        """Return market time."""
        ...

    def advance_to(self, moment: datetime) -> None:
        """Play everything that is due by a moment."""
        ...


class VenueClockMode(StrEnum):
    """How market time moves."""

    STEPPED = "stepped"
    RUNNING = "running"


class VenueClock(Protocol):
    """What `/sim/clock` tells of a clock."""

    @property
    def mode(self) -> VenueClockMode:
        """How time moves."""
        ...

    @property
    def speed(self) -> Decimal | None:
        """Market seconds in a real second; None means as fast as possible."""
        ...

    def participants(self) -> tuple[str, ...]:
        """Return who takes part in stepping."""
        ...

    async def run(self) -> None:
        """Move time until cancelled."""
        ...


class NotJoinedError(LookupError):
    """A participant waits that never joined."""


@dataclass(slots=True)
class _Wait:
    until: datetime
    is_alive: Callable[[], bool]
    reached: asyncio.Future[datetime]


@dataclass(slots=True)
class SteppedClock:
    """Moves market time only while every participant waits, to the earliest moment waited for.

    A participant that is at work, or whose connection broke, holds time still until it waits
    again or leaves: a daemon that was killed finds the venue where it left it. `speed` is a
    ceiling: a step of d market seconds takes at least d / speed real seconds.
    """

    venue: TimedVenue
    timer: MachineTimer
    speed: Decimal | None = None
    _participants: dict[str, _Wait | None] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def mode(self) -> VenueClockMode:
        """How time moves."""
        return VenueClockMode.STEPPED

    def participants(self) -> tuple[str, ...]:
        """Return who takes part."""
        return tuple(sorted(self._participants))

    def join(self, participant: str) -> None:
        """Take part; joining again under the same name takes the earlier one's place."""
        self._drop_wait(participant)
        self._participants[participant] = None
        self._changed.set()

    def leave(self, participant: str) -> None:
        """Take part no longer; leaving twice is fine."""
        self._drop_wait(participant)
        self._participants.pop(participant, None)
        self._changed.set()

    async def wait(
        self, participant: str, until: datetime, is_alive: Callable[[], bool] = lambda: True
    ) -> datetime:
        """Wait for market time to reach a moment; returns the time then.

        `is_alive` tells whether anybody still listens; a dead wait does not count. A second wait
        of the same participant takes the place of the first, which returns at once. Raises
        NotJoinedError.
        """
        if participant not in self._participants:
            raise NotJoinedError(participant)
        if until <= self.venue.now():
            return self.venue.now()
        self._drop_wait(participant)
        wait = _Wait(until, is_alive, asyncio.get_running_loop().create_future())
        self._participants[participant] = wait
        if self.speed is None:
            self._step_if_all_wait()
        else:
            self._changed.set()
        try:
            return await wait.reached
        finally:
            if self._participants.get(participant) is wait:
                self._participants[participant] = None

    def close(self) -> None:
        """Send every waiter home with the time as it is, for a gateway that stops."""
        for participant in self.participants():
            self._drop_wait(participant)

    async def run(self) -> None:
        """Step time for ever at a limited speed; without a limit every wait steps by itself."""
        while True:
            self._changed.clear()
            until = self._earliest()
            if until is None:
                await self._changed.wait()
                continue
            await self._sleep_to(until)
            if self._earliest() == until:  # nobody came to work in the meantime
                self._step_if_all_wait()

    async def _sleep_to(self, until: datetime) -> None:
        if self.speed is not None:
            market_us = (until - self.venue.now()) // timedelta(microseconds=1)
            await self.timer.sleep(float(market_us / self.speed / 1_000_000))

    def _step_if_all_wait(self) -> None:
        until = self._earliest()
        if until is None:
            return
        self.venue.advance_to(until)
        now = self.venue.now()
        for participant, wait in self._participants.items():
            if wait is not None and wait.until <= now:
                self._participants[participant] = None
                _resolve(wait, now)

    def _earliest(self) -> datetime | None:
        """Return the moment to step to, or None while anybody is at work or gone."""
        waits = list(self._participants.values())
        pending = [
            wait
            for wait in waits
            if wait is not None and not wait.reached.done() and wait.is_alive()
        ]
        if not waits or len(pending) < len(waits):
            return None
        return min(wait.until for wait in pending)

    def _drop_wait(self, participant: str) -> None:
        wait = self._participants.get(participant)
        if wait is not None:
            self._participants[participant] = None
            _resolve(wait, self.venue.now())


@dataclass(slots=True)
class RunningClock:
    """Lets market time follow real time at a speed, in steps of `interval_s` real seconds."""

    venue: TimedVenue
    timer: MachineTimer
    speed: Decimal = Decimal(1)
    interval_s: Decimal = Decimal("0.05")

    @property
    def mode(self) -> VenueClockMode:
        """How time moves."""
        return VenueClockMode.RUNNING

    def participants(self) -> tuple[str, ...]:
        """Nobody steps a running clock."""
        return ()

    async def run(self) -> None:
        """Advance the venue until cancelled."""
        origin, began_ns = self.venue.now(), self.timer.monotonic_ns()
        while True:
            await self.timer.sleep(float(self.interval_s))
            elapsed_ns = Decimal(self.timer.monotonic_ns() - began_ns)
            market_us = int(elapsed_ns * self.speed / 1000)
            self.venue.advance_to(origin + timedelta(microseconds=market_us))


def _resolve(wait: _Wait, now: datetime) -> None:
    if not wait.reached.done():
        wait.reached.set_result(now)
