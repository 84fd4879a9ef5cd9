"""Whose database this is, and which process may write to it."""

import sqlite3

from statemachine.canonical import utc_text
from storage import journal
from storage.errors import StaleEpoch, StampMismatch
from storage.transaction import Stamp, Transaction


def current_epoch(connection: sqlite3.Connection) -> int:
    """Return the epoch of the newest lease; 0 before the first."""
    row = connection.execute("SELECT epoch FROM lease").fetchone()
    return 0 if row is None else int(row["epoch"])


def acquire(transaction: Transaction, instance_id: str) -> None:
    """Take the lease with the transaction's epoch: every older process fails its next write.

    Raises StampMismatch when the database was made for another mode, endpoint or account, and
    StaleEpoch when another process took this epoch first.
    """
    _check_stamp(transaction, instance_id)
    connection = transaction.connection
    if current_epoch(connection) + 1 != transaction.epoch:
        raise StaleEpoch(f"epoch {transaction.epoch} was taken by another process")
    connection.execute(
        "INSERT INTO lease (only_row, epoch, instance_id, boot_id, acquired_utc)"
        " VALUES (1, :epoch, :instance_id, :boot_id, :acquired_utc)"
        " ON CONFLICT (only_row) DO UPDATE SET epoch = excluded.epoch,"
        " instance_id = excluded.instance_id, boot_id = excluded.boot_id,"
        " acquired_utc = excluded.acquired_utc",
        {
            "epoch": transaction.epoch,
            "instance_id": instance_id,
            "boot_id": transaction.boot_id,
            "acquired_utc": utc_text(transaction.utc_now),
        },
    )
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.LEASE,
            str(transaction.epoch),
            "ACQUIRED",
            actor=instance_id,
        ),
    )


def require_epoch(transaction: Transaction) -> None:
    """Raise StaleEpoch unless the lease is still this process's."""
    require_current(transaction.connection, transaction.epoch)


def require_current(connection: sqlite3.Connection, epoch: int) -> None:
    """Raise StaleEpoch unless this is the epoch of the newest lease."""
    current = current_epoch(connection)
    if current != epoch:
        raise StaleEpoch(f"epoch {epoch} was replaced by {current}")


def _check_stamp(transaction: Transaction, instance_id: str) -> None:
    connection, wanted = transaction.connection, transaction.stamp
    row = connection.execute("SELECT mode, endpoint, account FROM stamp").fetchone()
    if row is None:
        _write_stamp(transaction, instance_id)
        return
    found = Stamp(row["mode"], row["endpoint"], row["account"])
    if found != wanted:
        raise StampMismatch(f"the database belongs to {found}, not to {wanted}")


def _write_stamp(transaction: Transaction, instance_id: str) -> None:
    stamp = transaction.stamp
    transaction.connection.execute(
        "INSERT INTO stamp (only_row, mode, endpoint, account, created_by, created_utc)"
        " VALUES (1, ?, ?, ?, ?, ?)",
        (
            stamp.mode,
            stamp.endpoint,
            stamp.account,
            instance_id,
            utc_text(transaction.utc_now),
        ),
    )
