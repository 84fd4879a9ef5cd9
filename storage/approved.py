"""What was approved for a session, read back for the last check before bytes leave (A6)."""

import sqlite3
from dataclasses import replace
from datetime import date

from market.side import Side
from statemachine.plan import Plan
from storage import approvals, plans
from storage.records import Approval

OF_SESSION = f"""
SELECT approval.* FROM approval JOIN plan USING (plan_hash)
WHERE plan.session_date = ? AND {approvals.STANDING}
"""  # noqa: S608 - constants of this package


def plans_of(connection: sqlite3.Connection, session_date: date, key: bytes) -> tuple[Plan, ...]:
    """Return the plans of a session that authentic, unrevoked approvals stand for.

    A plan has the lines of the sides that enough persons approved, and no others. Full exits are
    as recorded corporate actions left them (trading-day.md rule 15). A plan whose rows no longer
    have the approved hash is none of them.
    """
    rows = connection.execute(OF_SESSION, (session_date.isoformat(),)).fetchall()
    given: dict[str, list[Approval]] = {}
    for approval in map(approvals.approval_of, rows):
        if approvals.is_authentic(key, approval):
            given.setdefault(approval.plan_hash, []).append(approval)
    found = [
        _approved_part(plans.find_followed(connection, plan_hash), approvals.covered_sides(words))
        for plan_hash, words in given.items()
        if plans.recomputed_hash(connection, plan_hash) == plan_hash
    ]
    return tuple(plan for plan in found if plan is not None)


def _approved_part(plan: Plan | None, sides: frozenset[Side]) -> Plan | None:
    if plan is None or not sides:
        return None
    if len(sides) == len(Side):
        return plan
    return replace(plan, lines=tuple(line for line in plan.lines if line.side in sides))
