"""Halts, breaks and the list of things a person must decide."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from statemachine.alert_texts import AUTO_HOLD, Incident
from statemachine.breaks import Break
from statemachine.canonical import utc_text
from statemachine.order import Initiator
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage import documents, journal, outbox
from storage.errors import Conflict
from storage.records import Halt, ManualItem
from storage.rows import PlainValue, moment_of, symbol_of
from storage.transaction import Transaction

LIFT = """
UPDATE halts SET lifted_at = ?, lifted_by = ?, lifted_sequence = ?
WHERE kind = ? AND cause = IFNULL(?, cause) AND lifted_at IS NULL
"""

FIRST_WORD = """
SELECT actor FROM events WHERE subject_kind = 'MANUAL' AND subject = ? AND cause = ?
"""

OURSELVES = ("daemon", "sage-execd")
LEAVE, CONFIRM_ABSENT, SEEN = "leave", "confirm-absent", "seen"
CONFIRMED_ONCE = "CONFIRMED_ONCE"

INSERT_BREAK = """
INSERT INTO breaks (run_id, kind, ts_code, ours, theirs, detail, opened_at)
VALUES (:run_id, :kind, :ts_code, :ours, :theirs, :detail, :opened_at)
"""

INSERT_MANUAL = """
INSERT INTO manual (run_id, client_order_id, ts_code, reason, detail, choices, created_at)
VALUES (:run_id, :client_order_id, :ts_code, :reason, :detail, :choices, :created_at)
ON CONFLICT DO NOTHING
"""

ITEM_LIKE = """
SELECT * FROM manual
WHERE run_id IS ? AND client_order_id IS ? AND ts_code IS ? AND reason = ?
"""

LOCKED_BY_MANUAL = """
SELECT 1 FROM orders
WHERE ts_code = ? AND state = 'NEW' AND send_state = 'MANUAL'
  AND NOT EXISTS (SELECT 1 FROM manual
    WHERE manual.client_order_id = orders.client_order_id AND manual.reason = 'SEND_UNKNOWN'
      AND manual.resolution = 'confirm-absent')
