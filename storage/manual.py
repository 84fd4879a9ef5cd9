"""The list of things a person must look at or decide, and what was decided."""

import sqlite3
from datetime import timedelta
from enum import StrEnum

from statemachine.alert_texts import Incident
from statemachine.canonical import utc_text
from statemachine.order import Initiator
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage import documents, journal, outbox
from storage.errors import Conflict
from storage.records import ManualItem
from storage.rows import PlainValue, moment_of, symbol_of
from storage.transaction import Transaction

INSERT = """
INSERT INTO manual
  (run_id, client_order_id, ts_code, reason, detail, choices, created_at, ours, theirs)
VALUES
  (:run_id, :client_order_id, :ts_code, :reason, :detail, :choices, :created_at, :ours, :theirs)
ON CONFLICT DO NOTHING
"""

SETTLED_SINCE = """
SELECT 1 FROM manual
WHERE reason = :reason AND resolved_at > :since AND resolution <> 'done' AND run_id IS :run_id
  AND client_order_id IS :client_order_id AND ts_code IS :ts_code LIMIT 1
"""

OPEN_LIKE = """
SELECT * FROM manual
WHERE reason = :reason AND resolution IS NULL AND run_id IS :run_id
  AND client_order_id IS :client_order_id AND ts_code IS :ts_code
"""

LOCKED_BY_MANUAL = """
SELECT 1 FROM orders
WHERE ts_code = ? AND state = 'NEW' AND send_state = 'MANUAL'
  AND NOT EXISTS (SELECT 1 FROM manual
    WHERE manual.client_order_id = orders.client_order_id AND manual.reason = 'SEND_UNKNOWN'
      AND manual.resolution = 'confirm-absent')
LIMIT 1
"""

ADOPTED = "SELECT 1 FROM manual WHERE client_order_id = ? AND resolution = 'adopt-order'"
RESOLVE = "UPDATE manual SET resolution = ?, resolved_by = ?, resolved_at = ? WHERE item_id = ?"
NEVER = timedelta(0)
# The word of an item that another verb answered; nobody types it.
DONE = "done"
# The index `manual_once` says the same.
TOLD_APART_BY_WORDS = frozenset(
    {
        Reason.INVARIANT_VIOLATED,
        Reason.BROKER_BREAK,
        Reason.MISSING_AT_BROKER,
        Reason.DUPLICATE_AT_BROKER,
    }
)


class Choice(StrEnum):
    """The words `resolve` takes; an item offers some of them.

    SEEN, ACKNOWLEDGE and CONTINUE say that somebody looked. LEAVE keeps the item and its lock.
    CONFIRM_ABSENT: the order never arrived, and what is left goes into the residual plan; two
    persons. ADOPT_ORDER: an order of the broker's, named as the evidence, is this one.
    CANCEL_DUPLICATE: a person cancels it at the terminal; the item stays until it is seen gone.
    WRITE_OFF: given up, not carried. RETRY: what is left goes into the residual plan.
    """

    SEEN = "seen"
    ACKNOWLEDGE = "acknowledge"
    CONTINUE = "continue"
    LEAVE = "leave"
    ADOPT_ORDER = "adopt-order"
    CONFIRM_ABSENT = "confirm-absent"
    CANCEL_DUPLICATE = "cancel-duplicate"
    WRITE_OFF = "write-off"
    RETRY = "retry"


OF_DOUBT = (Choice.LEAVE, Choice.ADOPT_ORDER, Choice.CONFIRM_ABSENT, Choice.WRITE_OFF)
OF_A_DUPLICATE = (Choice.SEEN, Choice.CANCEL_DUPLICATE)
OF_AN_OPEN_END = (Choice.LEAVE, Choice.WRITE_OFF)
OF_A_FAILURE = (Choice.WRITE_OFF, Choice.RETRY)


def add(
    transaction: Transaction,
    item: ManualItem,
    severity: Severity = Severity.P1,
    quiet: timedelta = NEVER,
) -> bool:
    """List something for a person, once while it is open, and tell of it.

    Its number and times are the store's. It is not listed again within `quiet` of its resolution,
    for causes that are looked at often and may simply stand on. Returns whether it was new.
    """
    if quiet and _was_settled(transaction, item, quiet):
        return False
    item_id = list_item(transaction, item)
    if item_id is not None:
        outbox.tell(transaction, cause_of(item), incident_of(severity, item, item_id))
    return item_id is not None


def list_item(transaction: Transaction, item: ManualItem) -> int | None:
    """List an item and return its number; None where it is listed. The caller tells of it."""
    cursor = transaction.connection.execute(INSERT, _row(transaction, item))
    if cursor.rowcount:
        journal.append(
            transaction,
            journal.Happening(
                journal.Subject.MANUAL,
                str(cursor.lastrowid),
                item.reason.value,
                run_id=item.run_id,
                detail={"client_order_id": item.client_order_id, "detail": item.detail},
            ),
        )
    return cursor.lastrowid if cursor.rowcount else None


