"""Holds a release that comes more than half an hour late (trading-day.md rule 5)."""

from datetime import datetime

from daemon.desk import Desk
from daemon.planning.lateness import Words, is_released_late, release_due_at
from daemon.presence import hold_late
from statemachine.plan import Plan
from statemachine.reasons import Reason


async def release_due(desk: Desk, plan: Plan) -> datetime | None:
    """Return the moment from which the release of an approved plan is late.

    None where it began in time: a line was judged since the approval, and waits for the market.
    """
    now = desk.clock.now()
    approvals = await desk.store.standing_approvals(plan.run_id, plan.plan_hash, now)
    approved_at = max((approval.created_at for approval in approvals), default=now)
    statuses = await desk.store.line_statuses(plan.run_id)
    looks = [status.updated_at for status in statuses.values() if status.updated_at is not None]
    if any(looked_at >= approved_at for looked_at in looks):
        return None
    words = Words(approved_at, await desk.store.last_resumed())
    return release_due_at(plan.session_date, words, desk.settings.day, desk.calendar)


async def is_held_late(desk: Desk, plan: Plan, due_at: datetime | None) -> bool:
    """Halt for a person where the release is late at this moment; True where it was."""
    now = desk.clock.now()
    if due_at is None or not is_released_late(due_at, now, desk.settings.flow):
        return False
    why = f"the release was due at {due_at:%H:%M:%S} and it is {now:%H:%M:%S}"
    await hold_late(desk, plan.run_id, Reason.RELEASED_LATE, why)
    return True
