"""Broker news into the book: fills first, then reports, then movements, all in one transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from market.money import to_e4
from market.phases import SHANGHAI
from statemachine.breaks import Break
from statemachine.canonical import Canonical
from statemachine.events import OrderReport
from statemachine.fill import Fill
from statemachine.order import Initiator, Order
from statemachine.order_id import is_own_order_id
from statemachine.position import Movement
from statemachine.reasons import Reason
from storage import (
    documents,
    doubt,
    fills,
    journal,
    manual,
    orders,
    other_shares,
    ownership,
    trouble,
)
from storage.fills import Arrival
from storage.manual import Choice
from storage.orders import Why
from storage.records import BookChange, ManualItem
from storage.transaction import Transaction

UNKNOWN_OWN_ORDER = "UNKNOWN_OWN_ORDER"
FILL_AFTER_END = "FILL_AFTER_END"
FILL_BEYOND_QUANTITY = "FILL_BEYOND_QUANTITY"
FILL_CHANGED = "FILL_CHANGED"

INSERT_MOVEMENT = """
INSERT INTO movements (movement_id, kind, ts_code, quantity, amount_e4, moved_on, text)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

UPSERT_FOREIGN = """
INSERT INTO foreign_orders
  (trade_date, venue_order_id, client_order_id, ts_code, side, version, body)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trade_date, venue_order_id) DO UPDATE
  SET version = excluded.version, body = excluded.body
  WHERE excluded.version > foreign_orders.version
"""

UPSERT_CURSOR = """
INSERT INTO cursors (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value <> cursors.value
"""


@dataclass(slots=True)
class _Change:
    """What the news has done so far; orders by id, as they were before and as they are."""

    before: dict[str, Order] = field(default_factory=dict)
    new_fills: list[Fill] = field(default_factory=list)
    holds: dict[str, None] = field(default_factory=dict)


def apply_news(
    transaction: Transaction,
    reports: Sequence[OrderReport],
    new_fills: Sequence[Fill],
    movements: Sequence[Movement],
    cursors: Mapping[str, str],
) -> BookChange:
    """Take in what the broker told; a repetition of what is known writes nothing."""
    change = _Change()
    for fill in new_fills:
        _take_fill(transaction, fill, change)
    filled = dict.fromkeys(change.before)
    for report in reports:
        filled.pop(_take_report(transaction, report, change) or "", None)
    for client_order_id in filled:
        order = orders.require(transaction.connection, client_order_id)
        _settle(transaction, order, None, change)
    for movement in movements:
        _take_movement(transaction, movement)
    transaction.connection.executemany(UPSERT_CURSOR, cursors.items())
    if change.before:
        doubt.clear(transaction)
    return _book_change(transaction.connection, change)


