"""Halts, and the breaks between our book and the broker's."""

import json
import sqlite3
from collections.abc import Sequence

from statemachine.alert_texts import AUTO_HOLD, Incident
from statemachine.breaks import HALTING, Break, BreakCause, BreakKind
from statemachine.canonical import utc_text
from statemachine.order import Initiator
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage import journal, manual, outbox
from storage.manual import OF_A_DUPLICATE, Choice
from storage.records import Halt, ManualItem
from storage.rows import PlainValue, moment_of, symbol_of
from storage.transaction import Transaction

LIFT = """
UPDATE halts SET lifted_at = ?, lifted_by = ?, lifted_sequence = ?
WHERE kind = ? AND cause = IFNULL(?, cause) AND lifted_at IS NULL
"""

LIFTED = "SELECT 1 FROM halts WHERE kind = ? AND cause = ? AND lifted_at IS NOT NULL LIMIT 1"

OURSELVES = ("daemon", "sage-execd")
CLEAN = "clean"
# Listed one by one, with the order they are about, when its run ends.
LISTED_WITH_ORDERS = (BreakKind.EXPIRY_UNCONFIRMED.value,)

INSERT_BREAK = """
INSERT INTO breaks (run_id, kind, ts_code, ours, theirs, detail, subject, cause, evidence,
  explained, opened_at)
VALUES (:run_id, :kind, :ts_code, :ours, :theirs, :detail, :subject, :cause, :evidence,
  :explained, :opened_at)
"""
CHANGE_BREAK = """
UPDATE breaks SET ours = :ours, theirs = :theirs, detail = :detail, cause = :cause,
  evidence = :evidence
WHERE break_id = :break_id
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
    item_id = manual.list_item(transaction, item)
    cause = manual.cause_of(item) if halt_id is None else f"{kind} {item.reason}"
    if halt_id is not None or item_id is not None:
        listed_as = item_id or manual.open_like(transaction, item).item_id
        incident = manual.incident_of(Severity.P0, item, listed_as, kind)
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


def was_lifted(connection: sqlite3.Connection, kind: str, cause: str) -> bool:
    """Whether a halt stood for this cause and was lifted, ever."""
    return connection.execute(LIFTED, (kind, cause)).fetchone() is not None


def set_breaks(transaction: Transaction, breaks: Sequence[Break]) -> tuple[Break, ...]:
    """Make these the standing breaks; returns the new ones that lock.

    One that is about the same as one before stays the same row and keeps its age, whatever its
    figures are now; its item on the manual list is made anew with them.
    """
    wanted = list(dict.fromkeys(breaks))
    standing = _standing(transaction.connection)
    gone = {number: found for number, found in standing.items() if found not in wanted}
    fresh = [found for found in wanted if found not in standing.values()]
    opened: list[Break] = []
    for found in fresh:
        number = next((key for key, old in gone.items() if is_about_the_same(old, found)), None)
        if number is None:
            _open_break(transaction, found)
        else:
            _change_break(transaction, number, found)
            _take_off_the_list(transaction, gone.pop(number))
        if not found.explained:
            opened.append(found)
    for number, old in gone.items():
        _close_break(transaction, number, old)
        _take_off_the_list(transaction, old)
    for found in opened:
        _list_break(transaction, found)
    return tuple(opened)


def is_about_the_same(one: Break, other: Break) -> bool:
    """Whether two breaks are one difference, seen with other figures."""
    return _key_of(one) == _key_of(other)


def add_break(transaction: Transaction, found: Break) -> None:
    """Open one break beside the others; one that is open already is left as it is."""
    if found not in open_breaks(transaction.connection):
        _open_break(transaction, found)


def open_breaks(connection: sqlite3.Connection) -> tuple[Break, ...]:
    """Return open breaks that lock, oldest first."""
    return tuple(found for found in standing_breaks(connection) if not found.explained)


def standing_breaks(connection: sqlite3.Connection) -> tuple[Break, ...]:
    """Return open breaks, explained ones too, oldest first."""
    return tuple(_standing(connection).values())


def has_break(connection: sqlite3.Connection, ts_code: str) -> bool:
    """Whether an open break locks this name."""
    row = connection.execute(
        "SELECT 1 FROM breaks WHERE ts_code = ? AND closed_at IS NULL AND explained = 0 LIMIT 1",
        (ts_code,),
    ).fetchone()
    return row is not None


def _standing(connection: sqlite3.Connection) -> dict[int, Break]:
    rows = connection.execute("SELECT * FROM breaks WHERE closed_at IS NULL ORDER BY break_id")
    return {row["break_id"]: _break(row) for row in rows}


def _key_of(found: Break) -> tuple[object, ...]:
    return (found.run_id, found.kind, found.symbol, found.subject, found.explained)


def _open_break(transaction: Transaction, found: Break) -> None:
    row = _break_row(found)
    transaction.connection.execute(INSERT_BREAK, row | {"opened_at": utc_text(transaction.now)})
    _write_break_event(transaction, found, "OPENED")


def _change_break(transaction: Transaction, number: int, found: Break) -> None:
    transaction.connection.execute(CHANGE_BREAK, _break_row(found) | {"break_id": number})
    _write_break_event(transaction, found, "CHANGED")


def _close_break(transaction: Transaction, number: int, gone: Break) -> None:
    transaction.connection.execute(
        "UPDATE breaks SET closed_at = ? WHERE break_id = ?", (utc_text(transaction.now), number)
    )
    _write_break_event(transaction, gone, "CLOSED")


def _take_off_the_list(transaction: Transaction, gone: Break) -> None:
    if not gone.explained:
        manual.settle_like(transaction, _item_of(transaction, gone), CLEAN)


def _list_break(transaction: Transaction, found: Break) -> None:
    """What no reading of the books explains away stops everything, in the same transaction."""
    item = _item_of(transaction, found)
    if found.kind in HALTING:
        stop(transaction, "HALT", item, actor=OURSELVES[0])
    elif found.kind not in LISTED_WITH_ORDERS:
        manual.add(transaction, item)


def _item_of(transaction: Transaction, found: Break) -> ManualItem:
    return ManualItem(
        item_id=0,
        run_id=found.run_id,
        client_order_id=None,
        symbol=found.symbol,
        reason=HALTING.get(found.kind, Reason.BROKER_BREAK),
        detail=f"{found.kind}: {found.detail}",
        choices=OF_A_DUPLICATE if found.kind == BreakKind.DUPLICATE_AT_BROKER else (Choice.SEEN,),
        created_at=transaction.now,
        ours=found.ours,
        theirs=found.theirs,
    )


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
        "subject": found.subject,
        "cause": found.cause,
        "evidence": json.dumps(found.evidence),
        "explained": int(found.explained),
    }


def _break(row: sqlite3.Row) -> Break:
    return Break(
        run_id=row["run_id"],
        kind=row["kind"],
        symbol=None if row["ts_code"] is None else symbol_of(row["ts_code"]),
        ours=row["ours"],
        theirs=row["theirs"],
        detail=row["detail"],
        subject=row["subject"],
        cause=BreakCause(row["cause"]),
        evidence=tuple(json.loads(row["evidence"])),
        explained=bool(row["explained"]),
        since=moment_of(row["opened_at"]),
    )
