"""Runs and what came in for them."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from statemachine.canonical import utc_text
from statemachine.plan import Plan
from statemachine.portfolio import Refusal, TargetPortfolio
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from statemachine.run_machine import IllegalRunMove, next_state
from storage import approvals, documents, journal, plans
from storage.errors import Conflict
from storage.evidence import keep_input
from storage.records import Approval, Received, Stage
from storage.rows import SqlValue, moment_of, optional_date
from storage.transaction import Transaction

Refusals = tuple[Refusal, ...]

INSERT = """
INSERT INTO runs (run_id, account, signal_date, session_date, state, input_hash, champion_id,
  received_at, csv_name, context_name, plan_hash, parent_run_id, superseded_by, hold_reason,
  refusals, version, portfolio)
VALUES (:run_id, :account, :signal_date, :session_date, :state, :input_hash, :champion_id,
  :received_at, :csv_name, :context_name, :plan_hash, :parent_run_id, :superseded_by, :hold_reason,
  :refusals, :version, :portfolio)
"""

UPDATE = """
UPDATE runs SET session_date = :session_date, state = :state, plan_hash = :plan_hash,
  superseded_by = :superseded_by, hold_reason = :hold_reason, refusals = :refusals,
  version = :version
WHERE run_id = :run_id
"""

INSERT_INPUT = """
INSERT INTO inputs
  (run_id, csv_sha256, context_sha256, csv_name, context_name, outcome, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""

EVERY_RUN = "SELECT * FROM runs ORDER BY sequence"
IN_STATES = """
SELECT * FROM runs WHERE state IN (SELECT value FROM json_each(?)) ORDER BY sequence
"""

REPLANNABLE = (RunState.PLANNED, RunState.AWAITING_APPROVAL)
FORWARD = (RunState.SUBMITTING, RunState.RECONCILING)
# Leaving them backwards voids whatever was approved, one of two persons' word included.
VOIDING = (RunState.AWAITING_APPROVAL, RunState.APPROVED)
# While these last, the second stage may be approved.
UNDER_WAY = (RunState.APPROVED, RunState.SUBMITTING, RunState.WORKING)


@dataclass(frozen=True, slots=True)
class RunMove:
    """One move of the run machine and what goes with it."""

    target: RunState
    cause: str
    actor: str
    hold_reason: Reason | None = None
    superseded_by: str | None = None
    refusals: Refusals = ()


def receive(
    transaction: Transaction,
    run: Run,
    portfolio: TargetPortfolio | None,
    csv: bytes,
    context: bytes,
) -> Received:
    """Keep the bytes and the run as it was born; other bytes of a known run are kept beside it."""
    known = find(transaction.connection, run.run_id) is not None
    if not known:
        insert(transaction, run, portfolio)
    keys = keep_input(transaction, csv), keep_input(transaction, context)
    outcome = Received.DUPLICATE if known else Received.NEW
    cursor = transaction.connection.execute(
        INSERT_INPUT,
        (
            run.run_id,
            *keys,
            run.csv_name,
            run.context_name,
            outcome,
            utc_text(run.received_at),
        ),
    )
    if cursor.rowcount:
        detail = {"csv": keys[0], "context": keys[1], "csv_name": run.csv_name}
        journal.append(
            transaction,
            journal.Happening(
                journal.Subject.INPUT,
                run.run_id,
                outcome,
                run_id=run.run_id,
                detail=detail,
            ),
        )
    return outcome


def insert(transaction: Transaction, run: Run, portfolio: TargetPortfolio | None) -> None:
    """Write a new run; Conflict for another account or a state no run is born in."""
    if run.account != transaction.stamp.account:
        raise Conflict(f"{run.run_id} is of account {run.account}")
    if run.state not in (RunState.RECEIVED, RunState.REFUSED):
        raise Conflict(f"no run is born {run.state}")
    document = None if portfolio is None else documents.encode(documents.portfolio(), portfolio)
    transaction.connection.execute(INSERT, _row(run) | {"portfolio": document})
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.RUN,
            run.run_id,
            "RECEIVED",
            run_id=run.run_id,
            target=run.state,
            detail={"input_hash": run.input_hash, "refusals": _codes(run.refusals)},
        ),
    )


