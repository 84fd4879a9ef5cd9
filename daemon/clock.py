"""Two clocks (trading-day.md rule 3): market time comes from the venue, machine time is real."""

from datetime import datetime
from typing import Protocol


class Signal(Protocol):
    """A wake-up call a sleeping task can listen to; setting it is remembered until it is taken."""

    def set(self) -> None:
        """Wake the sleeper, or let its next sleep return at once."""
        ...


class MarketClock(Protocol):
    """Market time. Every long-lived task sleeps here, and nowhere else.

    Each task that sleeps is a participant: it calls `join` once before it starts and `leave` when
    it ends. A stepped clock moves time only while every participant sleeps, so a task that is
    inside a request or a transaction holds time still.
    """

    def now(self) -> datetime:
        """Return aware market time, Asia/Shanghai."""
        ...

    def signal(self) -> Signal:
        """Make a wake-up call for `sleep_until`."""
        ...

    async def sleep_until(self, moment: datetime, signal: Signal | None = None) -> bool:
        """Sleep to a market moment, or until the signal; True when the signal woke it."""
        ...

    def join(self) -> None:
        """Count the calling task as a participant."""
        ...

    def leave(self) -> None:
        """Stop counting the calling task."""
        ...


class MachineClock(Protocol):
    """Real time of this host: signatures, request time-outs, pause guard, lease."""

    def utc_now(self) -> datetime:
        """Return aware UTC wall time; for records and signatures only."""
        ...

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never step back; for intervals."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep real seconds."""
        ...
