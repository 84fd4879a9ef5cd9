"""What is ours of each name: own fills, a person's decisions, explained corporate actions."""

import sqlite3

from market.symbol import Symbol
from statemachine.canonical import utc_text
from statemachine.fill import Fill
from statemachine.order import Initiator
from statemachine.position import Movement
from storage import fills, journal, snapshots
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

CASH_KINDS = frozenset({"DIVIDEND", "TAX", "INTEREST", "FEE_CORRECTION", "DEPOSIT", "WITHDRAWAL"})


def record_fill(transaction: Transaction, fill: Fill) -> None:
    """Add what we bought, take off what we sold; a reversed trade does the opposite."""
    change = fill.side.sign * fills.signed_quantity(fill)
    reference = f"{fill.trade_date}/{fill.market}/{fill.venue_order_id}/{fill.fill_id}"
    _append(transaction, fill.symbol, change, "FILL", reference)


def record_movement(transaction: Transaction, movement: Movement) -> None:
    """Let a corporate action change what we own of a name; a name that is not ours stays so.

    Where the account holds more of the name than we own, our part of the shares is in
    proportion, rounded down.
    """
    symbol = movement.symbol
    if symbol is None or movement.quantity == 0 or movement.kind in CASH_KINDS:
        return
    ours = balance_of(transaction.connection, symbol)
    if ours <= 0:
        return
    held = max(ours, _held(transaction.connection, symbol))
    change = movement.quantity * ours // held
    if change:
        _append(transaction, symbol, change, "MOVEMENT", movement.movement_id)


def decide(
    transaction: Transaction,
    symbol: Symbol,
    owner: str,
    quantity: int,
    actor: str,
) -> None:
    """Record that a name is ours with this quantity, or foreign (quantity 0).

    Raises Conflict for another owner or a quantity that does not go with it.
    """
    if owner not in ("ours", "foreign") or quantity < 0 or (owner == "foreign" and quantity):
        raise Conflict(f"{symbol} cannot be {owner} with {quantity}")
    balance = balance_of(transaction.connection, symbol)
    _append(
        transaction,
        symbol,
        quantity - balance,
        "DECISION",
        f"adopt {symbol} {quantity}",
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


def _held(connection: sqlite3.Connection, symbol: Symbol) -> int:
    snapshot = snapshots.latest(connection)
    positions = () if snapshot is None else snapshot.positions
    return sum(position.quantity for position in positions if position.symbol == symbol)