def move(transaction: Transaction, run_id: str, wanted: RunMove) -> Run:
    """Make one legal move; Conflict where there is none, or where sent orders forbid it.

    Leaving APPROVED for anything but the work voids the approval. Once a wire row exists the run
    goes on: nothing takes it back (trading-day.md rule 8).
    """
    run = _require(transaction.connection, run_id)
    try:
        target = next_state(run.state, wanted.target)
    except IllegalRunMove as illegal:
        raise Conflict(str(illegal)) from illegal
    goes_back = run.state in VOIDING and target not in (*FORWARD, RunState.APPROVED)
    if goes_back and _has_wire(transaction.connection, run_id):
        raise Conflict(f"{run_id} has sent orders and goes on", f"{run_id} 已发出委托，将继续执行")
    moved = replace(
        run,
        state=target,
        hold_reason=wanted.hold_reason,
        superseded_by=wanted.superseded_by or run.superseded_by,
        refusals=run.refusals + wanted.refusals,
        version=run.version + 1,
    )
    sequence = _save(transaction, run, moved, wanted)
    if goes_back:
        approvals.revoke(transaction, run_id, sequence)
    return moved


def save_plan(transaction: Transaction, plan: Plan, inputs: bytes | None = None) -> Run:
    """Store a plan and make it the run's; moves RECEIVED and NEEDS_BASELINE to PLANNED.

    A run that is PLANNED or AWAITING_APPROVAL gets the new plan and stays where it is; Conflict
    in any other state.
    """
    run = _require(transaction.connection, plan.run_id)
    plans.insert(transaction, plan, inputs)
    planned = replace(
        run,
        plan_hash=plan.plan_hash,
        session_date=plan.session_date,
        hold_reason=None,
        version=run.version + 1,
    )
    if run.state not in REPLANNABLE:
        planned = replace(planned, state=_planned_from(run))
    elif run.plan_hash == plan.plan_hash:
        return run
    _save(transaction, run, planned, RunMove(planned.state, "PLAN_SAVED", "daemon"))
    return planned


def save_residual(
    transaction: Transaction, run: Run, plan: Plan, inputs: bytes | None = None
) -> Run:
    """Create a residual run, child of `run.parent_run_id`, with its plan (trading-day.md rule 29).

    Conflict where it exists already or names no parent.
    """
    if run.parent_run_id is None or find(transaction.connection, run.parent_run_id) is None:
        raise Conflict(f"the residual run {run.run_id} has no parent")
    if find(transaction.connection, run.run_id) is not None:
        raise Conflict(f"{run.run_id} exists already")
    insert(transaction, run, None)
    return save_plan(transaction, plan, inputs)


def approve(transaction: Transaction, approval: Approval) -> Run:
    """Store the approval of the run's present plan and move it to APPROVED.

    It stays where it is while another person's word is missing, and when its other stage was
    approved before. Conflict where nothing awaits approval.
    """
    run = _require(transaction.connection, approval.run_id)
    if run.plan_hash != approval.plan_hash:
        raise Conflict(f"the plan of {run.run_id} is now {run.plan_hash}")
    approvals.insert(transaction, approval)
    if approval.stage is not Stage.ALL and run.state in UNDER_WAY:
        return run
    is_waiting = run.state is RunState.AWAITING_APPROVAL
    if is_waiting and not approvals.covered_sides(_standing(transaction, approval)):
        return run
    wanted = RunMove(RunState.APPROVED, "APPROVED", approval.approver)
    return move(transaction, run.run_id, wanted)


def _standing(transaction: Transaction, approval: Approval) -> tuple[Approval, ...]:
    return approvals.standing(
        transaction.connection,
        transaction.approval_key,
        approval.run_id,
        approval.plan_hash,
        transaction.now,
    )


def find(connection: sqlite3.Connection, run_id: str) -> Run | None:
    """Return one run."""
    row = connection.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    return None if row is None else _run(row)


