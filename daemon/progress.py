"""How far the tasks are: who sleeps until when, who does something, and how they come to rest."""

from asyncio import Event
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from daemon.clock import MachineClock, MarketClock, Signal

# The tasks that move orders. The watchdog is fed by nothing else.
ORDER_LOOP = ("release", "submit", "poll", "timeout")
OVERDUE = timedelta(seconds=10)
REST_INTERVAL_S = 0.05
NANOSECONDS = 1_000_000_000

_TASK: ContextVar[str] = ContextVar("task", default="")


class Progress:
    """A beat a task for each sleep, each wake-up and each answer of the broker.

    Code that runs in no named task (a person's request, a recovery) leaves no beat.
    """

    def __init__(self) -> None:
        self.beats: Counter[str] = Counter()
        self.asleep_until: dict[str, datetime] = {}
        self.is_ending = False
        self.run_id: str | None = None

    def named(
        self, name: str, run: Callable[[], Awaitable[None]]
    ) -> Callable[[], Coroutine[None, None, None]]:
        """Return the task with every beat counted under its name."""

        async def run_named() -> None:
            _TASK.set(name)
            self.note()
            await run()

        return run_named

    def note(self) -> None:
        """Count a beat of the task that calls."""
        if name := _TASK.get():
            self.beats[name] += 1

    @contextmanager
    def asleep(self, until: datetime) -> Iterator[None]:
        """Count the calling task as asleep."""
        self.note()
        name = _TASK.get()
        if name:
            self.asleep_until[name] = until
        try:
            yield
        finally:
            self.asleep_until.pop(name, None)
            self.note()

    async def rest(self, machine: MachineClock, at_most_s: int) -> bool:
        """Let every order task finish what it is at; False where one did not in time.

        From now on whoever falls asleep stays so: nothing new is begun.
        """
        self.is_ending = True
        give_up_ns = machine.monotonic_ns() + at_most_s * NANOSECONDS
        working = set(ORDER_LOOP) & self.beats.keys()
        while not working <= self.asleep_until.keys():
            if machine.monotonic_ns() >= give_up_ns:
                return False
            await machine.sleep(REST_INTERVAL_S)
        return True

    async def stay_if_ending(self) -> None:
        """Return at once, or never where the daemon ends and a named task asks."""
        if self.is_ending and _TASK.get():
            await Event().wait()


class ProgressClock:
    """A market clock that keeps account of who sleeps on it."""

    def __init__(self, clock: MarketClock, progress: Progress) -> None:
        self._clock = clock
        self._progress = progress

    def now(self) -> datetime:
        """Return market time."""
        return self._clock.now()

    def signal(self) -> Signal:
        """Make a wake-up call."""
        return self._clock.signal()

    def join(self) -> None:
        """Count one more participant."""
        self._clock.join()

    def leave(self) -> None:
        """Count one participant less."""
        self._clock.leave()

    async def sleep_until(self, moment: datetime, signal: Signal | None = None) -> bool:
        """Sleep as on the clock itself; for good once the daemon ends."""
        with self._progress.asleep(moment):
            woken = await self._clock.sleep_until(moment, signal)
            await self._progress.stay_if_ending()
        return woken


class ProgressWatch:
    """Tells which order tasks have stood still for too long, look by look.

    Still is who is awake without a beat, or sleeps past its moment. A request of the broker ends
    within its time-out, so `still_max_s` lies beyond that.
    """

    def __init__(self, progress: Progress, clock: MarketClock, still_max_s: float) -> None:
        self._progress = progress
        self._clock = clock
        self._still_max_s = still_max_s
        self._seen: dict[str, int] = {}
        self._still_s: dict[str, float] = {}

    def look(self, since_s: float) -> tuple[str, ...]:
        """Return the tasks that are stuck; `since_s` passed since the last look.

        Seconds count by look, so that a host which slept is no task that stood still.
        """
        now = self._clock.now()
        for name in ORDER_LOOP:
            is_still = self._seen.get(name) == self._progress.beats[name] and self._is_due(
                name, now
            )
            self._seen[name] = self._progress.beats[name]
            self._still_s[name] = self._still_s.get(name, 0) + since_s if is_still else 0
        return tuple(name for name in ORDER_LOOP if self._still_s[name] > self._still_max_s)

    def _is_due(self, name: str, now: datetime) -> bool:
        until = self._progress.asleep_until.get(name)
        return until is None or now > until + OVERDUE
