"""Sends nobody knows the outcome of: the hold they stand, and when it clears (rule 22).

A hold that stands for doubt is written with what caused it and lifted with what resolved it, in
the same transaction each: no crash can leave one without the other.
"""

import sqlite3
from datetime import timedelta

from statemachine.canonical import utc_text
from statemachine.reasons import Reason
from storage import manual, trouble
from storage.transaction import Transaction

HOLD, HALT = "AUTO_HOLD", "HALT"
WINDOW = timedelta(minutes=10)
FOUND = "found"

# What recovery writes on a row that the death of this process left open.
RECOVERED = "RECOVERED"

# One POST is one event, however many orders it carried; the same bytes again are another. Our own
# death is no sign of a broker in trouble, and recovery asks for everything before it sends.
UNKNOWN_POSTS = """
SELECT COUNT(DISTINCT body_sha256 || '/' || try) AS posts FROM wire
WHERE kind = 'SUBMIT' AND outcome = 'UNKNOWN' AND code <> ? AND closed_at > ?
"""

IN_DOUBT = """
SELECT 1 FROM orders
WHERE state = 'NEW' AND send_state IN ('UNKNOWN', 'ABSENT_WAIT', 'RESENT_ONCE') LIMIT 1
"""

ANSWERED = """
SELECT item_id FROM manual JOIN orders USING (client_order_id)
WHERE resolution IS NULL
  AND ((manual.reason = 'SEND_UNKNOWN'
      AND (orders.state <> 'NEW' OR orders.send_state <> 'MANUAL'))
    OR (manual.reason = 'EXPIRY_UNCONFIRMED'
      AND orders.state IN ('FILLED', 'CANCELLED', 'REJECTED')))
"""


def stand_hold(transaction: Transaction) -> None:
    """Hold sends after a POST of unknown outcome; a second within ten minutes is a HALT."""
    since = utc_text(transaction.now - WINDOW)
    posts = transaction.connection.execute(UNKNOWN_POSTS, (RECOVERED, since)).fetchone()["posts"]
    trouble.halt(transaction, HOLD, Reason.SEND_UNKNOWN, actor="daemon")
    if posts > 1:
        trouble.halt(transaction, HALT, Reason.UNKNOWN_TWICE, actor="daemon")


def clear(transaction: Transaction) -> None:
    """Lift the hold once no send is in doubt, and close questions that the venue answered.

    An order on the manual list locks its own name only: the others go on.
    """
    if not is_in_doubt(transaction.connection):
        lift_hold(transaction, "resolved")
    for row in transaction.connection.execute(ANSWERED).fetchall():
        item = manual.require(transaction.connection, row["item_id"])
        manual.settle(transaction, item, FOUND)


def lift_hold(transaction: Transaction, why: str) -> None:
    """Lift the hold that stands for doubt, if it does."""
    trouble.resume(transaction, HOLD, actor="daemon", reason=why, cause=Reason.SEND_UNKNOWN)


def is_in_doubt(connection: sqlite3.Connection) -> bool:
    """Whether any send waits for an answer of the venue; one given to a person does not."""
    return connection.execute(IN_DOUBT).fetchone() is not None
