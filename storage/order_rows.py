"""An order as a row and back; nothing is decided here."""

import sqlite3
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from market.money import from_e4, to_e4
from market.side import Side
from statemachine.canonical import utc_text
from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, FinalReason, Order, OrderState, SendState
from storage.rows import (
    PlainValue,
    moment_of,
    optional_e4,
    optional_moment,
    optional_money,
    symbol_of,
)

INSERT = """
INSERT INTO orders (client_order_id, account, run_id, ts_code, side, slice, leg, quantity,
  limit_price_e4, session_date, created_at, state, send_state, filled_quantity, filled_amount_e4,
  cancelled_quantity, venue_order_id, raw_status, raw_text, reject_code, reject_reason,
  final_reason, cancel_outcome, want_cancel, arrival_price_e4, arrival_kind, acked_at, closed_at,
  version, venue_status, venue_filled_quantity, venue_changed_at, arrival_spread_e4)
VALUES (:client_order_id, :account, :run_id, :ts_code, :side, :slice, :leg, :quantity,
  :limit_price_e4, :session_date, :created_at, :state, :send_state, :filled_quantity,
  :filled_amount_e4, :cancelled_quantity, :venue_order_id, :raw_status, :raw_text, :reject_code,
  :reject_reason, :final_reason, :cancel_outcome, :want_cancel, :arrival_price_e4, :arrival_kind,
  :acked_at, :closed_at, :version, :venue_status, :venue_filled_quantity, :venue_changed_at,
  :arrival_spread_e4)
"""

UPDATE = """
UPDATE orders SET limit_price_e4 = :limit_price_e4, state = :state, send_state = :send_state,
  filled_quantity = :filled_quantity,
  filled_amount_e4 = :filled_amount_e4, cancelled_quantity = :cancelled_quantity,
  venue_order_id = :venue_order_id, raw_status = :raw_status, raw_text = :raw_text,
  reject_code = :reject_code, reject_reason = :reject_reason, final_reason = :final_reason,
  cancel_outcome = :cancel_outcome, want_cancel = :want_cancel,
  arrival_price_e4 = :arrival_price_e4, arrival_kind = :arrival_kind,
  arrival_spread_e4 = :arrival_spread_e4, acked_at = :acked_at,
  closed_at = :closed_at, version = :version, venue_status = :venue_status,
  venue_filled_quantity = :venue_filled_quantity, venue_changed_at = :venue_changed_at
WHERE client_order_id = :client_order_id
"""


def row_of(order: Order) -> dict[str, PlainValue]:
    """Return every column of the order; ValueError for money beyond four decimals."""
    return {
        "client_order_id": order.client_order_id,
        "account": order.account,
        "run_id": order.run_id,
        "ts_code": str(order.symbol),
        "side": order.side,
        "slice": order.slice,
        "leg": order.leg,
        "quantity": order.quantity,
        "limit_price_e4": to_e4(order.limit_price),
        "session_date": order.session_date.isoformat(),
        "created_at": utc_text(order.created_at),
        "state": order.state,
        "send_state": order.send_state,
        "filled_quantity": order.filled_quantity,
        "filled_amount_e4": to_e4(order.filled_amount),
        "cancelled_quantity": order.cancelled_quantity,
        "venue_order_id": order.venue_order_id,
        "raw_status": order.raw_status,
        "raw_text": order.raw_text,
        "reject_code": order.reject_code,
        "reject_reason": order.reject_reason,
        "final_reason": order.final_reason,
        "cancel_outcome": order.cancel_outcome,
        "want_cancel": order.want_cancel,
        "arrival_price_e4": optional_e4(order.arrival_price),
        "arrival_kind": order.arrival_kind,
        "arrival_spread_e4": optional_e4(order.arrival_spread),
        "acked_at": _moment_text(order.acked_at),
        "closed_at": _moment_text(order.closed_at),
        "version": order.version,
        "venue_status": order.venue_status,
        "venue_filled_quantity": order.venue_filled_quantity,
        "venue_changed_at": _moment_text(order.venue_changed_at),
    }


def order_of(row: sqlite3.Row) -> Order:
    """Return the order of a row."""
    return _order(tuple(row.keys()), tuple(row))


@lru_cache(maxsize=4096)
def _order(names: tuple[str, ...], values: tuple[Any, ...]) -> Order:
    """Equal rows are equal orders, and most rows of a poll have not changed since the last."""
    row = dict(zip(names, values, strict=True))
    final_reason, venue_status = row["final_reason"], row["venue_status"]
    return Order(
        account=row["account"],
        run_id=row["run_id"],
        client_order_id=row["client_order_id"],
        symbol=symbol_of(row["ts_code"]),
        side=Side(row["side"]),
        slice=row["slice"],
        leg=row["leg"],
        quantity=row["quantity"],
        limit_price=from_e4(row["limit_price_e4"]),
        session_date=date.fromisoformat(row["session_date"]),
        created_at=moment_of(row["created_at"]),
        state=OrderState(row["state"]),
        send_state=SendState(row["send_state"]),
        filled_quantity=row["filled_quantity"],
        filled_amount=from_e4(row["filled_amount_e4"]),
        cancelled_quantity=row["cancelled_quantity"],
        venue_order_id=row["venue_order_id"],
        raw_status=row["raw_status"],
        raw_text=row["raw_text"],
        reject_code=row["reject_code"],
        reject_reason=row["reject_reason"],
        final_reason=None if final_reason is None else FinalReason(final_reason),
        cancel_outcome=CancelOutcome(row["cancel_outcome"]),
        want_cancel=row["want_cancel"],
        arrival_price=optional_money(row["arrival_price_e4"]),
        arrival_kind=row["arrival_kind"],
        # A file of before migration 12 that is only read has no such column.
        arrival_spread=optional_money(row.get("arrival_spread_e4")),
        acked_at=optional_moment(row["acked_at"]),
        closed_at=optional_moment(row["closed_at"]),
        version=row["version"],
        venue_status=None if venue_status is None else VenueStatus(venue_status),
        venue_filled_quantity=row["venue_filled_quantity"],
        venue_changed_at=optional_moment(row["venue_changed_at"]),
    )


def _moment_text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
