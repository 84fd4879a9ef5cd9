"""The write-ahead log of everything that may leave: opened before a byte goes, closed after.

A row that is still open when the process starts again means that we do not know.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import assert_never

from market.phases import SHANGHAI
from statemachine import own_moves
from statemachine.canonical import Canonical, utc_text
from statemachine.order import CancelOutcome, Order, OrderState, SendState
from storage import doubt, journal, orders, sent, trouble
from storage.errors import Conflict
from storage.evidence import keep_evidence
from storage.orders import Why
from storage.records import ClosedSend, SendOutcome
from storage.rows import SqlValue
from storage.transaction import Transaction

INSERT = """
INSERT INTO wire (client_order_id, kind, try, run_id, plan_hash, approval_id, session_date, cut_off,
  body_sha256, opened_at, opened_utc, opened_monotonic_ns, opened_sequence, boot_id, epoch, exempt)
VALUES (:client_order_id, :kind, :try, :run_id, :plan_hash, :approval_id, :session_date, :cut_off,
  :body_sha256, :opened_at, :opened_utc, :opened_monotonic_ns, :opened_sequence, :boot_id, :epoch,
  :exempt)
"""

CLOSE = """
UPDATE wire SET closed_at = :closed_at, bytes_started = :bytes_started, outcome = :outcome,
  code = :code, message = :message, systemic = :systemic, evidence_sha256 = :evidence_sha256
WHERE sequence = :sequence
"""

COUNT = """
SELECT COUNT(*) AS messages FROM wire
WHERE session_date = ? AND kind = ? AND exempt = 0
  AND (bytes_started IS NULL OR bytes_started = 1)
"""

SUBMIT, CANCEL = "SUBMIT", "CANCEL"
NO_CANCEL_WINDOW = "MARKET_NO_CANCEL"


@dataclass(frozen=True, slots=True)
class _Answer:
    """The columns of a row that its closing fills, flags as 0 or 1."""

    bytes_started: int
    outcome: SendOutcome
    code: str
    message: str = ""
    systemic: int = 0
    evidence_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """What allows a submit: its plan, its approval, and the day it is for."""

    plan_hash: str
    approval_id: int
    session_date: date
    cut_off: datetime
    body_sha256: str


def open_submit(transaction: Transaction, order: Order, permit: Permit) -> int:
    """Write the OPEN row of one submit and move the order's send_state; returns the sequence."""
    attempt = _next_try(transaction.connection, order.client_order_id, SUBMIT)
    detail: dict[str, Canonical] = {
        "try": attempt,
        "body_sha256": permit.body_sha256,
        "plan_hash": permit.plan_hash,
        "approval_id": permit.approval_id,
        "cut_off": permit.cut_off,
    }
    opened = replace(order, send_state=SendState.OPEN)
    why = Why("SUBMIT_OPENED", evidence_sha256=permit.body_sha256, detail=detail)
    orders.save(transaction, order, opened, (), why)
    return _insert(
        transaction,
        order,
        {
            "kind": SUBMIT,
            "try": attempt,
            "exempt": 0,
            "plan_hash": permit.plan_hash,
            "approval_id": permit.approval_id,
            "session_date": permit.session_date.isoformat(),
            "cut_off": utc_text(permit.cut_off),
            "body_sha256": permit.body_sha256,
        },
    )


def close_submits(
    transaction: Transaction,
    results: Sequence[ClosedSend],
    evidence: bytes,
) -> tuple[Order, ...]:
    """Keep the reply, close every row and move every order; returns the orders as they are now.

    Conflict, with nothing changed, when a row is not the open submit it is said to be.
    """
    key = keep_evidence(transaction, evidence)
    closed = tuple(_close_submit(transaction, result, key) for result in results)
    _hold_for_doubt(transaction, closed)
    doubt.clear(transaction)
    return closed


