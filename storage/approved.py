"""What was approved for a session, read back for the last check before bytes leave (A6)."""

import sqlite3
from datetime import date

from statemachine.plan import Plan
from storage import approvals, plans

STANDING = """
SELECT approval.* FROM approval JOIN plan USING (plan_hash)
WHERE plan.session_date = ? AND revoked_sequence IS NULL
"""


def plans_of(connection: sqlite3.Connection, session_date: date, key: bytes) -> tuple[Plan, ...]:
    """Return the plans of a session that an authentic, unrevoked approval stands for.

    Full exits are as recorded corporate actions left them (trading-day.md rule 15). A plan whose
    rows no longer have the approved hash is none of them.
    """
    rows = connection.execute(STANDING, (session_date.isoformat(),)).fetchall()
    hashes = dict.fromkeys(
        row["plan_hash"] for row in rows if approvals.is_authentic(key, approvals.approval_of(row))
    )
    found = [
        plans.find_followed(connection, plan_hash)
        for plan_hash in hashes
        if plans.recomputed_hash(connection, plan_hash) == plan_hash
    ]
    return tuple(plan for plan in found if plan is not None)
