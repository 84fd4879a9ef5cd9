"""Brings received runs to a plan, a refusal, or a wait: fetch, call the core, store."""

from collections.abc import Iterable
from datetime import date

from adapters.broker import BrokerError, SessionSuperseded
from config.settings import Mode
from daemon.account import Unbelievable, believed_snapshot, check_book, undecided_symbols
from daemon.archive.planning import plan_document
from daemon.desk import ACTOR, Desk
from daemon.liquidation import is_ordered_liquidation
from daemon.manual_list import Severity, raise_alarm
from daemon.opening import note_opening
from daemon.plan_inputs import plan_inputs
from daemon.planning.checks import check_run
from daemon.planning.dates import approval_closes_at, check_dates
from daemon.planning.inputs import PlanInputs
from daemon.planning.sizing import plan_run
from daemon.receipts import write_plan_receipt
from daemon.run_news import tell_refused, tell_waiting
from daemon.tasks.poll import Poller
from market.symbol import Symbol
from statemachine.plan import Plan
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.store import Conflict

WAITING = (RunState.RECEIVED, RunState.NEEDS_BASELINE)
UNSENT = (
    RunState.NEEDS_BASELINE,
    RunState.AWAITING_APPROVAL,
    RunState.APPROVED,
    RunState.HOLD_INPUT_CHANGED,
)
LIVE = (RunState.SUBMITTING, RunState.WORKING, RunState.RECONCILING)