def open_cancel(transaction: Transaction, client_order_id: str, *, is_exempt: bool = False) -> int:
    """Write the OPEN row of one cancel request; an exempt one counts in no budget (rule 20).

    Conflict unless the order waits for a cancel that reaches it and no other request is open.
    """
    order = orders.require(transaction.connection, client_order_id)
    orders.require_cancelable(transaction.connection, order)
    wished = order.is_unresolved and order.want_cancel is not None
    if order.state is not OrderState.CANCEL_PENDING and not wished:
        raise Conflict(f"{client_order_id} is {order.state}: no cancel was asked for")
    if _has_open(transaction.connection, client_order_id, CANCEL):
        raise Conflict(f"a cancel of {client_order_id} is on its way")
    attempt = _next_try(transaction.connection, client_order_id, CANCEL)
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.WIRE,
            client_order_id,
            "CANCEL_OPENED",
            run_id=order.run_id,
            detail={"try": attempt},
        ),
    )
    noted = own_moves.note_cancel_sent(order)
    orders.save(transaction, order, noted, (), Why("CANCEL_SENT"))
    return _insert(
        transaction,
        order,
        {
            "kind": CANCEL,
            "try": attempt,
            "exempt": int(is_exempt),
            "plan_hash": None,
            "approval_id": None,
            "session_date": transaction.now.astimezone(SHANGHAI).date().isoformat(),
            "cut_off": None,
            "body_sha256": None,
        },
    )


def close_cancel(
    transaction: Transaction,
    sequence: int,
    outcome: SendOutcome,
    code: str,
    evidence: bytes,
) -> None:
    """Close a cancel's row and note what was answered; Conflict if it is not an open cancel."""
    row = _require_open(transaction.connection, sequence, CANCEL)
    key = keep_evidence(transaction, evidence)
    order = orders.require(transaction.connection, row["client_order_id"])
    started = int(outcome is not SendOutcome.NOT_SENT)
    _close(transaction, row, _Answer(started, outcome, code, evidence_sha256=key))
    answer = _cancel_outcome(outcome, code)
    settlement = own_moves.note_cancel_reply(order, answer, code, transaction.now)
    why = Why(f"CANCEL_{outcome}", evidence_sha256=key, detail={"code": code})
    orders.save_settlement(transaction, order, settlement, why)


def recover_open(transaction: Transaction) -> tuple[str, ...]:
    """Close every row a dead process left open as UNKNOWN (A2); returns the orders concerned."""
    rows = transaction.connection.execute(
        "SELECT * FROM wire WHERE outcome IS NULL ORDER BY sequence",
    ).fetchall()
    for row in rows:
        _recover(transaction, row)
    names = dict.fromkeys(row["client_order_id"] for row in rows)
    _hold_for_doubt(transaction, [orders.require(transaction.connection, name) for name in names])
    return tuple(names)


def message_counts(connection: sqlite3.Connection, session_date: date) -> tuple[int, int]:
    """Return (submits, cancels) of a day whose bytes may have left and that count (rule 20)."""
    day = session_date.isoformat()
    submits = connection.execute(COUNT, (day, SUBMIT)).fetchone()["messages"]
    cancels = connection.execute(COUNT, (day, CANCEL)).fetchone()["messages"]
    return submits, cancels


def _hold_for_doubt(transaction: Transaction, answered: Sequence[Order]) -> None:
    if any(
        order.state is OrderState.NEW
        and order.send_state in (SendState.UNKNOWN, SendState.ABSENT_WAIT, SendState.RESENT_ONCE)
        for order in answered
    ):
        doubt.stand_hold(transaction)


def _close_submit(transaction: Transaction, result: ClosedSend, evidence_sha256: str) -> Order:
    row = _require_open(transaction.connection, result.wire_sequence, SUBMIT)
    if row["client_order_id"] != result.client_order_id:
        raise Conflict(f"wire row {result.wire_sequence} is not of {result.client_order_id}")
    answer = _Answer(
        int(result.bytes_started),
        result.outcome,
        result.code,
        result.message,
        int(result.systemic),
        evidence_sha256,
    )
    _close(transaction, row, answer)
    detail: dict[str, Canonical] = {
        "code": result.code,
        "message": result.message,
        "systemic": result.systemic,
    }
    why = Why(f"SUBMIT_{result.outcome}", evidence_sha256=evidence_sha256, detail=detail)
    return _take_answer(transaction, result, why)


def _take_answer(transaction: Transaction, result: ClosedSend, why: Why) -> Order:
    """Move the order; what the venue showed meanwhile is believed over the answer."""
    order = orders.require(transaction.connection, result.client_order_id)
    if result.report is not None:
        told = replace(why, report=result.report)
        order = orders.bring_up_to_date(transaction, order, result.report, told).order
    if order.state is not OrderState.NEW or order.send_state is SendState.ACCEPTED:
        _require_agreement(transaction, order, result)
        return order
    again = sent.is_sent_again(transaction.connection, result.client_order_id)
    if result.outcome is SendOutcome.REFUSED and not again:
        refused, steps = own_moves.refuse_send(
            order,
            result.code,
            result.message,
            transaction.now,
        )
        return orders.save(transaction, order, refused, steps, why)
    after = replace(order, send_state=_send_state(transaction.connection, order, result.outcome))
    return orders.save(transaction, order, after, (), why)


