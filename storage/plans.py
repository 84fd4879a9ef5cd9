"""Plans in rows: the header and the lines the hash covers, and the whole plan as a document."""

import sqlite3
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from market.side import Side
from market.symbol import Symbol
from statemachine.canonical import utc_text
from statemachine.corporate_actions import following
from statemachine.plan import Plan
from statemachine.plan_hash import HashedLine, HashedPlan, hash_of, plan_hash
from storage import documents, journal
from storage.errors import Contradiction
from storage.evidence import keep_evidence
from storage.rows import PlainValue, SqlValue, moment_of, optional_e4, optional_money, symbol_of
from storage.transaction import Stamp, Transaction

INSERT_PLAN = """
INSERT INTO plan (plan_hash, run_id, account, mode, endpoint, session_date, input_hash,
  settings_hash, snapshot_id, expires_at, line_count, body)
VALUES (:plan_hash, :run_id, :account, :mode, :endpoint, :session_date, :input_hash,
  :settings_hash, :snapshot_id, :expires_at, :line_count, :body)
"""

INSERT_LINE = """
INSERT INTO plan_lines (plan_hash, ts_code, side, disposition, quantity_max,
  reference_price_e4, reference_kind, limit_worst_e4, full_exit)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

HEADER = """
SELECT account, mode, endpoint, run_id, session_date, input_hash, settings_hash, snapshot_id,
  expires_at
FROM plan WHERE plan_hash = ?
"""

LINES = """
SELECT ts_code, side, quantity_max, reference_price_e4, reference_kind, limit_worst_e4
FROM plan_lines WHERE plan_hash = ?
"""

ALL_LINES = """
SELECT plan_hash, ts_code, side, disposition, quantity_max, reference_price_e4, reference_kind,
  limit_worst_e4, full_exit
