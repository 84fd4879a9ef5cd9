"""An order of the broker's taken for one of ours nobody could vouch for, on a person's word.

never-twice-never-lost.md A4: the first choice about a MANUAL order. The broker's order carries no
id of ours (its remark was lost, or a person typed it at the terminal), so from then on it is
recognised by its number of that session.
"""

import sqlite3
from dataclasses import replace

from market.money import decimal_text
from statemachine.events import OrderReport
from statemachine.order import Initiator, Order
from storage import documents, fills, lines, orders, other_shares, ownership, runs
from storage.errors import Conflict, Contradiction
from storage.orders import Why
from storage.transaction import Transaction

SHOWN = """
SELECT body FROM foreign_orders
WHERE trade_date = ? AND venue_order_id = ? AND client_order_id IS NULL
"""

NAMES = """
SELECT session_date, venue_order_id, client_order_id FROM orders JOIN manual USING (client_order_id)
WHERE manual.resolution = 'adopt-order'
"""
ADOPTED = "ADOPTED_BY_PERSON"


def names(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """Return our id of every adopted order, by its session and the venue's number."""
    return {(row[0], row[1]): row[2] for row in connection.execute(NAMES)}


def adopt(transaction: Transaction, order: Order, venue_order_id: str, actor: str) -> Order:
    """Give the order the number of the broker's and its truth: terms, fills, status.

    Conflict, with both sides' figures, unless the broker showed it in the order's session without
    an id, for the same name, side and quantity, at a price inside the approved envelope, and no
    order of ours has that number.
    """
    connection = transaction.connection
    if not order.is_unresolved or order.venue_order_id is not None:
        raise Conflict(f"{order.client_order_id} is {order.state} and {order.send_state}")
    holder = orders.name_at_venue(connection, order.session_date, venue_order_id)
    if holder is not None:
        raise Conflict(f"{venue_order_id} is {holder} already")
    report = _shown(connection, order, venue_order_id)
    _require_same(connection, order, report)
    why = Why(ADOPTED, Initiator.OPERATOR, detail={"venue_order_id": venue_order_id, "by": actor})
    known = replace(order, limit_price=report.limit_price, venue_order_id=venue_order_id)
    taken = orders.save(transaction, order, known, (), why)
    for fill in fills.adopt(transaction, taken):
        other_shares.hand_over(transaction, fill)
        ownership.record_fill(transaction, fill)
    named = replace(report, client_order_id=order.client_order_id)
    return orders.bring_up_to_date(transaction, taken, named, why).order


def _shown(connection: sqlite3.Connection, order: Order, venue_order_id: str) -> OrderReport:
    found = connection.execute(SHOWN, (order.session_date.isoformat(), venue_order_id)).fetchone()
    if found is None:
        raise Conflict(
            f"the broker shows no order {venue_order_id!r} without an id on {order.session_date}"
        )
    return documents.decode(documents.report(), found["body"])


def _require_same(connection: sqlite3.Connection, order: Order, report: OrderReport) -> None:
    meant = (order.symbol, order.side, order.quantity)
    if meant != (report.symbol, report.side, report.quantity):
        raise Conflict(f"ours is {_terms(order)}, {report.venue_order_id} is {_terms(report)}")
    run = runs.find(connection, order.run_id)
    if run is None or run.plan_hash is None:
        raise Contradiction(f"{order.client_order_id} was sent without a plan")
    envelope = lines.envelope_of(connection, order, run.plan_hash)
    lines.require_inside(connection, replace(order, limit_price=report.limit_price), envelope)


def _terms(order: Order | OrderReport) -> str:
    price = decimal_text(order.limit_price)
    return f"{order.side} {order.quantity} {order.symbol} at {price}"
