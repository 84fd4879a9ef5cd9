"""Fetches what the view of a plan shows; what is shown is planning's."""

from collections.abc import Mapping
from datetime import datetime

from adapters.broker import BrokerError, SessionSuperseded
from daemon.approvals import approved_sides, due_stage
from daemon.desk import Desk
from daemon.planning.approval import has_stages
from daemon.planning.approval_view import ApprovalView, GivenApproval, ViewInputs, approval_view
from daemon.planning.dates import approval_opens_at
from daemon.planning.plan_differences import PlanDifference, Predecessor, differences
from daemon.refusals import ActionRefused
from market.symbol import Symbol
from statemachine.plan import Plan
from statemachine.run import Run, RunState
from storage.store import Stage

# Runs whose plan was never anybody's decision: comparing with them would say nothing.
NEVER_TRADED = (RunState.DECLINED, RunState.EXPIRED, RunState.SUPERSEDED, RunState.REFUSED)


async def plan_page(desk: Desk, run: Run) -> ApprovalView:
    """Return the view of a run's present plan; ActionRefused where it has none."""
    store = desk.store
    plan = await store.plan(run.run_id)
    if plan is None:
        raise ActionRefused(f"{run.run_id} has no plan", f"{run.run_id} 没有计划")
    return approval_view(
        ViewInputs(
            run=run,
            plan=plan,
            portfolio=await store.portfolio(run.run_id),
            statuses=await store.line_statuses(run.run_id),
            names=await _names(desk, plan),
            settings=desk.settings,
            now=desk.clock.now(),
            approvable_from=approvable_from(desk, plan),
            difference=await _difference(desk, run, plan),
            given=await _given(desk, plan),
            stage_due=await stage_due(desk, plan),
        )
    )


def approvable_from(desk: Desk, plan: Plan) -> datetime:
    """Return the market moment from which an approval of this plan counts (rules 1, 2 and 29)."""
    settings = desk.settings
    opens = approval_opens_at(plan.signal_date, plan.session_date, settings.checks, settings.day)
    return plan.created_at if opens is None or plan.parent_run_id else opens


async def _given(desk: Desk, plan: Plan) -> tuple[GivenApproval, ...]:
    standing = await desk.store.standing_approvals(plan.run_id, plan.plan_hash, desk.clock.now())
    return tuple(GivenApproval(each.approver, each.stage, each.created_at) for each in standing)


async def stage_due(desk: Desk, plan: Plan) -> Stage | None:
    """Return the stage to be approved next; None for a plan as a whole, and after the last."""
    if not has_stages(plan, desk.settings.approval):
        return None
    return due_stage(await approved_sides(desk, plan))


async def _names(desk: Desk, plan: Plan) -> Mapping[Symbol, str]:
    """What the venue calls the names; a plan is shown without where nobody can be asked."""
    try:
        found = await desk.broker.instruments([line.symbol for line in plan.lines])
    except SessionSuperseded:
        raise
    except BrokerError as error:
        desk.log.warning("a plan is shown without names", run_id=plan.run_id, why=str(error))
        return {}
    return {symbol: instrument.name for symbol, instrument in found.items()}


async def _difference(desk: Desk, run: Run, plan: Plan) -> PlanDifference | None:
    found = _predecessor(run, await desk.store.runs())
    if found is None:
        return None
    kind, earlier = found
    before = await desk.store.plan(earlier.run_id)
    return None if before is None else differences(plan, before, kind)


def _predecessor(run: Run, runs: tuple[Run, ...]) -> tuple[Predecessor, Run] | None:
    """The run this one replaced, else its parent, else the newest earlier one that traded."""
    planned = [past for past in runs if past.plan_hash is not None and past.run_id != run.run_id]
    superseded = [past for past in planned if past.superseded_by == run.run_id]
    parents = [past for past in planned if past.run_id == run.parent_run_id]
    earlier = [
        past
        for past in planned
        if past.signal_date < run.signal_date and past.state not in NEVER_TRADED
    ]
    for kind, candidates in (
        (Predecessor.SUPERSEDED, superseded),
        (Predecessor.PARENT, parents),
        (Predecessor.EARLIER, sorted(earlier, key=lambda past: past.signal_date)),
    ):
        if candidates:
            return kind, candidates[-1]
    return None
