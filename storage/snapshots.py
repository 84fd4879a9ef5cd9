"""Account snapshots as documents; only a verified one is believed (trading-day.md rule 13)."""

import sqlite3

from statemachine.canonical import utc_text
from statemachine.position import AccountSnapshot
from storage import documents
from storage.transaction import Transaction

UPSERT = """
INSERT INTO snapshots (snapshot_id, as_of, verified_at, body)
VALUES (:snapshot_id, :as_of, :verified_at, :body)
ON CONFLICT (snapshot_id) DO UPDATE SET
  as_of = excluded.as_of, verified_at = excluded.verified_at, body = excluded.body
"""

LATEST = """
SELECT body FROM snapshots WHERE verified_at IS NOT NULL ORDER BY verified_at DESC LIMIT 1
"""


def save(transaction: Transaction, snapshot: AccountSnapshot) -> None:
    """Keep a snapshot; the same content seen again takes the newer times."""
    verified_at = snapshot.verified_at
    transaction.connection.execute(
        UPSERT,
        {
            "snapshot_id": snapshot.snapshot_id,
            "as_of": utc_text(snapshot.as_of),
            "verified_at": None if verified_at is None else utc_text(verified_at),
            "body": documents.encode(documents.snapshot(), snapshot),
        },
    )


def latest(connection: sqlite3.Connection) -> AccountSnapshot | None:
    """Return the snapshot that was verified last."""
    row = connection.execute(LATEST).fetchone()
    return None if row is None else documents.decode(documents.snapshot(), row["body"])
