"""A person's word, sealed with a key that is not in the database."""

import hmac
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from market.side import Side
from statemachine.canonical import Canonical, canonical_json, utc_text
from storage import journal, plans
from storage.errors import Conflict
from storage.records import Approval, Stage
from storage.rows import moment_of
from storage.transaction import Transaction

KEY_LENGTH = 32

INSERT = """
INSERT INTO approval
  (run_id, plan_hash, approver, uid, created_at, expires_at, nonce, mac, stage, persons_min,
   revoked_sequence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
"""

# The journal is chained, the column is not: an approval counts only if an event tells of it, and
# while no later event took it back.
STANDING = """
revoked_sequence IS NULL AND EXISTS (
  SELECT 1 FROM events AS given
  WHERE given.subject_kind = 'APPROVAL' AND given.subject = approval.nonce
    AND NOT EXISTS (
      SELECT 1 FROM events AS voiding
      WHERE voiding.subject_kind = 'RUN' AND voiding.subject = approval.run_id
        AND voiding.sequence > given.sequence
        AND voiding.source IN ('AWAITING_APPROVAL', 'APPROVED')
        AND voiding.target NOT IN ('APPROVED', 'SUBMITTING', 'RECONCILING')))
"""

VALID = f"""
SELECT * FROM approval
WHERE run_id = :run_id AND plan_hash = :plan_hash
  AND created_at <= :now AND :now < expires_at AND {STANDING}
ORDER BY approval_id DESC
"""  # noqa: S608 - constants of this module


def approval_mac(key: bytes, approval: Approval) -> str:
    """Return HMAC-SHA256 (hexadecimal) over every field of the approval but `mac` itself.

    Raises ValueError for a key that is not 32 bytes long.
    """
    if len(key) != KEY_LENGTH:
        raise ValueError(f"the approval key has {len(key)} bytes, not {KEY_LENGTH}")
    return hmac.new(key, canonical_json(_sealed_fields(approval)), sha256).hexdigest()


def _sealed_fields(approval: Approval) -> dict[str, Canonical]:
    """What the seal is over; the plain approval of one person is sealed as it always was."""
    fields: dict[str, Canonical] = {
        "run_id": approval.run_id,
        "plan_hash": approval.plan_hash,
        "approver": approval.approver,
        "uid": approval.uid,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
        "nonce": approval.nonce,
    }
    if (approval.stage, approval.persons_min) != (Stage.ALL, 1):
        fields |= {"stage": approval.stage, "persons_min": approval.persons_min}
    return fields


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
            approval.stage,
            approval.persons_min,
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
                "stage": approval.stage,
                "persons_min": approval.persons_min,
            },
        ),
    )


def revoke(transaction: Transaction, run_id: str, event_sequence: int) -> None:
    """Void the standing approvals of a run as of an event."""
    transaction.connection.execute(
        "UPDATE approval SET revoked_sequence = ? WHERE run_id = ? AND revoked_sequence IS NULL",
        (event_sequence, run_id),
    )


def valid_approval_id(
    transaction: Transaction, run_id: str, plan_hash: str, side: Side
) -> int | None:
    """Return the row that allows sending this side of a plan now; None where nothing does."""
    found = {
        approval: number
        for number, approval in _valid(
            transaction.connection, transaction.approval_key, run_id, plan_hash, transaction.now
        )
    }
    if side not in covered_sides(found):
        return None
    return next(number for approval, number in found.items() if approval.stage.covers(side))


def standing(
    connection: sqlite3.Connection, key: bytes, run_id: str, plan_hash: str, now: datetime
) -> tuple[Approval, ...]:
    """Return the approvals of a plan that count now, newest first: seal, time, no revocation.

    None of them counts where the plan's rows no longer have the hash that was approved.
    """
    if plans.recomputed_hash(connection, plan_hash) != plan_hash:
        return ()
    return tuple(approval for _, approval in _valid(connection, key, run_id, plan_hash, now))


def covered_sides(approvals: Iterable[Approval]) -> frozenset[Side]:
    """Return the sides that enough different persons approved, by name as well as by uid.

    The approvals are of one plan and count each for itself.
    """
    given = tuple(approvals)
    return frozenset(
        side for side in Side if _is_enough([each for each in given if each.stage.covers(side)])
    )


def _is_enough(approvals: Sequence[Approval]) -> bool:
    persons_min = max((approval.persons_min for approval in approvals), default=1)
    names = {approval.approver for approval in approvals}
    uids = {approval.uid for approval in approvals}
    return min(len(names), len(uids)) >= persons_min


def _valid(
    connection: sqlite3.Connection, key: bytes, run_id: str, plan_hash: str, now: datetime
) -> Iterator[tuple[int, Approval]]:
    wanted = {"run_id": run_id, "plan_hash": plan_hash, "now": utc_text(now)}
    for row in connection.execute(VALID, wanted):
        approval = approval_of(row)
        if is_authentic(key, approval):
            yield int(row["approval_id"]), approval


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
        stage=Stage(row["stage"]),
        persons_min=row["persons_min"],
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
        raise Conflict("the approval was used before", "该批准已被使用过")
    for earlier in standing(
        connection,
        transaction.approval_key,
        approval.run_id,
        approval.plan_hash,
        transaction.now,
    ):
        if earlier.stage is approval.stage and _is_same_person(earlier, approval):
            raise Conflict(
                f"{approval.approver} approved this before", f"{approval.approver} 此前已批准"
            )


def _is_same_person(one: Approval, other: Approval) -> bool:
    return one.uid == other.uid or one.approver == other.approver


def _is_used(connection: sqlite3.Connection, nonce: str) -> bool:
    row = connection.execute("SELECT 1 FROM approval WHERE nonce = ?", (nonce,)).fetchone()
    return row is not None
