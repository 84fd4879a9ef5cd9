"""What lets only sells go: stood by a person, lifted by `resume`."""

import sqlite3

from statemachine.canonical import utc_text
from statemachine.order import Initiator
from storage import journal
from storage.records import Halt
from storage.rows import moment_of
from storage.transaction import Transaction

KIND = "REDUCE_ONLY"

LIFT = """
UPDATE reductions SET lifted_at = ?, lifted_by = ?, lifted_sequence = ? WHERE lifted_at IS NULL
"""


def stand(transaction: Transaction, cause: str, *, actor: str) -> None:
    """Let only sells go from here; one that stands for the same cause is left as it is."""
    if any(found.cause == cause for found in standing(transaction.connection)):
        return
    sequence = _note(transaction, "HALTED", actor, cause)
    transaction.connection.execute(
        "INSERT INTO reductions (cause, actor, since, since_sequence) VALUES (?, ?, ?, ?)",
        (cause, actor, utc_text(transaction.now), sequence),
    )


def lift(transaction: Transaction, *, actor: str, reason: str) -> None:
    """Let buys go again; nothing is written where they may."""
    if not standing(transaction.connection):
        return
    sequence = _note(transaction, "RESUMED", actor, reason)
    transaction.connection.execute(LIFT, (utc_text(transaction.now), actor, sequence))


def standing(connection: sqlite3.Connection) -> tuple[Halt, ...]:
    """Return what stands, oldest first."""
    rows = connection.execute(
        "SELECT * FROM reductions WHERE lifted_at IS NULL ORDER BY reduction_id"
    )
    return tuple(Halt(KIND, row["cause"], row["actor"], moment_of(row["since"])) for row in rows)


def _note(transaction: Transaction, cause: str, actor: str, why: str) -> int:
    happening = journal.Happening(
        journal.Subject.HALT,
        KIND,
        cause,
        initiator=Initiator.OPERATOR,
        actor=actor,
        detail={"reason": why},
    )
    return journal.append(transaction, happening)
