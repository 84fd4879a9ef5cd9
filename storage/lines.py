"""Plan lines as orders meet them: their envelopes and what holds or releases them."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from market.side import Side
from market.symbol import Symbol
from statemachine.canonical import Canonical, utc_text
from statemachine.line_status import LineStatus
from statemachine.order import Initiator, Order
from statemachine.plan import Disposition
from statemachine.reasons import Reason
from storage import journal
from storage.errors import Conflict, Contradiction
from storage.rows import moment_of, optional_e4, optional_money, symbol_of
from storage.transaction import Transaction

UPSERT = """
INSERT INTO line_status
  (run_id, ts_code, reason, detail, released_by, reference_price_e4, limit_worst_e4, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id, ts_code) DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
  released_by = excluded.released_by, reference_price_e4 = excluded.reference_price_e4,
  limit_worst_e4 = excluded.limit_worst_e4, updated_at = excluded.updated_at
"""

COMMITTED = """
SELECT COALESCE(SUM(CASE
  WHEN state IN ('FILLED', 'CANCELLED', 'REJECTED') OR send_state = 'NEVER_SENT'
  THEN filled_quantity ELSE quantity END), 0) AS quantity
FROM orders WHERE run_id = ? AND ts_code = ?
"""

ADDED = "SELECT quantity FROM shares_added WHERE plan_hash = ? AND ts_code = ?"

OPEN_LEGS = """
SELECT COUNT(*) AS legs FROM orders
WHERE run_id = ? AND ts_code = ? AND side = ? AND slice = ?
  AND state NOT IN ('FILLED', 'CANCELLED', 'REJECTED') AND send_state <> 'NEVER_SENT'
"""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What orders of a line may be: the approved bounds, re-based where the line was."""

    symbol: Symbol
    side: Side
    disposition: Disposition
    quantity_max: int
    limit_worst: Decimal | None


def envelope_of(connection: sqlite3.Connection, order: Order, plan_hash: str) -> Envelope:
    """Return the envelope an order must stay inside; Contradiction where there is no such line."""
    row = connection.execute(
        "SELECT * FROM plan_lines WHERE plan_hash = ? AND ts_code = ?",
        (plan_hash, str(order.symbol)),
    ).fetchone()
    if row is None:
        raise Contradiction(f"{order.symbol} is not in the plan {plan_hash}")
    rebased = _rebased_limit(connection, order)
    return Envelope(
        symbol=order.symbol,
        side=Side(row["side"]),
        disposition=Disposition(row["disposition"]),
        quantity_max=row["quantity_max"] + _added(connection, row),
        limit_worst=optional_money(row["limit_worst_e4"]) if rebased is None else rebased,
    )


def require_inside(connection: sqlite3.Connection, order: Order, envelope: Envelope) -> None:
    """Raise unless a stored order fits its line: side, price, quantities, one leg (I2).

    Conflict for the price, whose bound a person may have moved; Contradiction for the rest.
    """
    name = order.client_order_id
    if order.side is not envelope.side:
        raise Contradiction(f"{name} is a {order.side}, its line a {envelope.side}")
    if envelope.disposition not in (Disposition.TRADE, Disposition.DEFERRED):
        raise Contradiction(f"{name}: the line of {order.symbol} is {envelope.disposition}")
    worst = envelope.limit_worst
    if worst is None or (order.limit_price - worst) * order.side.sign > 0:
        raise Conflict(f"{name}: {order.limit_price} is worse than {worst}")
    committed = connection.execute(COMMITTED, (order.run_id, str(order.symbol))).fetchone()
    if committed["quantity"] > envelope.quantity_max:
        raise Contradiction(
            f"{name}: {order.symbol} would reach {committed['quantity']}"
            f" of {envelope.quantity_max} shares",
        )
    slice_key = (order.run_id, str(order.symbol), order.side, order.slice)
    if connection.execute(OPEN_LEGS, slice_key).fetchone()["legs"] > 1:
        raise Contradiction(f"{name}: another leg of its slice is not over")


def statuses(connection: sqlite3.Connection, run_id: str) -> dict[Symbol, LineStatus]:
    """Return what holds, defers or released the lines of a run."""
    rows = connection.execute("SELECT * FROM line_status WHERE run_id = ?", (run_id,))
    return {symbol_of(row["ts_code"]): _status(row) for row in rows}


def set_status(transaction: Transaction, status: LineStatus, before: LineStatus | None) -> None:
    """Record where a line stands; nothing is written where it stands there already."""
    if before is not None and _content(before) == _content(status):
        return
    content = _content(status)
    transaction.connection.execute(
        UPSERT,
        (
            status.run_id,
            str(status.symbol),
            status.reason,
            status.detail,
            status.released_by,
            optional_e4(status.reference_price),
            optional_e4(status.limit_worst),
            utc_text(transaction.now),
        ),
    )
    released = status.released_by
    journal.append(
        transaction,
        journal.Happening(
            journal.Subject.LINE,
            f"{status.run_id}/{status.symbol}",
            status.reason or "CLEAR",
            run_id=status.run_id,
            initiator=Initiator.US if released is None else Initiator.OPERATOR,
            actor=released or "daemon",
            detail={**content, "limit_worst_e4": optional_e4(status.limit_worst)},
        ),
    )


def set_statuses(transaction: Transaction, wanted: Sequence[LineStatus]) -> None:
    """Record where lines stand; unchanged ones write nothing."""
    before = {run_id: statuses(transaction.connection, run_id) for run_id in _runs(wanted)}
    for status in wanted:
        set_status(transaction, status, before[status.run_id].get(status.symbol))


def _added(connection: sqlite3.Connection, line: sqlite3.Row) -> int:
    """What corporate actions changed of a full exit since it was planned, shares (rule 15)."""
    if not line["full_exit"]:
        return 0
    found = connection.execute(ADDED, (line["plan_hash"], line["ts_code"])).fetchone()
    return 0 if found is None else int(found["quantity"])


def _rebased_limit(connection: sqlite3.Connection, order: Order) -> Decimal | None:
    row = connection.execute(
        "SELECT limit_worst_e4 FROM line_status WHERE run_id = ? AND ts_code = ?",
        (order.run_id, str(order.symbol)),
    ).fetchone()
    return None if row is None else optional_money(row["limit_worst_e4"])


def _runs(wanted: Sequence[LineStatus]) -> set[str]:
    return {status.run_id for status in wanted}


def _content(status: LineStatus) -> dict[str, Canonical]:
    return {
        "reason": status.reason,
        "detail": status.detail,
        "released_by": status.released_by,
        "reference_price": status.reference_price,
        "limit_worst": status.limit_worst,
    }


def _status(row: sqlite3.Row) -> LineStatus:
    reason = row["reason"]
    return LineStatus(
        run_id=row["run_id"],
        symbol=symbol_of(row["ts_code"]),
        reason=None if reason is None else Reason(reason),
        detail=row["detail"],
        released_by=row["released_by"],
        reference_price=optional_money(row["reference_price_e4"]),
        limit_worst=optional_money(row["limit_worst_e4"]),
        updated_at=moment_of(row["updated_at"]),
    )
