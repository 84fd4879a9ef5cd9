"""A person's word, sealed with a key that is not in the database."""

import hmac
import sqlite3
from dataclasses import replace
from hashlib import sha256

from statemachine.canonical import canonical_json, utc_text
from storage import journal, plans
from storage.errors import Conflict
from storage.records import Approval
from storage.rows import moment_of
from storage.transaction import Transaction

KEY_LENGTH = 32

INSERT = """
INSERT INTO approval
  (run_id, plan_hash, approver, uid, created_at, expires_at, nonce, mac, revoked_sequence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)
"""

VALID = """
SELECT * FROM approval
WHERE run_id = :run_id AND plan_hash = :plan_hash AND revoked_sequence IS NULL
  AND created_at <= :now AND :now < expires_at
ORDER BY approval_id DESC
"""


def approval_mac(key: bytes, approval: Approval) -> str:
    """Return HMAC-SHA256 (hexadecimal) over every field of the approval but `mac` itself.

    Raises ValueError for a key that is not 32 bytes long.
    """
    if len(key) != KEY_LENGTH:
        raise ValueError(f"the approval key has {len(key)} bytes, not {KEY_LENGTH}")
    content = canonical_json(
        {
            "run_id": approval.run_id,
            "plan_hash": approval.plan_hash,
            "approver": approval.approver,
            "uid": approval.uid,
            "created_at": approval.created_at,
            "expires_at": approval.expires_at,
            "nonce": approval.nonce,
        },
    )
    return hmac.new(key, content, sha256).hexdigest()


def sealed(key: bytes, approval: Approval) -> Approval:
    """Return the approval with its MAC."""
    return replace(approval, mac=approval_mac(key, approval))


def is_authentic(key: bytes, approval: Approval) -> bool:
    """Whether the MAC belongs to these fields and this key; takes constant time."""
    return hmac.compare_digest(approval_mac(key, approval).encode(), approval.mac.encode())


def insert(transaction: Transaction, approval: Approval) -> None:
    """Store an approval of the plan as its rows say it now; Conflict names what is wrong."""
    _check(transaction, approval)
    cursor = transaction.connection.execute(
        INSERT,
        (
            approval.run_id,
            approval.plan_hash,
            approval.approver,
            approval.uid,
            utc_text(approval.created_at),
            utc_text(approval.expires_at),
            approval.nonce,
            approval.mac,
        ),
    )
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.APPROVAL,
            approval.nonce,
            "APPROVED",
            run_id=approval.run_id,
            actor=approval.approver,
            detail={
                "approval_id": cursor.lastrowid,
                "plan_hash": approval.plan_hash,
                "uid": approval.uid,
                "expires_at": approval.expires_at,
                "mac": approval.mac,
            },
        ),
    )


def revoke(transaction: Transaction, run_id: str, event_sequence: int) -> None:
    """Void the standing approvals of a run as of an event."""
    transaction.connection.execute(
        "UPDATE approval SET revoked_sequence = ? WHERE run_id = ? AND revoked_sequence IS NULL",
        (event_sequence, run_id),
    )


def valid_approval_id(transaction: Transaction, run_id: str, plan_hash: str) -> int | None:
    """Return the row that allows sending this plan now; None where nothing does."""
    wanted = {"run_id": run_id, "plan_hash": plan_hash, "now": utc_text(transaction.now)}
    for row in transaction.connection.execute(VALID, wanted):
        if is_authentic(transaction.approval_key, approval_of(row)):
            return int(row["approval_id"])
    return None


def approval_of(row: sqlite3.Row) -> Approval:
    """Return the approval of a row."""
    return Approval(
        run_id=row["run_id"],
        plan_hash=row["plan_hash"],
        approver=row["approver"],
        uid=row["uid"],
        created_at=moment_of(row["created_at"]),
        expires_at=moment_of(row["expires_at"]),
        nonce=row["nonce"],
        mac=row["mac"],
    )


def _check(transaction: Transaction, approval: Approval) -> None:
    connection = transaction.connection
    if not is_authentic(transaction.approval_key, approval):
        raise Conflict("the approval's MAC does not fit")
    plan = plans.find(connection, approval.plan_hash)
    if plan is None or plans.recomputed_hash(connection, plan.plan_hash) != approval.plan_hash:
        raise Conflict(f"no stored plan has the hash {approval.plan_hash}")
    if not approval.created_at <= transaction.now < approval.expires_at <= plan.expires_at:
        raise Conflict(
            f"the approval holds from {approval.created_at} to {approval.expires_at},"
            f" the plan to {plan.expires_at}, and it is {transaction.now}",
        )
    if _is_used(connection, approval.nonce):
        raise Conflict("the approval was used before")


def _is_used(connection: sqlite3.Connection, nonce: str) -> bool:
    row = connection.execute("SELECT 1 FROM approval WHERE nonce = ?", (nonce,)).fetchone()
    return row is not None
