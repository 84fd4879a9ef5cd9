"""Approves plans without a person where settings allow it; any doubt leaves them to a person."""

from daemon.approvals import ApprovalDesk
from daemon.desk import Desk
from daemon.live_gate import live_refusals
from daemon.manual_list import Severity, raise_alarm
from daemon.open_questions import held_share
from daemon.planning.approval import auto_refusal, auto_refusals
from daemon.refusals import ActionRefused
from statemachine.plan import Plan
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.store import Conflict


class AutoApprover:
    """Looks at what awaits approval whenever the watcher does; does nothing unless it is set."""

    def __init__(self, desk: Desk, approvals: ApprovalDesk) -> None:
        self._desk = desk
        self._approvals = approvals

    async def approve_waiting(self) -> None:
        """Approve each plan that nothing speaks against; tell a person once of every other."""
        if not self._desk.settings.approval.auto:
            return
        for run in await self._desk.store.runs(states=(RunState.AWAITING_APPROVAL,)):
            plan = await self._desk.store.plan(run.run_id)
            if plan is not None:
                await self._attend(run, plan)

    async def _attend(self, run: Run, plan: Plan) -> None:
        refusals = await self._refusals(run, plan)
        if refusals:
            await self._leave_to_a_person(run, "; ".join(each.message for each in refusals))
            return
        try:
            await self._approvals.approve_unseen(plan)
        except (ActionRefused, Conflict) as refused:
            await self._leave_to_a_person(run, str(refused))
            return
        self._desk.signals.release.set()
        self._desk.log.info("plan approved", run_id=run.run_id, plan_hash=plan.plan_hash, by="auto")

    async def _refusals(self, run: Run, plan: Plan) -> tuple[Refusal, ...]:
        held = await held_share(self._desk, plan)
        return (
            *auto_refusals(plan, run.champion_id, held, self._desk.settings),
            *self._undeclared(),
            *await live_refusals(self._desk, run, plan),
        )

    def _undeclared(self) -> tuple[Refusal, ...]:
        """What the broker never declared is unknown, and unknown is no ground for a machine."""
        session = self._desk.broker.session
        reason = auto_refusal(None if session is None else session.capabilities)
        if reason is None:
            return ()
        return (Refusal(reason, "the broker does not declare everything of itself"),)

    async def _leave_to_a_person(self, run: Run, why: str) -> None:
        await raise_alarm(self._desk, Severity.P1, Reason.AUTO_REFUSED, why, run_id=run.run_id)