def cursor(connection: sqlite3.Connection, name: str) -> str | None:
    """Return a saved cursor; None at first."""
    row = connection.execute("SELECT value FROM cursors WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def _named_fill(connection: sqlite3.Connection, fill: Fill) -> Fill:
    """Return a nameless fill under the order of ours that has its number: one that was adopted."""
    if fill.client_order_id is not None:
        return fill
    name = orders.name_at_venue(connection, fill.trade_date, fill.venue_order_id)
    return fill if name is None else replace(fill, client_order_id=name)


def _named_report(connection: sqlite3.Connection, report: OrderReport) -> OrderReport:
    if report.client_order_id is not None:
        return report
    name = orders.name_at_venue(connection, _trade_date(report), report.venue_order_id)
    return report if name is None else replace(report, client_order_id=name)


def _take_fill(transaction: Transaction, told: Fill, change: _Change) -> None:
    fill = _named_fill(transaction.connection, told)
    repetition = fills.repetition(transaction, fill)
    if repetition is Arrival.CHANGED:
        _hold(transaction, change, FILL_CHANGED, f"{fill.venue_order_id}/{fill.fill_id}")
    if repetition is not None:
        return
    name = fill.client_order_id
    order = None if name is None else orders.find(transaction.connection, name)
    arrival = fills.insert(transaction, fill, order)
    change.new_fills.append(fill)
    if order is None:
        _check_foreign(transaction, name, change)
        other_shares.record_fill(transaction, fill)
        return
    ownership.record_fill(transaction, fill)
    change.before.setdefault(order.client_order_id, order)
    if arrival is Arrival.POST_TERMINAL:
        _list_late_fill(transaction, fill, order)
    if arrival is Arrival.EXCESS:
        _hold(transaction, change, FILL_BEYOND_QUANTITY, order.client_order_id)


def _take_report(transaction: Transaction, told: OrderReport, change: _Change) -> str | None:
    """Take a report in; returns the id of the order it is of, as far as one is known."""
    report = _named_report(transaction.connection, told)
    name = report.client_order_id
    order = None if name is None else orders.find(transaction.connection, name)
    if order is not None:
        _settle(transaction, order, report, change)
        return name
    _check_foreign(transaction, name, change)
    transaction.connection.execute(
        UPSERT_FOREIGN,
        (
            _trade_date(report).isoformat(),
            report.venue_order_id,
            name,
            str(report.symbol),
            report.side,
            report.version,
            documents.encode(documents.report(), report),
        ),
    )
    return name


def _settle(
    transaction: Transaction,
    order: Order,
    report: OrderReport | None,
    change: _Change,
) -> None:
    change.before.setdefault(order.client_order_id, order)
    cause = "FILLED" if report is None else f"REPORTED_{report.status}"
    why = Why(cause, Initiator.BROKER, report=report)
    settlement = orders.bring_up_to_date(transaction, order, report, why)
    if settlement.ignored and report is not None:
        orders.bring_up_to_date(transaction, settlement.order, None, replace(why, report=None))
    if settlement.hold is not None:
        change.holds[settlement.hold.value] = None


def _take_movement(transaction: Transaction, movement: Movement) -> None:
    symbol = movement.symbol
    inserted = transaction.connection.execute(
        INSERT_MOVEMENT,
        (
            movement.movement_id,
            movement.kind,
            None if symbol is None else str(symbol),
            movement.quantity,
            to_e4(movement.amount),
            movement.date.isoformat(),
            movement.text,
        ),
    ).rowcount
    if not inserted:
        return
    ownership.record_movement(transaction, movement)
    detail: dict[str, Canonical] = {
        "ts_code": symbol,
        "quantity": movement.quantity,
        "amount": movement.amount,
        "date": movement.date,
    }
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.MOVEMENT,
            movement.movement_id,
            movement.kind,
            initiator=Initiator.BROKER,
            detail=detail,
        ),
    )


def _check_foreign(transaction: Transaction, name: str | None, change: _Change) -> None:
    """An id of our making without a row here: the database is not the one that sent it (A2)."""
    if is_own_order_id(name):
        _hold(transaction, change, UNKNOWN_OWN_ORDER, str(name))


def _hold(transaction: Transaction, change: _Change, cause: str, what: str) -> None:
    change.holds[cause] = None
    trouble.halt(transaction, "HALT", f"{cause} {what}", actor="daemon")


def _list_late_fill(transaction: Transaction, fill: Fill, order: Order) -> None:
    """A8 rows 17 and 18: the order stays as it ended, the shares count, a person looks."""
    detail = f"{fill.kind} {fill.fill_id}: {fill.quantity} at {fill.price} after {order.state}"
    trouble.add_break(
        transaction,
        Break(
            run_id=order.run_id,
            kind=FILL_AFTER_END,
            symbol=order.symbol,
            ours=str(order.filled_quantity),
            theirs=str(order.filled_quantity + fills.signed_quantity(fill)),
            detail=detail,
        ),
    )
    item = ManualItem(
        item_id=0,
        run_id=order.run_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        reason=Reason.SYMBOL_LOCKED,
        detail=detail,
        choices=(Choice.ACKNOWLEDGE,),
        created_at=transaction.now,
        ours=f"{order.filled_quantity} of {order.quantity} filled, {order.state}",
        theirs=f"{order.filled_quantity + fills.signed_quantity(fill)} filled",
    )
    manual.add(transaction, item)


def _trade_date(report: OrderReport) -> date:
    return report.updated_at.astimezone(SHANGHAI).date()


def _book_change(connection: sqlite3.Connection, change: _Change) -> BookChange:
    now = {name: orders.require(connection, name) for name in change.before}
    return BookChange(
        orders=tuple(order for name, order in now.items() if order != change.before[name]),
        new_fills=tuple(change.new_fills),
        holds=tuple(change.holds),
    )