def find_all(connection: sqlite3.Connection, states: Sequence[RunState] | None) -> tuple[Run, ...]:
    """Return runs, oldest first, in these states or in any."""
    if states is None:
        return tuple(_run(row) for row in connection.execute(EVERY_RUN))
    return tuple(_run(row) for row in connection.execute(IN_STATES, (json.dumps(states),)))


def portfolio_of(connection: sqlite3.Connection, run_id: str) -> TargetPortfolio | None:
    """Return what was received; a residual run answers with its parent's."""
    row = connection.execute(
        "SELECT portfolio, parent_run_id FROM runs WHERE run_id = ?",
        (run_id,),
    ).fetchone()
    if row is None:
        return None
    if row["portfolio"] is not None:
        return documents.decode(documents.portfolio(), row["portfolio"])
    parent = row["parent_run_id"]
    return None if parent is None else portfolio_of(connection, parent)


def plan_of(connection: sqlite3.Connection, run_id: str) -> Plan | None:
    """Return the newest plan of a run."""
    run = find(connection, run_id)
    return None if run is None or run.plan_hash is None else plans.find(connection, run.plan_hash)


def followed_plan_of(connection: sqlite3.Connection, run_id: str) -> Plan | None:
    """Return the newest plan of a run, its full exits as corporate actions left them."""
    run = find(connection, run_id)
    if run is None or run.plan_hash is None:
        return None
    return plans.find_followed(connection, run.plan_hash)


def _planned_from(run: Run) -> RunState:
    try:
        return next_state(run.state, RunState.PLANNED)
    except IllegalRunMove as illegal:
        raise Conflict(str(illegal)) from illegal


def _require(connection: sqlite3.Connection, run_id: str) -> Run:
    run = find(connection, run_id)
    if run is None:
        raise Conflict(f"there is no run {run_id}")
    return run


def _has_wire(connection: sqlite3.Connection, run_id: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM wire WHERE run_id = ? AND kind = 'SUBMIT' LIMIT 1",
        (run_id,),
    ).fetchone()
    return row is not None


def _save(transaction: Transaction, before: Run, after: Run, wanted: RunMove) -> int:
    transaction.connection.execute(UPDATE, _row(after))
    moved = before.state is not after.state
    return journal.append(
        transaction,
        journal.Happening(
            journal.Subject.RUN,
            after.run_id,
            wanted.cause,
            run_id=after.run_id,
            source=before.state if moved else None,
            target=after.state if moved else None,
            actor=wanted.actor,
            detail={
                "plan_hash": after.plan_hash,
                "hold_reason": after.hold_reason,
                "superseded_by": after.superseded_by,
                "refusals": _codes(wanted.refusals),
            },
        ),
    )


def _codes(refusals: Refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


def _row(run: Run) -> dict[str, SqlValue]:
    return {
        "run_id": run.run_id,
        "account": run.account,
        "signal_date": run.signal_date.isoformat(),
        "session_date": None if run.session_date is None else run.session_date.isoformat(),
        "state": run.state,
        "input_hash": run.input_hash,
        "champion_id": run.champion_id,
        "received_at": utc_text(run.received_at),
        "csv_name": run.csv_name,
        "context_name": run.context_name,
        "plan_hash": run.plan_hash,
        "parent_run_id": run.parent_run_id,
        "superseded_by": run.superseded_by,
        "hold_reason": run.hold_reason,
        "refusals": documents.encode(documents.refusals(), run.refusals),
        "version": run.version,
    }


def _run(row: sqlite3.Row) -> Run:
    hold_reason = row["hold_reason"]
    return Run(
        run_id=row["run_id"],
        account=row["account"],
        signal_date=date.fromisoformat(row["signal_date"]),
        session_date=optional_date(row["session_date"]),
        state=RunState(row["state"]),
        input_hash=row["input_hash"],
        champion_id=row["champion_id"],
        received_at=moment_of(row["received_at"]),
        csv_name=row["csv_name"],
        context_name=row["context_name"],
        plan_hash=row["plan_hash"],
        parent_run_id=row["parent_run_id"],
        superseded_by=row["superseded_by"],
        hold_reason=None if hold_reason is None else Reason(hold_reason),
        refusals=documents.decode(documents.refusals(), row["refusals"]),
        version=row["version"],
    )
