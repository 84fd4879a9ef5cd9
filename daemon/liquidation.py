"""A liquidation that a person orders by the name of an empty run; an empty file is never one.

The producer's empty portfolio stays refused. The order makes a run of its own beside it, planned
like any other; its plan is always a de-risk, so its approver types the sell amount (rule 10).
"""

import json
from dataclasses import replace

from daemon.authors import note_author
from daemon.desk import Desk
from daemon.planning.dates import approval_closes_at
from daemon.planning.identity import liquidation_run_id
from daemon.refusals import ActionRefused
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason
from statemachine.run import Run, RunState

LIQUIDATION_ORDERED = "LIQUIDATION_ORDERED"
# What an empty portfolio is refused for; anything else stays wrong whoever orders.
ORDERABLE = frozenset({Reason.EMPTY_PORTFOLIO, Reason.RISK_CHECKS_EMPTY})


async def order_liquidation(desk: Desk, refused: Run, person: str, uid: int) -> Run:
    """Make the run that sells all that is ours, waiting for its plan; ActionRefused where not.

    Only a run refused for being empty can be named, while its session is still ahead, and once.
    """
    portfolio = await desk.store.portfolio(refused.run_id)
    codes = {refusal.code for refusal in refused.refusals}
    is_empty = refused.state is RunState.REFUSED and Reason.EMPTY_PORTFOLIO in codes
    if portfolio is None or not is_empty:
        raise ActionRefused(
            f"{refused.run_id} was not refused as an empty portfolio",
            f"{refused.run_id} 并非因空组合被拒收",
        )
    if not codes <= ORDERABLE:
        others = ", ".join(sorted(codes - ORDERABLE))
        raise ActionRefused(
            f"{refused.run_id} was refused for {others} as well",
            f"{refused.run_id} 还因 {others} 被拒收",
        )
    await _require_time_and_newness(desk, refused)
    await note_author(desk, liquidation_run_id(refused.run_id), uids={uid}, by=person)
    return await _keep(desk, refused, portfolio, person)


async def is_ordered_liquidation(desk: Desk, run: Run) -> bool:
    """Whether a person ordered this very run."""
    return await desk.store.latest_note(f"{LIQUIDATION_ORDERED}:{run.run_id}") is not None


async def _require_time_and_newness(desk: Desk, refused: Run) -> None:
    session_date = desk.calendar.next_session(refused.signal_date)
    if desk.clock.now() >= approval_closes_at(session_date, desk.settings.day):
        raise ActionRefused(
            f"the session of {refused.run_id}, {session_date}, is over",
            f"{refused.run_id} 的交易日 {session_date} 已结束",
        )
    if await desk.store.run(liquidation_run_id(refused.run_id)) is not None:
        raise ActionRefused(
            f"the liquidation of {refused.run_id} was ordered before",
            f"{refused.run_id} 的清仓此前已下达",
        )


async def _keep(desk: Desk, refused: Run, portfolio: TargetPortfolio, person: str) -> Run:
    """The note comes first: a run without its order would be refused as empty again."""
    now, run_id = desk.clock.now(), liquidation_run_id(refused.run_id)
    order = {"ordered_by": person, "refused_run_id": refused.run_id, "at": now.isoformat()}
    await desk.store.note(f"{LIQUIDATION_ORDERED}:{run_id}", order, actor=person, now=now)
    born = replace(
        refused,
        run_id=run_id,
        parent_run_id=refused.run_id,
        state=RunState.RECEIVED,
        received_at=now,
        refusals=(),
        version=0,
    )
    await desk.store.receive_run(
        born, replace(portfolio, run_id=run_id), b"", json.dumps(order).encode()
    )
    return born
