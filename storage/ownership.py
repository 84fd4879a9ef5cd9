"""What is ours of each name: own fills, a person's decisions, explained corporate actions."""

import sqlite3

from market.symbol import Symbol
from statemachine.canonical import utc_text
from statemachine.fill import Fill
from statemachine.movement_kinds import CASH_KINDS, CODE_CHANGE, CORPORATE_ACTIONS
from statemachine.order import Initiator
from statemachine.position import Movement
from storage import fills, journal, other_shares, snapshots
from storage.errors import Conflict
from storage.rows import PlainValue, symbol_of
from storage.transaction import Transaction

INSERT = """
INSERT INTO ownership (ts_code, change, balance, cause, decision, reference, actor, at)
VALUES (:ts_code, :change, :balance, :cause, :decision, :reference, :actor, :at)
"""

DECISIONS = """
SELECT ts_code, decision FROM ownership AS newest
WHERE sequence = (SELECT MAX(sequence) FROM ownership
                  WHERE ts_code = newest.ts_code AND cause = 'DECISION')
"""

COUNTERPART = """
SELECT ownership.change FROM movements JOIN ownership ON ownership.reference = movement_id
WHERE movements.kind = 'CODE_CHANGE' AND moved_on = ? AND movements.quantity = ?
  AND ownership.cause = 'MOVEMENT' AND NOT EXISTS (
    SELECT 1 FROM movements AS later
    WHERE later.kind = 'CODE_CHANGE' AND later.moved_on = movements.moved_on
      AND later.quantity = -movements.quantity AND later.rowid > movements.rowid
      AND later.movement_id <> ?)
ORDER BY movements.rowid DESC LIMIT 1
"""


def record_fill(transaction: Transaction, fill: Fill) -> None:
    """Add what we bought, take off what we sold; a reversed trade does the opposite."""
    change = fill.side.sign * fills.signed_quantity(fill)
    _append(transaction, fill.symbol, change, "FILL", other_shares.reference_of(fill))


def record_movement(transaction: Transaction, movement: Movement) -> None:
    """Let a corporate action change what we own of a name; what it leaves is other people's.

    Where the account holds more of the name than we own, our part of the shares is in
    proportion, rounded down. Under a new code we own what we owned under the old one.
    """
    symbol = movement.symbol
    if symbol is None or movement.quantity == 0 or movement.kind in CASH_KINDS:
        return
    change = _our_part(transaction.connection, movement, symbol)
    other_shares.record_movement(transaction, movement, symbol, movement.quantity - change)
    if change:
        _append(transaction, symbol, change, "MOVEMENT", movement.movement_id)


def _our_part(connection: sqlite3.Connection, movement: Movement, symbol: Symbol) -> int:
    if movement.kind not in CORPORATE_ACTIONS:
        return 0
    if movement.kind == CODE_CHANGE and movement.quantity > 0:
        return _under_the_old_code(connection, movement)
    ours = balance_of(connection, symbol)
    if ours <= 0:
        return 0
    return movement.quantity * ours // max(ours, _held(connection, symbol, ours))


def _under_the_old_code(connection: sqlite3.Connection, movement: Movement) -> int:
    """Return what we gave up of a name that went on the same day with as many shares."""
    wanted = (movement.date.isoformat(), -movement.quantity, movement.movement_id)
    row = connection.execute(COUNTERPART, wanted).fetchone()
    return 0 if row is None else -int(row["change"])


def decide(
    transaction: Transaction,
    symbol: Symbol,
    owner: str,
    quantity: int,
    actor: str,
    held: int | None = None,
) -> None:
    """Record that a name is ours with this quantity, or foreign (quantity 0).

    What the account holds beyond our quantity, `held` where it was asked, is other people's.
    Raises Conflict for another owner or a quantity that does not go with it.
    """
    if owner not in ("ours", "foreign") or quantity < 0 or (owner == "foreign" and quantity):
        raise Conflict(f"{symbol} cannot be {owner} with {quantity}")
    balance = balance_of(transaction.connection, symbol)
    reference = f"adopt {symbol} {quantity}"
    others = 0 if owner == "foreign" or held is None else held - quantity
    other_shares.decide(transaction, symbol, others, reference)
    _append(
        transaction,
        symbol,
        quantity - balance,
        "DECISION",
        reference,
        decision=owner,
        actor=actor,
    )
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.OWNERSHIP,
            str(symbol),
            "DECIDED",
            initiator=Initiator.OPERATOR,
            actor=actor,
            detail={"owner": owner, "quantity": quantity, "quantity_before": balance},
        ),
    )


def owned(connection: sqlite3.Connection) -> dict[Symbol, int]:
    """Return our quantity per name, zero balances left out."""
    rows = connection.execute("SELECT ts_code, balance FROM owned WHERE balance <> 0")
    return {symbol_of(row["ts_code"]): row["balance"] for row in rows}


def balance_of(connection: sqlite3.Connection, symbol: Symbol) -> int:
    """Return our quantity of one name."""
    row = connection.execute(
        "SELECT balance FROM ownership WHERE ts_code = ? ORDER BY sequence DESC LIMIT 1",
        (str(symbol),),
    ).fetchone()
    return 0 if row is None else int(row["balance"])


def decided(connection: sqlite3.Connection) -> dict[Symbol, str]:
    """Return the newest decision per name that a person decided about."""
    rows = connection.execute(DECISIONS)
    return {symbol_of(row["ts_code"]): row["decision"] for row in rows}


def _append(
    transaction: Transaction,
    symbol: Symbol,
    change: int,
    cause: str,
    reference: str,
    *,
    decision: str | None = None,
    actor: str = "daemon",
) -> None:
    row: dict[str, PlainValue] = {
        "ts_code": str(symbol),
        "change": change,
        "balance": balance_of(transaction.connection, symbol) + change,
        "cause": cause,
        "decision": decision,
        "reference": reference,
        "actor": actor,
        "at": utc_text(transaction.now),
    }
    transaction.connection.execute(INSERT, row)


def _held(connection: sqlite3.Connection, symbol: Symbol, ours: int) -> int:
    """Return the shares of a name that are known: counted ones, else those last seen."""
    others = other_shares.balance_of(connection, symbol)
    if others is not None:
        return ours + others
    snapshot = snapshots.latest(connection)
    positions = () if snapshot is None else snapshot.positions
    return sum(position.quantity for position in positions if position.symbol == symbol)
