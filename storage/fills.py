"""Fills: kept once by their primary key; every filled quantity is a sum over them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import Any

from market.money import from_e4, to_e4
from market.side import Side
from statemachine.canonical import utc_text
from statemachine.fill import BilledFees, Fill, FillKind
from statemachine.order import Initiator, Order
from storage import journal
from storage.rows import PlainValue, moment_of, symbol_of
from storage.transaction import Transaction

FIND = """
SELECT * FROM fills
WHERE account = :account AND trade_date = :trade_date AND market = :market
  AND venue_order_id = :venue_order_id AND fill_id = :fill_id AND kind = :kind
"""

INSERT = """
INSERT INTO fills (account, trade_date, market, venue_order_id, fill_id, kind, client_order_id,
  ts_code, side, quantity, price_e4, amount_e4, commission_e4, stamp_duty_e4, transfer_e4,
  fill_time, ours, post_terminal)
VALUES (:account, :trade_date, :market, :venue_order_id, :fill_id, :kind, :client_order_id,
  :ts_code, :side, :quantity, :price_e4, :amount_e4, :commission_e4, :stamp_duty_e4, :transfer_e4,
  :fill_time, :ours, :post_terminal)
"""

LEARN_FEES = """
UPDATE fills SET commission_e4 = :commission_e4, stamp_duty_e4 = :stamp_duty_e4,
  transfer_e4 = :transfer_e4
WHERE sequence = :sequence
"""

SUM = """
SELECT COALESCE(SUM(quantity), 0) AS quantity, COALESCE(SUM(amount_e4), 0) AS amount_e4
FROM fills WHERE client_order_id = ? AND post_terminal = 0
"""

ADOPT = """
UPDATE fills SET client_order_id = ?, ours = 1
WHERE trade_date = ? AND venue_order_id = ? AND client_order_id IS NULL
RETURNING *
"""

OF_RUN = """
SELECT fills.* FROM fills JOIN orders USING (client_order_id)
WHERE orders.run_id = ? ORDER BY fills.fill_time, fills.sequence
"""


OF_OTHERS = """
SELECT * FROM fills WHERE ours = 0 AND trade_date >= ? ORDER BY fill_time, sequence
"""

FEES_LEARNT, ADOPTED = "FEES_LEARNT", "ADOPTED"


class Arrival(StrEnum):
    """What a fill was when it came in.

    POST_TERMINAL: of an order that had ended, or the reversal of a trade; EXCESS: beyond the
    order's quantity; both are kept and own shares, but no order counts them. CHANGED: the same
    key with other figures; the first stays.
    """

    NEW = "NEW"
    POST_TERMINAL = "POST_TERMINAL"
    EXCESS = "EXCESS"
    KNOWN = "KNOWN"
    CHANGED = "CHANGED"


@dataclass(frozen=True, slots=True)
class FillSum:
    """What an order's fills add up to."""

    quantity: int
    amount: Decimal


def repetition(transaction: Transaction, fill: Fill) -> Arrival | None:
    """Return KNOWN or CHANGED for a fill that is there already, None for a new one."""
    row = _row(fill)
    known = transaction.connection.execute(FIND, row).fetchone()
    return None if known is None else _compare(transaction, known, row)


def insert(transaction: Transaction, fill: Fill, order: Order | None) -> Arrival:
    """Keep a new fill; `order` is our row of it, None for a trade that is not ours."""
    row = _row(fill)
    arrival = _arrival(transaction.connection, fill, order)
    uncounted = arrival in (Arrival.POST_TERMINAL, Arrival.EXCESS)
    row |= {"ours": int(order is not None), "post_terminal": int(uncounted)}
    cursor = transaction.connection.execute(INSERT, row)
    told = {"sequence": cursor.lastrowid, **row}
    _write_event(transaction, fill, order, arrival.value, told)
    return arrival


def adopt(transaction: Transaction, order: Order) -> tuple[Fill, ...]:
    """Make the nameless fills of the order's number its own; returns them, oldest first."""
    key = (order.client_order_id, order.session_date.isoformat(), order.venue_order_id)
    rows = transaction.connection.execute(ADOPT, key).fetchall()
    adopted = []
    for row in sorted(rows, key=itemgetter("sequence")):
        fill = _fill(row)
        _write_event(transaction, fill, order, ADOPTED, dict(row))
        adopted.append(fill)
    return tuple(adopted)


def signed_quantity(fill: Fill) -> int:
    """Return the shares of a fill; the reversal of a trade counts negative however it is told."""
    return -abs(fill.quantity) if fill.kind is FillKind.BUST else fill.quantity


