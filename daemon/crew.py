"""The tasks of a daemon over one desk, put together in one place for every process that runs them.

Nothing here is a socket or a signal: a simulation composes the same crew without them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from daemon.actions import Actions
from daemon.alert_actions import AlertActions
from daemon.app import Assembly
from daemon.approvals import ApprovalDesk
from daemon.archive.archiver import Archiver
from daemon.auto_approval import AutoApprover
from daemon.halting.imports import import_receipts
from daemon.halting.proof import HaltProof
from daemon.halting.standing import record_files
from daemon.inbox import Inbox
from daemon.presence import look_at_absence
from daemon.supervise import supervise
from daemon.tasks.clocks import ClockWatch
from daemon.tasks.loop_lag import LoopWatch
from daemon.tasks.morning import Morning
from daemon.tasks.notify import Notifier
from daemon.tasks.plan import Planner
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from daemon.tasks.timeout import Canceller
from daemon.tasks.verify import Verifier
from daemon.tasks.watch import Watcher

Task = Callable[[], Awaitable[None]]


class Crew:
    """Every task, and the doors through which a person acts on them."""

    def __init__(self, assembly: Assembly) -> None:
        self.desk = desk = assembly.desk
        self.inbox = Inbox(desk)
        approvals = ApprovalDesk(desk, assembly.approval_key)
        self.actions = Actions(desk, approvals)
        self._poller = Poller(desk)
        self.verifier = Verifier(desk, assembly.approval_key)
        archiver = Archiver(desk, self.verifier.look, self.verifier.anchors_path)
        self.reconciler = Reconciler(desk, self._poller, archiver.keep)
        self._planner = Planner(desk, self._poller)
        auto = AutoApprover(desk, approvals)
        self._watcher = Watcher(desk, self.inbox, self._planner, auto)
        self._proof = HaltProof(desk, self._poller)
        self.notifier = Notifier(desk, assembly.channels)
        self.alert_actions = AlertActions(desk, self.notifier)
        self._clock_tasks = assembly.clock_tasks

    async def recover(self) -> None:
        """Settle what an earlier process left; nothing may be sent before (A2)."""
        await record_files(self.desk)
        await import_receipts(self.desk)
        await self.verifier.look()
        await self.reconciler.recover()
        await look_at_absence(self.desk)
        await self._planner.recover()
        await self.inbox.hold_what_changed_while_away()

    async def work(
        self,
        stop: asyncio.Event,
        beside: Mapping[str, Task] = MappingProxyType({}),
        settle: Task | None = None,
    ) -> None:
        """Run every task, and those beside them, until `stop`, or until one fails."""
        participants = {
            name: self.desk.progress.named(name, run) for name, run in self.participants().items()
        }
        background = {**self.background(), **beside}
        await supervise(participants, background, self.desk.clock, stop, settle)

    def participants(self) -> dict[str, Task]:
        """Return the tasks that sleep on market time."""
        desk = self.desk
        return {
            "watch": self._watcher.run,
            "release": Releaser(desk).run,
            "submit": Submitter(desk).run,
            "poll": self._poller.run,
            "timeout": Canceller(desk, desk.clock.now()).run,
            "reconcile": self.reconciler.run,
            "verify": self.verifier.run_daily,
            "halt": self._proof.run,
            "morning": Morning(desk).run,
        }

    def background(self) -> dict[str, Task]:
        """Return the tasks beside them: the clock, and the watches on machine time."""
        return {
            "inotify": self._watcher.listen,
            "sweep": self._watcher.sweep,
            "anchor": self.verifier.run,
            "clocks": ClockWatch(self.desk).run,
            "loop lag": LoopWatch(self.desk).run,
            "halt watch": self._proof.watch,
            "notify": self.notifier.run,
            **self._clock_tasks,
        }