LIMIT 1
"""


def halt(transaction: Transaction, kind: str, cause: str, *, actor: str) -> None:
    """Stop submits and tell of it; a halt that stands for the same cause is left as it is."""
    halt_id = _stand(transaction, kind, cause, actor)
    if halt_id is not None:
        incident = Incident(_severity(kind, cause, actor), cause, "", halt_kind=kind)
        outbox.tell(transaction, f"{kind} {cause}", incident, halt_id=halt_id)


def stop(transaction: Transaction, kind: str, item: ManualItem, *, actor: str) -> bool:
    """Stop submits under the item's reason and list the item: one alert of both, a P0.

    Returns whether the item was new.
    """
    halt_id = _stand(transaction, kind, item.reason, actor)
    item_id = _list(transaction, item)
    cause = _cause(item) if halt_id is None else f"{kind} {item.reason}"
    if halt_id is not None or item_id is not None:
        listed_as = item_id or _item_like(transaction.connection, item).item_id
        incident = _incident(Severity.P0, item, listed_as, kind)
        outbox.tell(transaction, cause, incident, halt_id=halt_id)
    return item_id is not None


def _stand(transaction: Transaction, kind: str, cause: str, actor: str) -> int | None:
    """Stand a halt and return its number; None where it stood."""
    if any((found.kind, found.cause) == (kind, cause) for found in halts(transaction.connection)):
        return None
    sequence = journal.append(
        transaction,
        journal.Happening(
            journal.Subject.HALT,
            kind,
            "HALTED",
            actor=actor,
            detail={"cause": cause},
        ),
    )
    return transaction.connection.execute(
        "INSERT INTO halts (kind, cause, actor, since, since_sequence) VALUES (?, ?, ?, ?, ?)",
        (kind, cause, actor, utc_text(transaction.now), sequence),
    ).lastrowid


def _severity(kind: str, cause: str, actor: str) -> Severity:
    """A person who halts knows of it, and the doubt about one send mostly clears itself."""
    clears_itself = kind == AUTO_HOLD and cause == Reason.SEND_UNKNOWN
    return Severity.P0 if actor in OURSELVES and not clears_itself else Severity.P1


def resume(
    transaction: Transaction, kind: str, *, actor: str, reason: str, cause: str | None = None
) -> None:
    """Lift every standing halt of a kind, or the one of a cause; nothing is written for none."""
    standing = halts(transaction.connection)
    if not any(found.kind == kind and cause in (None, found.cause) for found in standing):
        return
    sequence = journal.append(
        transaction,
        journal.Happening(
            journal.Subject.HALT,
            kind,
            "RESUMED",
            initiator=Initiator.US if actor in OURSELVES else Initiator.OPERATOR,
            actor=actor,
            detail={"reason": reason, "cause": cause},
        ),
    )
    lifted = (utc_text(transaction.now), actor, sequence, kind, cause)
    transaction.connection.execute(LIFT, lifted)


def halts(connection: sqlite3.Connection) -> tuple[Halt, ...]:
    """Return standing halts, oldest first."""
    rows = connection.execute("SELECT * FROM halts WHERE lifted_at IS NULL ORDER BY halt_id")
    return tuple(
        Halt(row["kind"], row["cause"], row["actor"], moment_of(row["since"])) for row in rows
    )


def set_breaks(transaction: Transaction, breaks: Sequence[Break]) -> tuple[Break, ...]:
    """Make these the open breaks; returns the new ones. The same break stays the same row."""
    before = open_breaks(transaction.connection)
    wanted = tuple(dict.fromkeys(breaks))
    for gone in before:
        if gone not in wanted:
            _close_break(transaction, gone)
    opened = tuple(found for found in wanted if found not in before)
    for found in opened:
        _open_break(transaction, found)
    return opened


def add_break(transaction: Transaction, found: Break) -> None:
    """Open one break beside the others; one that is open already is left as it is."""
    if found not in open_breaks(transaction.connection):
        _open_break(transaction, found)


def open_breaks(connection: sqlite3.Connection) -> tuple[Break, ...]:
    """Return open breaks, oldest first."""
    rows = connection.execute("SELECT * FROM breaks WHERE closed_at IS NULL ORDER BY break_id")
    return tuple(_break(row) for row in rows)


def has_break(connection: sqlite3.Connection, ts_code: str) -> bool:
    """Whether an open break locks this name."""
    row = connection.execute(
        "SELECT 1 FROM breaks WHERE ts_code = ? AND closed_at IS NULL LIMIT 1",
        (ts_code,),
    ).fetchone()
    return row is not None


def add_manual(
    transaction: Transaction, item: ManualItem, severity: Severity = Severity.P1
) -> bool:
    """List something for a person, once, and tell of it; its number and times are the store's.

    Returns whether it was new. What was only to be seen, and was, is told again when it comes up
    again; what was decided is not.
    """
    item_id = _list(transaction, item)
    if item_id is not None:
        outbox.tell(transaction, _cause(item), _incident(severity, item, item_id))
        return True
    known = _item_like(transaction.connection, item)
    if known.resolution == SEEN:
        incident = _incident(severity, item, known.item_id)
        outbox.tell_again(transaction, _cause(item), incident)
    return False


def _list(transaction: Transaction, item: ManualItem) -> int | None:
    """List an item and return its number; None where it was listed before."""
    cursor = transaction.connection.execute(INSERT_MANUAL, _manual_row(transaction, item))
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


def _cause(item: ManualItem) -> str:
    """Return what makes an item the same item, as one text."""
    subject = (item.run_id, item.client_order_id, item.symbol)
    return "|".join((item.reason, *("" if part is None else str(part) for part in subject)))


def _incident(
    severity: Severity, item: ManualItem, item_id: int, halt_kind: str | None = None
) -> Incident:
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


def _item_like(connection: sqlite3.Connection, item: ManualItem) -> ManualItem:
    """Return the listed item that made this one no news."""
    ts_code = None if item.symbol is None else str(item.symbol)
    subject = (item.run_id, item.client_order_id, ts_code, item.reason)
    return _manual(connection.execute(ITEM_LIKE, subject).fetchone())


def manual_items(connection: sqlite3.Connection, *, open_only: bool) -> tuple[ManualItem, ...]:
    """Return the manual list, oldest first."""
    rows = connection.execute("SELECT * FROM manual ORDER BY item_id")
    return tuple(_manual(row) for row in rows if not open_only or row["resolution"] is None)


def resolve_manual(
    transaction: Transaction, item_id: int, choice: str, actor: str, reason: str, evidence: str
) -> ManualItem:
    """Record a person's choice; Conflict if it was resolved or is not offered.

    CONFIRM_ABSENT takes two persons, each with a reason and evidence: after the first the item
    stays open.
    """
    item = _require_manual(transaction.connection, item_id)
    if item.resolution is not None:
        raise Conflict(f"item {item_id} was resolved as {item.resolution}")
    if choice not in item.choices:
        raise Conflict(f"item {item_id} offers {', '.join(item.choices)}, not {choice}")
    happening = journal.Happening(
        journal.Subject.MANUAL,
        str(item_id),
        "RESOLVED",
        run_id=item.run_id,
        initiator=Initiator.OPERATOR,
        actor=actor,
        detail={
            "choice": choice,
            "client_order_id": item.client_order_id,
            "reason": reason,
            "evidence": evidence,
        },
    )
    if choice == CONFIRM_ABSENT and not _is_second_word(transaction, item, happening):
        journal.append(transaction, replace(happening, cause=CONFIRMED_ONCE))
        return item
    transaction.connection.execute(
        "UPDATE manual SET resolution = ?, resolved_by = ?, resolved_at = ? WHERE item_id = ?",
        (choice, actor, utc_text(transaction.now), item_id),
    )
    journal.append(transaction, happening)
    return _require_manual(transaction.connection, item_id)


def _is_second_word(transaction: Transaction, item: ManualItem, word: journal.Happening) -> bool:
    """Whether another person said so before; Conflict where the same one says it twice."""
    if not (word.detail["reason"] and word.detail["evidence"]):
        raise Conflict(f"{CONFIRM_ABSENT} needs a reason and evidence")
    rows = transaction.connection.execute(FIRST_WORD, (str(item.item_id), CONFIRMED_ONCE))
    earlier = [row["actor"] for row in rows]
    if word.actor in earlier:
        raise Conflict(f"{word.actor} confirmed item {item.item_id} before: it takes two persons")
    return bool(earlier)


def is_locked_by_manual(connection: sqlite3.Connection, ts_code: str) -> bool:
    """Whether an order of this name waits on the manual list unresolved (trading-day.md 22)."""
    return connection.execute(LOCKED_BY_MANUAL, (ts_code,)).fetchone() is not None


def _open_break(transaction: Transaction, found: Break) -> None:
    row = _break_row(found)
    transaction.connection.execute(INSERT_BREAK, row | {"opened_at": utc_text(transaction.now)})
    _write_break_event(transaction, found, "OPENED")


def _close_break(transaction: Transaction, gone: Break) -> None:
    transaction.connection.execute(
        "UPDATE breaks SET closed_at = :closed_at WHERE closed_at IS NULL"
        " AND run_id IS :run_id AND kind = :kind AND ts_code IS :ts_code AND ours = :ours"
        " AND theirs = :theirs AND detail = :detail",
        _break_row(gone) | {"closed_at": utc_text(transaction.now)},
    )
    _write_break_event(transaction, gone, "CLOSED")


def _write_break_event(transaction: Transaction, found: Break, cause: str) -> None:
    subject = found.kind if found.symbol is None else f"{found.kind}/{found.symbol}"
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.BREAK,
            subject,
            cause,
            run_id=found.run_id,
            detail=_break_row(found),
        ),
    )


def _break_row(found: Break) -> dict[str, PlainValue]:
    return {
        "run_id": found.run_id,
        "kind": found.kind,
        "ts_code": None if found.symbol is None else str(found.symbol),
        "ours": found.ours,
        "theirs": found.theirs,
        "detail": found.detail,
    }


def _break(row: sqlite3.Row) -> Break:
    return Break(
        run_id=row["run_id"],
        kind=row["kind"],
        symbol=None if row["ts_code"] is None else symbol_of(row["ts_code"]),
        ours=row["ours"],
        theirs=row["theirs"],
        detail=row["detail"],
    )


def _manual_row(transaction: Transaction, item: ManualItem) -> dict[str, PlainValue]:
    return {
        "run_id": item.run_id,
        "client_order_id": item.client_order_id,
        "ts_code": None if item.symbol is None else str(item.symbol),
        "reason": item.reason.value,
        "detail": item.detail,
        "choices": documents.encode(documents.choices(), item.choices),
        "created_at": utc_text(transaction.now),
    }


def _require_manual(connection: sqlite3.Connection, item_id: int) -> ManualItem:
    row = connection.execute("SELECT * FROM manual WHERE item_id = ?", (item_id,)).fetchone()
    if row is None:
        raise Conflict(f"there is no item {item_id}")
    return _manual(row)


def _manual(row: sqlite3.Row) -> ManualItem:
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
    )