def cause_of(item: ManualItem) -> str:
    """Return what makes an open item the same item, as one text."""
    subject = (item.run_id, item.client_order_id, item.symbol)
    said = (item.detail,) if item.reason in TOLD_APART_BY_WORDS else ()
    parts = (item.reason, *("" if part is None else str(part) for part in subject), *said)
    return "|".join(parts)


def incident_of(
    severity: Severity, item: ManualItem, item_id: int, halt_kind: str | None = None
) -> Incident:
    """Return what the alert about an item says."""
    return Incident(
        severity=severity,
        cause=item.reason,
        detail=item.detail,
        run_id=item.run_id,
        client_order_id=item.client_order_id,
        symbol=item.symbol,
        item_id=item_id,
        choices=item.choices,
        halt_kind=halt_kind,
    )


def open_like(transaction: Transaction, item: ManualItem) -> ManualItem:
    """Return the open item that made this one no news."""
    rows = transaction.connection.execute(OPEN_LIKE, _row(transaction, item))
    return next(found for found in map(_item, rows) if cause_of(found) == cause_of(item))


def items(connection: sqlite3.Connection, *, open_only: bool) -> tuple[ManualItem, ...]:
    """Return the manual list, oldest first."""
    rows = connection.execute("SELECT * FROM manual ORDER BY item_id")
    return tuple(_item(row) for row in rows if not open_only or row["resolution"] is None)


def require(connection: sqlite3.Connection, item_id: int) -> ManualItem:
    """Return an item that must exist; Conflict where it does not."""
    row = connection.execute("SELECT * FROM manual WHERE item_id = ?", (item_id,)).fetchone()
    if row is None:
        raise Conflict(f"there is no item {item_id}", f"没有第 {item_id} 项")
    return _item(row)


def close(transaction: Transaction, item_id: int, word: str, actor: str) -> None:
    """Record how an item ended; the caller writes the event."""
    transaction.connection.execute(RESOLVE, (word, actor, utc_text(transaction.now), item_id))


def finish(transaction: Transaction, item_id: int, actor: str) -> None:
    """Close an item because what it asks for was done by another verb; Conflict if it is closed.

    Where it comes up again it is news: nobody said to have seen that.
    """
    item = require(transaction.connection, item_id)
    if item.resolution is not None:
        raise Conflict(
            f"item {item_id} was resolved as {item.resolution}",
            f"第 {item_id} 项已处理为 {item.resolution}",
        )
    close(transaction, item_id, DONE, actor)
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.MANUAL,
            str(item_id),
            "RESOLVED",
            run_id=item.run_id,
            initiator=Initiator.OPERATOR,
            actor=actor,
            detail={"choice": DONE, "client_order_id": item.client_order_id},
        ),
    )


def settle(transaction: Transaction, item: ManualItem, word: str) -> None:
    """Close an item whose cause went away by itself."""
    close(transaction, item.item_id, word, "daemon")
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.MANUAL,
            str(item.item_id),
            "RESOLVED",
            run_id=item.run_id,
            initiator=Initiator.US,
            detail={"choice": word, "client_order_id": item.client_order_id},
        ),
    )


def settle_like(transaction: Transaction, about: ManualItem, word: str) -> None:
    """Close the open item that says the same about the same."""
    rows = transaction.connection.execute(OPEN_LIKE, _row(transaction, about)).fetchall()
    for found in map(_item, rows):
        if found.detail == about.detail:
            settle(transaction, found, word)


def is_locked_by_manual(connection: sqlite3.Connection, ts_code: str) -> bool:
    """Whether an order of this name waits on the manual list unresolved (trading-day.md 22)."""
    return connection.execute(LOCKED_BY_MANUAL, (ts_code,)).fetchone() is not None


def is_adopted(connection: sqlite3.Connection, client_order_id: str) -> bool:
    """Whether a person took an order of the broker's for this one: it carries no id of ours."""
    return connection.execute(ADOPTED, (client_order_id,)).fetchone() is not None


def _was_settled(transaction: Transaction, item: ManualItem, quiet: timedelta) -> bool:
    row = _row(transaction, item) | {"since": utc_text(transaction.now - quiet)}
    return transaction.connection.execute(SETTLED_SINCE, row).fetchone() is not None


def _row(transaction: Transaction, item: ManualItem) -> dict[str, PlainValue]:
    return {
        "run_id": item.run_id,
        "client_order_id": item.client_order_id,
        "ts_code": None if item.symbol is None else str(item.symbol),
        "reason": item.reason.value,
        "detail": item.detail,
        "choices": documents.encode(documents.choices(), item.choices),
        "created_at": utc_text(transaction.now),
        "ours": item.ours,
        "theirs": item.theirs,
    }


def _item(row: sqlite3.Row) -> ManualItem:
    return ManualItem(
        item_id=row["item_id"],
        run_id=row["run_id"],
        client_order_id=row["client_order_id"],
        symbol=None if row["ts_code"] is None else symbol_of(row["ts_code"]),
        reason=Reason(row["reason"]),
        detail=row["detail"],
        choices=documents.decode(documents.choices(), row["choices"]),
        created_at=moment_of(row["created_at"]),
        resolution=row["resolution"],
        ours=row["ours"],
        theirs=row["theirs"],
    )
