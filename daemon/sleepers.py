"""Who sleeps on market time, until when; shared by every market clock."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(order=True)
class Sleeper:
    """One sleeping participant; `woken` resolves to True when a signal woke it."""

    until: datetime
    sequence: int
    woken: asyncio.Future[bool] = field(compare=False)


class WakeUp:
    """A signal that is remembered until its listener takes it."""

    def __init__(self, sleepers: "Sleepers") -> None:
        self._sleepers = sleepers
        self._is_set = False
        self.sleeper: Sleeper | None = None

    def set(self) -> None:
        """Wake the listener now, or let its next sleep return at once."""
        self._is_set = True
        if self.sleeper is not None:
            self._sleepers.wake(self.sleeper, by_signal=True)

    def take(self) -> bool:
        """Return whether it was set, and clear it."""
        was_set, self._is_set = self._is_set, False
        return was_set


class Sleepers:
    """Counts participants and sleepers, so that a clock knows when nobody is at work.

    A sleeper stops counting as asleep the moment it is woken, not when its task next runs:
    otherwise time could move on between the two.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._heap: list[Sleeper] = []
        self._numbers = itertools.count()
        self._participants = 0
        self._asleep = 0
        self._on_change = on_change

    def join(self) -> None:
        """Add a participant, awake."""
        self._participants += 1
        self._on_change()

    def leave(self) -> None:
        """Remove an awake participant."""
        self._participants -= 1
        self._on_change()

    @property
    def all_asleep(self) -> bool:
        """Whether there are participants and each of them sleeps."""
        return 0 < self._participants == self._asleep

    def earliest(self) -> datetime | None:
        """Return the first moment anybody wants to wake at."""
        while self._heap and self._heap[0].woken.done():
            heapq.heappop(self._heap)
        return self._heap[0].until if self._heap else None

    def wake(self, sleeper: Sleeper, *, by_signal: bool) -> None:
        """Wake one sleeper; a second call does nothing."""
        if not sleeper.woken.done():
            self._asleep -= 1
            sleeper.woken.set_result(by_signal)
            self._on_change()

    def wake_due(self, now: datetime) -> None:
        """Wake everybody whose moment has come, earliest first."""
        while (until := self.earliest()) is not None and until <= now:
            self.wake(heapq.heappop(self._heap), by_signal=False)

    async def sleep(self, until: datetime, signal: WakeUp | None) -> bool:
        """Sleep until woken; True when the signal was set, even just after the moment came."""
        loop = asyncio.get_running_loop()
        sleeper = Sleeper(until, next(self._numbers), loop.create_future())
        if signal is not None:
            signal.sleeper = sleeper
        heapq.heappush(self._heap, sleeper)
        self._asleep += 1
        self._on_change()
        try:
            by_signal = await sleeper.woken
        finally:
            self._settle(sleeper, signal)
        was_set = signal is not None and signal.take()
        return by_signal or was_set

    def _settle(self, sleeper: Sleeper, signal: WakeUp | None) -> None:
        """Forget a sleeper, also one whose task was cancelled in its sleep."""
        if signal is not None:
            signal.sleeper = None
        if sleeper.woken.cancelled():
            self._asleep -= 1
            self._on_change()
