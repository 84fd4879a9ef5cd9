"""What the write-ahead log says may have left, and how often."""

import sqlite3
from datetime import date, timedelta

from market.side import Side
from storage.records import SentBatch, SentOrder
from storage.rows import moment_of, symbol_of

# Of each order: its submits that may have left. NOT_SENT is proof that nothing did.
LEFT = """
SELECT sequence, body_sha256, try, opened_at FROM wire
WHERE client_order_id = ? AND kind = 'SUBMIT' AND IFNULL(bytes_started, 1) = 1
  AND IFNULL(outcome, 'UNKNOWN') <> 'NOT_SENT'
ORDER BY sequence DESC
"""

TOGETHER = """
SELECT client_order_id FROM wire WHERE kind = 'SUBMIT' AND body_sha256 = ? AND try = ?
ORDER BY sequence
"""

NEWEST = "SELECT MAX(sequence) AS sequence FROM wire WHERE client_order_id = ? AND kind = 'SUBMIT'"

LATENCIES = """
SELECT opened_at, closed_at FROM wire
WHERE session_date = ? AND kind = 'SUBMIT' AND outcome IS NOT NULL AND code <> 'RECOVERED'
"""

SENT_ON = """
SELECT client_order_id, ts_code, side, quantity, COUNT(*) AS times
FROM wire JOIN orders USING (client_order_id)
WHERE wire.session_date = ? AND kind = 'SUBMIT' AND IFNULL(bytes_started, 1) = 1
  AND IFNULL(outcome, 'UNKNOWN') <> 'NOT_SENT'
GROUP BY client_order_id
"""


def is_sent_again(connection: sqlite3.Connection, client_order_id: str) -> bool:
    """Whether the order's newest submit is a resend: one before it may have left."""
    newest = connection.execute(NEWEST, (client_order_id,)).fetchone()["sequence"]
    left = connection.execute(LEFT, (client_order_id,)).fetchall()
    return any(row["sequence"] < newest for row in left)


def last_submit(connection: sqlite3.Connection, client_order_id: str) -> SentBatch | None:
    """Return the newest submit of an order that may have left, None where there is none."""
    left = connection.execute(LEFT, (client_order_id,)).fetchall()
    if not left:
        return None
    newest = left[0]
    body = connection.execute(
        "SELECT content FROM evidence WHERE sha256 = ?", (newest["body_sha256"],)
    ).fetchone()
    names = connection.execute(TOGETHER, (newest["body_sha256"], newest["try"]))
    return SentBatch(
        client_order_ids=tuple(row["client_order_id"] for row in names),
        body=body["content"],
        opened_at=moment_of(newest["opened_at"]),
        times=len(left),
    )


def latency_max(connection: sqlite3.Connection, session_date: date) -> timedelta:
    """Return the longest a submit of the day took from its opening to its answer."""
    rows = connection.execute(LATENCIES, (session_date.isoformat(),))
    return max(
        (moment_of(row["closed_at"]) - moment_of(row["opened_at"]) for row in rows),
        default=timedelta(),
    )


def sent_on(connection: sqlite3.Connection, session_date: date) -> tuple[SentOrder, ...]:
    """Return every order of a day whose bytes may have left, and how often."""
    rows = connection.execute(SENT_ON, (session_date.isoformat(),))
    return tuple(
        SentOrder(
            row["client_order_id"],
            symbol_of(row["ts_code"]),
            Side(row["side"]),
            row["quantity"],
            row["times"],
        )
        for row in rows
    )