class Planner:
    """Plans what waits; a broker that cannot be asked is a wait, never a refusal (rule 13)."""

    def __init__(self, desk: Desk, poller: Poller) -> None:
        self._desk = desk
        self._poller = poller

    async def plan_waiting(self) -> bool:
        """Try every run that has no plan yet; True while some still wait for the broker."""
        if not await self._desk.store.runs(states=(RunState.QUARANTINED, *WAITING)):
            return False
        await self._release_quarantined()
        waits = False
        for run in await self._desk.store.runs(states=WAITING):
            try:
                await self._plan(run)
            except SessionSuperseded:
                raise
            except (BrokerError, Unbelievable) as error:
                waits = True
                self._desk.log.warning("planning waits", run_id=run.run_id, why=str(error))
            except Conflict as conflict:
                # Somebody moved this run or a rival between our reading and our move.
                waits = True
                self._desk.log.warning(
                    "run changed meanwhile", run_id=run.run_id, why=str(conflict)
                )
        return waits

    async def recover(self) -> None:
        """At start: a process that died between a plan and the wait for its approval goes on."""
        for run in await self._desk.store.runs(states=(RunState.PLANNED,)):
            plan = await self._desk.store.plan(run.run_id)
            if plan is None:
                raise RuntimeError(f"{run.run_id} is planned and has no plan")
            await self._ask_for_approval(run, plan)

    async def _release_quarantined(self) -> None:
        """A newcomer is planned only after the live run ended (rule 8)."""
        if await self._desk.store.runs(states=LIVE):
            return
        for run in await self._desk.store.runs(states=(RunState.QUARANTINED,)):
            await self._move(run, RunState.RECEIVED, "LIVE_RUN_ENDED")

    async def _plan(self, run: Run) -> None:
        portfolio = await self._desk.store.portfolio(run.run_id)
        if portfolio is None:
            raise RuntimeError(f"{run.run_id} waits for a plan but has no portfolio")
        if run.state is RunState.RECEIVED and not await self._may_stay(run, portfolio):
            return
        session_date = self._desk.calendar.next_session(portfolio.signal_date)
        if self._desk.clock.now() >= approval_closes_at(session_date, self._desk.settings.day):
            await self._too_late(run, session_date)
            return
        await self._poller.poll_movements()
        snapshot = await believed_snapshot(self._desk)
        owned = await self._desk.store.owned()
        check_book(owned, snapshot)
        undecided = await undecided_symbols(self._desk, snapshot)
        if undecided:
            await self._needs_baseline(run, undecided)
            return
        inputs = await plan_inputs(self._desk, portfolio, snapshot, session_date)
        outcome = plan_run(inputs)
        if isinstance(outcome, Plan):
            await note_opening(self._desk, run.run_id, snapshot)
            await self._keep(run, outcome, inputs)
        elif run.state is RunState.RECEIVED:
            await self._refuse(run, outcome)
        else:
            self._desk.log.error(
                "no plan can be made", run_id=run.run_id, refusals=_sentences(outcome)
            )

    async def _too_late(self, run: Run, session_date: date) -> None:
        """The session went by while the run waited for a person or for the broker."""
        if run.state is RunState.NEEDS_BASELINE:
            await self._move(run, RunState.EXPIRED, "CUT_OFF")
        else:
            message = f"no plan could be made before the cut-off of {session_date}"
            await self._refuse(run, (Refusal(Reason.STALE_SIGNAL, message, run.context_name),))

    async def _may_stay(self, run: Run, portfolio: TargetPortfolio) -> bool:
        """Check dates, content and rivals; False when the run ended or waits elsewhere.

        What a person ordered sold was checked when it was ordered.
        """
        if await is_ordered_liquidation(self._desk, run):
            return await self._outlive_rivals(run)
        settings = self._desk.settings
        dates = check_dates(
            portfolio.signal_date,
            run.received_at,
            self._desk.calendar,
            settings.checks,
            settings.day,
        )
        refusals = (*check_run(portfolio, settings.checks), *dates.refusals)
        if refusals:
            await self._refuse(run, refusals)
            return False
        return await self._outlive_rivals(run)

    async def _outlive_rivals(self, run: Run) -> bool:
        """One run per account: the newest signal wins while nothing was sent (rule 8)."""
        store = self._desk.store
        if await store.runs(states=LIVE):
            await self._move(run, RunState.QUARANTINED, "LIVE_RUN")
            return False
        rivals = [rival for rival in await store.runs(states=UNSENT) if rival != run]
        newer = [rival for rival in rivals if rival.signal_date > run.signal_date]
        if newer:
            message = f"run {newer[0].run_id} carries a newer signal"
            await self._refuse(run, (Refusal(Reason.STALE_SIGNAL, message, run.context_name),))
            return False
        for rival in rivals:
            await store.move_run(
                rival.run_id,
                RunState.SUPERSEDED,
                cause="NEWER_PAIR",
                actor=ACTOR,
                now=self._desk.clock.now(),
                superseded_by=run.run_id,
            )
        return True

    async def _keep(self, run: Run, plan: Plan, inputs: PlanInputs) -> None:
        """Store the plan, write its dry-run receipt, and ask for approval."""
        now = self._desk.clock.now()
        await self._desk.store.save_plan(plan, now=now, inputs=plan_document(inputs))
        waited = self._desk.clock.now() - run.received_at
        self._desk.metrics.plan_seconds.observe(waited.total_seconds())
        await self._ask_for_approval(run, plan)

    async def _ask_for_approval(self, run: Run, plan: Plan) -> None:
        await write_plan_receipt(self._desk, run, plan)
        dry = self._desk.settings.mode is Mode.DRY_RUN
        target = RunState.DRY_RUN_DONE if dry else RunState.AWAITING_APPROVAL
        if not dry:
            await tell_waiting(self._desk, plan)
        await self._move(run, target, "PLANNED")
        self._desk.log.info(
            "plan made", run_id=run.run_id, plan_hash=plan.plan_hash, lines=len(plan.lines)
        )

    async def _refuse(self, run: Run, refusals: Iterable[Refusal]) -> None:
        refusals = tuple(refusals)
        for refusal in refusals:
            self._desk.metrics.refusals.labels(refusal.code).inc()
        self._desk.metrics.pairs.labels("refused").inc()
        await tell_refused(self._desk, run.run_id, refusals)
        await self._desk.store.move_run(
            run.run_id,
            RunState.REFUSED,
            cause=refusals[0].code,
            actor=ACTOR,
            now=self._desk.clock.now(),
            refusals=refusals,
        )
        self._desk.log.error(
            "run refused",
            run_id=run.run_id,
            refusals=_sentences(refusals),
        )

    async def _needs_baseline(self, run: Run, undecided: tuple[Symbol, ...]) -> None:
        """Tell a person once, before the move: a crash between the two tells again."""
        if run.state is RunState.RECEIVED:
            names = ", ".join(map(str, undecided))
            detail = f"adopt each, or mark it foreign: {names}"
            await raise_alarm(
                self._desk, Severity.P1, Reason.NEEDS_BASELINE, detail, run_id=run.run_id
            )
            await self._move(run, RunState.NEEDS_BASELINE, "UNDECIDED_HOLDINGS")

    async def _move(self, run: Run, target: RunState, cause: str) -> None:
        await self._desk.store.move_run(
            run.run_id, target, cause=cause, actor=ACTOR, now=self._desk.clock.now()
        )


def _sentences(refusals: Iterable[Refusal]) -> list[str]:
    return [f"{refusal.code}: {refusal.message}" for refusal in refusals]
