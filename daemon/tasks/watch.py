"""Sees pairs arrive, reads them, and has the new ones planned."""

from datetime import timedelta

from adapters.intake.watching import watch_directory
from daemon.auto_approval import AutoApprover
from daemon.desk import Desk
from daemon.inbox import Inbox
from daemon.tasks.plan import Planner

PLAN_RETRY = timedelta(seconds=60)


class Watcher:
    """Sweeps the inbox when told to (inotify, the one-second sweep) and when quiet time is over."""

    def __init__(self, desk: Desk, inbox: Inbox, planner: Planner, auto: AutoApprover) -> None:
        self._desk = desk
        self._inbox = inbox
        self._planner = planner
        self._auto = auto

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            look_again_at = await self._inbox.look()
            self._desk.metrics.note_success("watch", self._desk.machine.utc_now())
            if await self._planner.plan_waiting():
                retry_at = self._desk.clock.now() + PLAN_RETRY
                look_again_at = min(look_again_at, retry_at)
            await self._auto.approve_waiting()
            await self._desk.clock.sleep_until(look_again_at, self._desk.signals.watch)

    async def listen(self) -> None:
        """Turn inotify events into the task's signal; on machine time, beside the sweep."""
        while True:
            await watch_directory(self._desk.settings.paths.inbox, self._desk.signals.watch.set)
            await self._desk.machine.sleep(float(self._desk.settings.intake.sweep_interval_s))

    async def sweep(self) -> None:
        """Wake the task every second of machine time: covers start, overflow, network disks."""
        while True:
            await self._desk.machine.sleep(float(self._desk.settings.intake.sweep_interval_s))
            self._desk.signals.watch.set()