FROM plan_lines WHERE plan_hash = ?
"""

ADDED = "SELECT ts_code, quantity FROM shares_added WHERE plan_hash = ? AND quantity <> 0"


def insert(transaction: Transaction, plan: Plan, inputs: bytes | None = None) -> None:
    """Store a plan and what it was computed from; the same hash again changes nothing.

    Contradiction for a plan of another account, mode or endpoint, or whose hash is not its own.
    """
    _check(transaction, plan)
    if find(transaction.connection, plan.plan_hash) is not None:
        return
    body = _document(plan)
    transaction.connection.execute(INSERT_PLAN, {**_header(plan), "body": body})
    transaction.connection.executemany(INSERT_LINE, _lines(plan))
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.PLAN,
            plan.plan_hash,
            "PLANNED",
            run_id=plan.run_id,
            evidence_sha256=None if inputs is None else keep_evidence(transaction, inputs),
            detail={
                "lines": len(plan.lines),
                "session_date": plan.session_date,
                "body_sha256": sha256(body.encode()).hexdigest(),
            },
        ),
    )


def find(connection: sqlite3.Connection, wanted: str) -> Plan | None:
    """Return the plan of a hash."""
    row = connection.execute("SELECT body FROM plan WHERE plan_hash = ?", (wanted,)).fetchone()
    return None if row is None else _decoded(row["body"])


def find_followed(connection: sqlite3.Connection, wanted: str) -> Plan | None:
    """Return the plan of a hash with its full exits as corporate actions left them (rule 15).

    The one reading for whoever sends, guards or reconciles orders of a plan.
    """
    plan = find(connection, wanted)
    return None if plan is None else following(plan, _shares_added(connection, wanted))


def is_as_told(connection: sqlite3.Connection, wanted: str, body_sha256: str | None) -> bool:
    """Whether the plan is there whole, its document as it was made and its rows as that says.

    `body_sha256` is what the event of its making tells.
    """
    row = connection.execute("SELECT * FROM plan WHERE plan_hash = ?", (wanted,)).fetchone()
    if row is None or sha256(row["body"].encode()).hexdigest() != body_sha256:
        return False
    plan = _decoded(row["body"])
    lines = connection.execute(ALL_LINES, (wanted,))
    return (
        plan_hash(plan) == wanted
        and dict(row) == {**_header(plan), "body": _document(plan)}
        and sorted(map(tuple, lines)) == sorted(_lines(plan))
    )


def recomputed_hash(connection: sqlite3.Connection, wanted: str) -> str | None:
    """Return the hash of what the rows say now; None where there is no such plan.

    Anything but `wanted` means that somebody changed the rows.
    """
    row = connection.execute(HEADER, (wanted,)).fetchone()
    if row is None:
        return None
    lines = connection.cursor()
    lines.row_factory = None
    return _hash_of_rows(tuple(row), tuple(lines.execute(LINES, (wanted,))))


@lru_cache(maxsize=4)
def _decoded(body: str) -> Plan:
    """Equal documents are equal plans: each submit reads the approved ones again."""
    return documents.decode(documents.plan(), body)


@lru_cache(maxsize=4)
def _hash_of_rows(header: tuple[Any, ...], lines: tuple[tuple[Any, ...], ...]) -> str:
    """Equal rows have equal hashes: each submit reads every row and compares it with the last."""
    (
        account,
        mode,
        endpoint,
        run_id,
        session_date,
        input_hash,
        settings_hash,
        snapshot_id,
        expires_at,
    ) = header
    content = HashedPlan(
        account=account,
        mode=mode,
        endpoint=endpoint,
        run_id=run_id,
        session_date=date.fromisoformat(session_date),
        input_hash=input_hash,
        settings_hash=settings_hash,
        snapshot_id=snapshot_id,
        expires_at=moment_of(expires_at),
        lines=tuple(_hashed_line(*line) for line in lines),
    )
    return hash_of(content)


def _shares_added(connection: sqlite3.Connection, plan_hash: str) -> dict[Symbol, int]:
    rows = connection.execute(ADDED, (plan_hash,))
    return {symbol_of(row["ts_code"]): row["quantity"] for row in rows}


def _check(transaction: Transaction, plan: Plan) -> None:
    found = Stamp(plan.mode, plan.endpoint, plan.account)
    if found != transaction.stamp:
        raise Contradiction(f"the plan is for {found}, the database for {transaction.stamp}")
    if plan.plan_hash != plan_hash(plan):
        raise Contradiction(f"the plan of {plan.run_id} does not carry its own hash")


def _header(plan: Plan) -> dict[str, PlainValue]:
    return {
        "plan_hash": plan.plan_hash,
        "run_id": plan.run_id,
        "account": plan.account,
        "mode": plan.mode,
        "endpoint": plan.endpoint,
        "session_date": plan.session_date.isoformat(),
        "input_hash": plan.input_hash,
        "settings_hash": plan.settings_hash,
        "snapshot_id": plan.snapshot_id,
        "expires_at": utc_text(plan.expires_at),
        "line_count": len(plan.lines),
    }


def _document(plan: Plan) -> str:
    return documents.encode(documents.plan(), plan)


def _lines(plan: Plan) -> list[tuple[SqlValue, ...]]:
    return [
        (
            plan.plan_hash,
            str(line.symbol),
            line.side,
            line.disposition,
            line.quantity_max,
            optional_e4(line.reference_price),
            line.reference_kind,
            optional_e4(line.limit_worst),
            int(line.full_exit),
        )
        for line in plan.lines
    ]


def _hashed_line(
    ts_code: str,
    side: str,
    quantity_max: int,
    reference_price_e4: int | None,
    reference_kind: str,
    limit_worst_e4: int | None,
) -> HashedLine:
    return HashedLine(
        symbol=symbol_of(ts_code),
        side=Side(side),
        quantity_max=quantity_max,
        reference_price=optional_money(reference_price_e4),
        reference_kind=reference_kind,
        limit_worst=optional_money(limit_worst_e4),
    )
