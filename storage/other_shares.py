"""What other people have of each name on the account: their trades, what a person left to them.

Together with what is ours it is what the account must hold (invariant I16). A name is followed
from the moment its shares are known: a person decided about it, we own of it, or the account was
seen without it.
"""

import sqlite3

from market.symbol import Symbol
from statemachine.canonical import utc_text
from statemachine.fill import Fill
from statemachine.position import Movement
from storage import fills, snapshots
from storage.rows import symbol_of
from storage.transaction import Transaction

INSERT = """
INSERT INTO other_shares (ts_code, change, balance, cause, reference, at) VALUES (?, ?, ?, ?, ?, ?)
"""

BALANCES = """
SELECT ts_code, balance FROM other_shares AS newest
WHERE balance <> 0
  AND sequence = (SELECT MAX(sequence) FROM other_shares WHERE ts_code = newest.ts_code)
"""

FOLLOWED = """
SELECT EXISTS (SELECT 1 FROM other_shares WHERE ts_code = :name)
  OR EXISTS (SELECT 1 FROM ownership WHERE ts_code = :name)
"""

OF_FILL = "SELECT SUM(change) FROM other_shares WHERE cause = 'FILL' AND reference = ?"


def record_fill(transaction: Transaction, fill: Fill) -> None:
    """Count a trade of somebody else; a reversed one counts back."""
    change = fill.side.sign * fills.signed_quantity(fill)
    if is_followed(transaction.connection, fill.symbol):
        _append(transaction, fill.symbol, change, "FILL", reference_of(fill))


def hand_over(transaction: Transaction, fill: Fill) -> None:
    """Take back a trade that turned out to be ours, as far as it was counted."""
    reference = reference_of(fill)
    (counted,) = transaction.connection.execute(OF_FILL, (reference,)).fetchone()
    if counted:
        _append(transaction, fill.symbol, -int(counted), "FILL", reference)


def record_movement(
    transaction: Transaction, movement: Movement, symbol: Symbol, part: int
) -> None:
    """Count the `part` of a movement's shares that is not ours."""
    if part and is_followed(transaction.connection, symbol):
        _append(transaction, symbol, part, "MOVEMENT", movement.movement_id)


def decide(transaction: Transaction, symbol: Symbol, quantity: int, reference: str) -> None:
    """Leave so many shares of a name to other people, on a person's word."""
    change = quantity - (balance_of(transaction.connection, symbol) or 0)
    if change:
        _append(transaction, symbol, change, "DECISION", reference)


def balances(connection: sqlite3.Connection) -> dict[Symbol, int]:
    """Return the shares of other people per name, zero balances left out."""
    return {symbol_of(row["ts_code"]): row["balance"] for row in connection.execute(BALANCES)}


def balance_of(connection: sqlite3.Connection, symbol: Symbol) -> int | None:
    """Return their shares of one name; None while nothing was ever counted."""
    row = connection.execute(
        "SELECT balance FROM other_shares WHERE ts_code = ? ORDER BY sequence DESC LIMIT 1",
        (str(symbol),),
    ).fetchone()
    return None if row is None else int(row["balance"])


def is_followed(connection: sqlite3.Connection, symbol: Symbol) -> bool:
    """Whether it is known how many shares of the name there were before."""
    (known,) = connection.execute(FOLLOWED, {"name": str(symbol)}).fetchone()
    if known:
        return True
    snapshot = snapshots.latest(connection)
    return snapshot is not None and all(
        position.symbol != symbol or position.quantity == 0 for position in snapshot.positions
    )


def reference_of(fill: Fill) -> str:
    """Return what names a fill in the journals of shares."""
    return f"{fill.trade_date}/{fill.market}/{fill.venue_order_id}/{fill.fill_id}"


def _append(
    transaction: Transaction, symbol: Symbol, change: int, cause: str, reference: str
) -> None:
    balance = (balance_of(transaction.connection, symbol) or 0) + change
    row = (str(symbol), change, balance, cause, reference, utc_text(transaction.now))
    transaction.connection.execute(INSERT, row)
