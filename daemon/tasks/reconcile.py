"""Compares both books at start, at the ends of the day and on demand, and finishes runs."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from adapters.broker import BrokerError, SessionSuperseded
from daemon.books import Reconciled, reconcile_books
from daemon.closing import ENDED, Closing
from daemon.desk import ACTOR, Desk
from daemon.manual_list import Severity, tell
from daemon.rebasing import rebase_waiting
from daemon.reconciliation.agreement import agreed
from daemon.reconciliation.compare import uncompared_kinds
from daemon.tasks.poll import Poller
from market.phases import SHANGHAI
from statemachine.breaks import HALTING, Break
from statemachine.plan import Plan
from statemachine.run import Run, RunState

Archive = Callable[[str], Awaitable[None]]
ACCOUNT_BREAK = "ACCOUNT_BREAK"
NO_GAP = timedelta(0)
RETRY = timedelta(seconds=60)


class Reconciler:
    """Owns a run from RECONCILING to its end; a failed query is never an empty account."""

    def __init__(self, desk: Desk, poller: Poller, archive: Archive | None = None) -> None:
        """Work on a desk; `archive` is given an ended run once its files are written."""
        self._desk = desk
        self._archive = archive
        self._poller = poller
        self._closing = Closing(desk)

    async def recover(self) -> None:
        """At start: what was open is unknown; then the whole account, before anything may send."""
        now = self._desk.clock.now()
        unknown = await self._desk.store.recover_open_wires(now=now)
        if unknown:
            self._desk.log.warning("sends of unknown outcome", orders=list(unknown))
        # The market clock wakes nobody before the tasks run: the reads follow at once.
        await self.reconcile_now(gap=NO_GAP)
        await self._poller.resolve(await self._desk.store.open_orders())

    async def run(self) -> None:
        """Reconcile at the moments of rules 13 and 28, and whenever told to, for ever."""
        woken = True
        while True:
            looked_at = self._desk.clock.now()
            finished = await self._finish_runs(scheduled=not woken)
            wake_at = self._next_moment(looked_at) if finished else looked_at + RETRY
            woken = await self._desk.clock.sleep_until(wake_at, self._desk.signals.reconcile)

    async def _finish_runs(self, *, scheduled: bool) -> bool:
        """Bring RECONCILING runs on; False when the broker could not be asked.

        A scheduled look on a session's day reconciles the account even if no run ends there.
        """
        try:
            if scheduled and self._desk.calendar.is_session(self._desk.clock.now().date()):
                await self.reconcile_now()
                if self._is_before_the_first_send():
                    await rebase_waiting(self._desk)
            for run in await self._desk.store.runs(states=(RunState.RECONCILING,)):
                await self._finish(run)
            if self._is_morning():
                await self._closing.look_again()
                for run in await self._closing.runs_to_finalise():
                    await self._finalise(run)
        except SessionSuperseded:
            raise
        except BrokerError as error:
            self._poller.note_failure("reconcile", error)
            return False
        return True

    async def reconcile_now(self, gap: timedelta | None = None) -> Reconciled:
        """Catch up with all news, compare everything, and keep what differs as open breaks.

        `gap` is market time between the two reads of a difference, None for that of the settings.
        Raises BrokerError when the broker cannot be asked; nothing is concluded then.
        """
        reconciled = await self._compare()
        if reconciled.breaks:
            # The account may have moved between two of the answers, and one answer may be wrong:
            # only what two reads agree about counts.
            if gap is None:
                gap = timedelta(seconds=self._desk.settings.account.read_gap_s)
            await self._desk.clock.sleep_until(self._desk.clock.now() + gap)
            before, reconciled = reconciled, await self._compare()
            standing = await self._desk.store.open_breaks()
            lasting = agreed(before.breaks, reconciled.breaks, standing)
            reconciled = replace(reconciled, breaks=lasting)
        reconciled = await self._keep(reconciled)
        self._desk.metrics.note_success("reconcile", self._desk.machine.utc_now())
        # What was booked here is no news to the poller any more.
        self._desk.signals.release.set()
        return reconciled

    async def _compare(self) -> Reconciled:
        await self._poller.poll()
        await self._poller.poll_movements()
        return await reconcile_books(self._desk)

    async def _keep(self, found: Reconciled) -> Reconciled:
        """Store what stands; a break that this look could not judge stays as it was."""
        store, now = self._desk.store, self._desk.clock.now()
        blind = uncompared_kinds(found.theirs)
        unjudged = [old for old in await store.open_breaks() if old.kind in blind]
        fresh = await store.set_breaks((*found.breaks, *unjudged, *found.explained), now=now)
        standing = await store.standing_breaks()
        breaks = tuple(item for item in standing if not item.explained)
        for item in fresh:
            self._tell_of(item)
        await self._hold_account(breaks)
        explained = tuple(item for item in standing if item.explained)
        return replace(found, breaks=breaks, explained=explained)

    def _tell_of(self, found: Break) -> None:
        self._desk.log.error(
            "reconcile break", kind=found.kind, cause=found.cause, detail=found.detail
        )
        if found.kind in HALTING:
            tell(self._desk, Severity.P0, HALTING[found.kind], found.detail)

    async def _hold_account(self, breaks: tuple[Break, ...]) -> None:
        """A break of one name locks that name; one of the account, such as cash, holds all sends.

        The hold lifts itself with the first reconcile that no longer shows the cause (rule 22).
        """
        store, now = self._desk.store, self._desk.clock.now()
        held = any(halt.cause == ACCOUNT_BREAK for halt in await store.halts())
        wide = any(found.symbol is None for found in breaks)
        if wide and not held:
            await store.halt("AUTO_HOLD", ACCOUNT_BREAK, actor=ACTOR, now=now)
        elif held and not wide:
            await store.resume(
                "AUTO_HOLD", actor=ACTOR, reason="reconciled", now=now, cause=ACCOUNT_BREAK
            )

    async def _finish(self, run: Run) -> None:
        """15:10, 15:15, 15:35, next morning: the first of them at which everything is confirmed."""
        plan = await self._plan(run)
        now = self._desk.clock.now()
        if now < self._at(plan.session_date, self._desk.settings.day.working_ends):
            return
        reconciled = await self.reconcile_now()
        await self._closing.close_absent(plan)
        await self._closing.carry_over(run, plan)
        if now >= self._at(plan.session_date, self._desk.settings.day.second_reconcile):
            await self._closing.complete(run, plan, reconciled.breaks)
        await self._closing.write(run, plan, reconciled, final=False)
        ended = await self._desk.store.run(run.run_id)
        if self._archive is not None and ended is not None and ended.state in ENDED:
            await self._archive(run.run_id)

    async def _finalise(self, run: Run) -> None:
        """The next morning's figures make the report FINAL (rule 30)."""
        plan = await self._plan(run)
        reconciled = await self.reconcile_now()
        await self._closing.write(run, plan, reconciled, final=True)
        await self._closing.note_final(run)
        if self._archive is not None:
            await self._archive(run.run_id)

    def _is_morning(self) -> bool:
        now = self._desk.clock.now()
        morning = self._at(now.date(), self._desk.settings.day.morning_reconcile)
        return self._desk.calendar.is_session(now.date()) and now >= morning

    def _is_before_the_first_send(self) -> bool:
        now = self._desk.clock.now()
        return self._is_morning() and now < self._at(now.date(), self._desk.settings.day.first_send)

    async def _plan(self, run: Run) -> Plan:
        plan = await self._desk.store.followed_plan(run.run_id)
        if plan is None:
            raise RuntimeError(f"{run.run_id} is {run.state} without a plan")
        return plan

    def _next_moment(self, looked_at: datetime) -> datetime:
        """Return the first of the reconcile moments after this one.

        A look takes a while, and one that ran past a moment has to look again.
        """
        day = self._desk.settings.day
        moments = (
            day.morning_reconcile,
            day.second_rebase,
            day.working_ends,
            day.residual_plan,
            day.second_reconcile,
        )
        days = (looked_at.date(), looked_at.date() + timedelta(days=1))
        ahead = (self._at(today, clock) for today in days for clock in moments)
        return min(moment for moment in ahead if moment > looked_at)

    @staticmethod
    def _at(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, SHANGHAI)