def sum_of(connection: sqlite3.Connection, client_order_id: str) -> FillSum:
    """Return the sum of an order's fills that count."""
    row = connection.execute(SUM, (client_order_id,)).fetchone()
    return FillSum(row["quantity"], from_e4(row["amount_e4"]))


def find_of_run(connection: sqlite3.Connection, run_id: str) -> tuple[Fill, ...]:
    """Return every fill of a run's orders, by time, those that came too late included."""
    return tuple(_fill(row) for row in connection.execute(OF_RUN, (run_id,)))


def fill_of(told: Mapping[str, Any]) -> Fill:
    """Return the fill that an event of its arrival tells of."""
    return _fill_of(tuple(told), tuple(told.values()))


def foreign_from(connection: sqlite3.Connection, day: date) -> tuple[Fill, ...]:
    """Return trades of other people of that session or later, by time."""
    return tuple(_fill(row) for row in connection.execute(OF_OTHERS, (day.isoformat(),)))


def _arrival(connection: sqlite3.Connection, fill: Fill, order: Order | None) -> Arrival:
    if order is None:
        return Arrival.NEW
    if order.is_terminal or fill.kind is FillKind.BUST:
        return Arrival.POST_TERMINAL
    filled = sum_of(connection, order.client_order_id).quantity + fill.quantity
    return Arrival.EXCESS if filled > order.quantity else Arrival.NEW


def _compare(
    transaction: Transaction,
    known: sqlite3.Row,
    row: dict[str, PlainValue],
) -> Arrival:
    figures = ("client_order_id", "ts_code", "side", "quantity", "price_e4", "amount_e4")
    if any(known[name] != row[name] for name in figures):
        return Arrival.CHANGED
    if known["commission_e4"] is None and row["commission_e4"] is not None:
        transaction.connection.execute(LEARN_FEES, row | {"sequence": known["sequence"]})
        fill = _fill(known)
        _write_event(transaction, fill, None, FEES_LEARNT, row)
    return Arrival.KNOWN


def _write_event(
    transaction: Transaction,
    fill: Fill,
    order: Order | None,
    cause: str,
    row: Mapping[str, PlainValue],
) -> None:
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.FILL,
            f"{fill.trade_date}/{fill.market}/{fill.venue_order_id}/{fill.fill_id}/{fill.kind}",
            cause,
            run_id=None if order is None else order.run_id,
            initiator=Initiator.EXCHANGE,
            detail=row,
        ),
    )


def _row(fill: Fill) -> dict[str, PlainValue]:
    fees = fill.fees
    return {
        "account": fill.account,
        "trade_date": fill.trade_date.isoformat(),
        "market": fill.market,
        "venue_order_id": fill.venue_order_id,
        "fill_id": fill.fill_id,
        "kind": fill.kind,
        "client_order_id": fill.client_order_id,
        "ts_code": str(fill.symbol),
        "side": fill.side,
        "quantity": signed_quantity(fill),
        "price_e4": to_e4(fill.price),
        "amount_e4": to_e4(fill.amount),
        "commission_e4": None if fees is None else to_e4(fees.commission),
        "stamp_duty_e4": None if fees is None else to_e4(fees.stamp_duty),
        "transfer_e4": None if fees is None else to_e4(fees.transfer),
        "fill_time": utc_text(fill.fill_time),
    }


def _fill(row: sqlite3.Row) -> Fill:
    return _fill_of(tuple(row.keys()), tuple(row))


@lru_cache(maxsize=16384)
def _fill_of(names: tuple[str, ...], values: tuple[Any, ...]) -> Fill:
    """Equal rows are equal fills; every reconcile reads all of them again.

    993 names made 5,735 fills; a cache smaller than one walk over them would never hit.
    """
    row = dict(zip(names, values, strict=True))
    return Fill(
        account=row["account"],
        trade_date=date.fromisoformat(row["trade_date"]),
        market=row["market"],
        venue_order_id=row["venue_order_id"],
        fill_id=row["fill_id"],
        kind=FillKind(row["kind"]),
        client_order_id=row["client_order_id"],
        symbol=symbol_of(row["ts_code"]),
        side=Side(row["side"]),
        quantity=row["quantity"],
        price=from_e4(row["price_e4"]),
        amount=from_e4(row["amount_e4"]),
        fees=_fees(row),
        fill_time=moment_of(row["fill_time"]),
    )


def _fees(row: Mapping[str, Any]) -> BilledFees | None:
    if row["commission_e4"] is None:
        return None
    return BilledFees(
        commission=from_e4(row["commission_e4"]),
        stamp_duty=from_e4(row["stamp_duty_e4"]),
        transfer=from_e4(row["transfer_e4"]),
    )
