"""The host: a clock that reads virtual time, and dice of a seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from market.phases import SHANGHAI
from tests.simulation.virtual_loop import VirtualLoop

MICROSECONDS = 1_000_000


def moment(origin: datetime, now_s: float) -> datetime:
    """Return the moment `now_s` seconds after the world began, Shanghai time."""
    return origin.astimezone(SHANGHAI) + timedelta(microseconds=round(now_s * MICROSECONDS))


@dataclass(slots=True)
class VirtualMachineClock:
    """Implements daemon.clock.MachineClock; the wall clock is `wall_ahead` of the truth."""

    origin: datetime
    loop: VirtualLoop
    wall_ahead: Callable[[], timedelta] = timedelta

    def utc_now(self) -> datetime:
        return moment(self.origin, self.loop.now_s).astimezone(UTC) + self.wall_ahead()

    def monotonic_ns(self) -> int:
        return round(self.loop.now_s * MICROSECONDS) * 1000

    async def sleep(self, seconds: float) -> None:
        await self.loop.pause(seconds)


@dataclass(slots=True)
class SeededRandomness:
    """Implements daemon.randomness.Randomness."""

    dice: random.Random

    def token_hex(self, byte_count: int) -> str:
        return self.dice.randbytes(byte_count).hex()
