"""Waiting plans on the account of their own morning (trading-day.md rules 13 and 14).

Lines are immutable, so a plan that awaits approval is made anew where the account or the prices
moved it: another hash, to be approved as such. One that is approved keeps its lines and is only
held against the account; the release checks again before anything is sent.
"""

from collections.abc import Iterable

from daemon.account import Unbelievable, believed_snapshot, check_book, undecided_symbols
from daemon.archive.planning import plan_document
from daemon.desk import Desk
from daemon.manual_list import STANDING, Severity, raise_alarm
from daemon.plan_inputs import plan_inputs
from daemon.planning.sizing import plan_run
from daemon.receipts import write_plan_receipt
from daemon.run_news import tell_waiting
from market.side import Side
from market.symbol import Symbol
from statemachine.plan import Plan
from statemachine.position import AccountSnapshot
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from storage.store import Conflict

WAITING = (RunState.AWAITING_APPROVAL, RunState.APPROVED)


async def rebase_waiting(desk: Desk) -> None:
    """Re-base what awaits approval for today, and check what is approved. Raises BrokerError."""
    today = desk.clock.now().date()
    for run in await desk.store.runs(states=WAITING):
        plan = await desk.store.followed_plan(run.run_id)
        if plan is None or plan.session_date != today:
            continue
        try:
            snapshot = await believed_snapshot(desk)
            check_book(await desk.store.owned(), snapshot)
        except Unbelievable as error:
            await _warn(desk, run, Reason.ACCOUNT_UNBELIEVABLE, str(error))
            continue
        if run.state is RunState.APPROVED:
            await _check_approved(desk, run, plan, snapshot)
        elif plan.parent_run_id is None:
            await _make_anew(desk, run, plan, snapshot)
        if run.state is RunState.AWAITING_APPROVAL:
            await tell_waiting(desk, await desk.store.plan(run.run_id) or plan)


async def _check_approved(desk: Desk, run: Run, plan: Plan, snapshot: AccountSnapshot) -> None:
    """Tell of what the approved lines no longer fit; nothing of them is changed."""
    undecided = await undecided_symbols(desk, snapshot)
    if undecided:
        detail = f"nobody decided about {_names(undecided)} since the plan was made"
        await _warn(desk, run, Reason.NEEDS_BASELINE, detail)
    owned = await desk.store.owned()
    beyond = [
        line.symbol
        for line in plan.lines
        if line.side is Side.SELL and line.quantity_max > owned.get(line.symbol, 0)
    ]
    if beyond:
        detail = f"the approved sells of {_names(beyond)} are more than is ours now"
        await _warn(desk, run, Reason.ACCOUNT_UNBELIEVABLE, detail)


async def _make_anew(desk: Desk, run: Run, plan: Plan, snapshot: AccountSnapshot) -> None:
    """Plan the same portfolio on this morning's account; equal substance keeps its hash."""
    portfolio = await desk.store.portfolio(run.run_id)
    if portfolio is None:
        raise RuntimeError(f"{run.run_id} awaits approval but has no portfolio")
    inputs = await plan_inputs(desk, portfolio, snapshot, plan.session_date)
    outcome = plan_run(inputs)
    if not isinstance(outcome, Plan):
        said = "; ".join(refusal.message for refusal in outcome)
        await _warn(desk, run, outcome[0].code, f"the plan cannot be re-based: {said}")
        return
    if _substance(outcome) == _substance(plan):
        return
    try:
        document = plan_document(inputs)
        await desk.store.save_plan(outcome, now=desk.clock.now(), inputs=document)
    except Conflict as conflict:
        desk.log.warning("run changed meanwhile", run_id=run.run_id, why=str(conflict))
        return
    await write_plan_receipt(desk, run, outcome)
    desk.log.info(
        "plan re-based", run_id=run.run_id, plan_hash=outcome.plan_hash, before=plan.plan_hash
    )


def _substance(plan: Plan) -> tuple[object, ...]:
    """Return what a person approves of: base, quantities, reference prices and limits.

    A last price of the evening is the previous close of the morning: the kind alone moves nothing.
    """
    lines = [
        (
            line.symbol,
            line.side,
            line.disposition,
            line.quantity_max,
            line.reference_price,
            line.limit_worst,
        )
        for line in plan.lines
    ]
    return (plan.capital.strategy_capital, *sorted(lines, key=str))


async def _warn(desk: Desk, run: Run, reason: Reason, detail: str) -> None:
    await raise_alarm(desk, Severity.P1, reason, detail, run_id=run.run_id, quiet=STANDING)


def _names(symbols: Iterable[Symbol]) -> str:
    return ", ".join(str(symbol) for symbol in symbols)