def _send_state(connection: sqlite3.Connection, order: Order, outcome: SendOutcome) -> SendState:
    """Return what the answer leaves us knowing.

    Where an earlier send of the order may have left, no answer but an acceptance ends the doubt.
    """
    if outcome is SendOutcome.ACCEPTED or not sent.is_sent_again(connection, order.client_order_id):
        return SendState(outcome)
    return SendState.ABSENT_WAIT if outcome is SendOutcome.NOT_SENT else SendState.RESENT_ONCE


def _require_agreement(transaction: Transaction, order: Order, result: ClosedSend) -> None:
    """An order the venue shows, but whose answer was no, is not understood: nothing more goes."""
    said_no = result.outcome in (SendOutcome.REFUSED, SendOutcome.NOT_SENT)
    if said_no and order.state is not OrderState.REJECTED:
        cause = f"ANSWER_CONTRADICTED {order.client_order_id}"
        trouble.halt(transaction, "HALT", cause, actor="daemon")


def _recover(transaction: Transaction, row: sqlite3.Row) -> None:
    _close(
        transaction,
        row,
        _Answer(1, SendOutcome.UNKNOWN, doubt.RECOVERED, "open when the process ended"),
    )
    order = orders.require(transaction.connection, row["client_order_id"])
    if order.is_terminal:
        return
    if row["kind"] == CANCEL:
        after = replace(order, cancel_outcome=CancelOutcome.UNKNOWN)
    elif order.send_state is SendState.OPEN:
        unknown = _send_state(transaction.connection, order, SendOutcome.UNKNOWN)
        after = replace(order, send_state=unknown)
    else:
        return
    orders.save(transaction, order, after, (), Why("RECOVERED"))


def _cancel_outcome(outcome: SendOutcome, code: str) -> CancelOutcome:
    match outcome:
        case SendOutcome.ACCEPTED:
            return CancelOutcome.SENT
        case SendOutcome.REFUSED:
            return CancelOutcome.WINDOW if code == NO_CANCEL_WINDOW else CancelOutcome.REFUSED
        case SendOutcome.NOT_SENT:
            return CancelOutcome.NONE
        case SendOutcome.UNKNOWN:
            return CancelOutcome.UNKNOWN
        case _:
            assert_never(outcome)


def _insert(transaction: Transaction, order: Order, row: dict[str, SqlValue]) -> int:
    opened_sequence, _ = journal.head(transaction.connection)
    cursor = transaction.connection.execute(
        INSERT,
        row
        | {
            "client_order_id": order.client_order_id,
            "run_id": order.run_id,
            "opened_at": utc_text(transaction.now),
            "opened_utc": utc_text(transaction.utc_now),
            "opened_monotonic_ns": transaction.monotonic_ns,
            "opened_sequence": opened_sequence,
            "boot_id": transaction.boot_id,
            "epoch": transaction.epoch,
        },
    )
    return int(cursor.lastrowid or 0)


def _close(transaction: Transaction, wire: sqlite3.Row, answer: _Answer) -> None:
    """Close a row and tell all of it in one event: an order may have nothing to say of it."""
    row = asdict(answer)
    closed = {"sequence": wire["sequence"], "closed_at": utc_text(transaction.now)}
    transaction.connection.execute(CLOSE, row | closed)
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.WIRE,
            wire["client_order_id"],
            f"{wire['kind']}_CLOSED",
            run_id=wire["run_id"],
            evidence_sha256=row.pop("evidence_sha256"),
            detail={"wire": wire["sequence"], **row},
        ),
    )


def _require_open(connection: sqlite3.Connection, sequence: int, kind: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM wire WHERE sequence = ? AND kind = ? AND outcome IS NULL",
        (sequence, kind),
    ).fetchone()
    if row is None:
        raise Conflict(f"wire row {sequence} is no open {kind}")
    return row


def _has_open(connection: sqlite3.Connection, client_order_id: str, kind: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM wire WHERE client_order_id = ? AND kind = ? AND outcome IS NULL",
        (client_order_id, kind),
    ).fetchone()
    return row is not None


def _next_try(connection: sqlite3.Connection, client_order_id: str, kind: str) -> int:
    row = connection.execute(
        "SELECT COUNT(*) AS tries FROM wire WHERE client_order_id = ? AND kind = ?",
        (client_order_id, kind),
    ).fetchone()
    return int(row["tries"]) + 1
