"""The venue's side of the full book: the ledger that contradicts nothing in it."""

import copy
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from market.money import decimal_text
from statemachine.order import Order
from tests.support.book import ACCOUNT, BANK, OPEN, SESSION, VANKE, at
from tests.support.full_book import FILLED, SOLD

Json = dict[str, Any]
OPENING_CASH = Decimal(100_000)
FEES = {"commission": "5", "stamp_duty": "0", "transfer": "0.01"}
FEES_OF_A_FILL = Decimal("5.01")
DIVIDEND = FILLED.limit_price


def ledger() -> Json:
    """Return the document, as JSON values, fresh."""
    fills = [_fill(FILLED, 400, "1"), _fill(FILLED, 200, "2"), _fill(SOLD, 100, "3")]
    cash = _cash(fills)
    return copy.deepcopy(
        {
            "account": ACCOUNT,
            "orders": [_order(FILLED, 600, "SUCCEEDED"), _order(SOLD, 100, "PART_CANCEL")],
            "fills": fills,
            "cash_entries": cash,
            "share_entries": [
                _shares("OPENING", str(VANKE), 500, 500, "09:00"),
                _shares("BUY", str(BANK), 400, 400),
                _shares("BUY", str(BANK), 200, 600),
                _shares("SELL", str(VANKE), -100, 400),
            ],
            "cash": {"total": cash[-1]["balance"]},
            "positions": [
                {"symbol": str(BANK), "quantity": 600},
                {"symbol": str(VANKE), "quantity": 400},
            ],
        }
    )


def venue_order_id(order: Order) -> str:
    return f"V{order.client_order_id[-6:]}"


def _order(order: Order, filled: int, status: str) -> Json:
    return {
        "client_order_id": order.client_order_id,
        "venue_order_id": venue_order_id(order),
        "symbol": str(order.symbol),
        "side": order.side.value,
        "quantity": order.quantity,
        "limit_price": decimal_text(order.limit_price),
        "filled_quantity": filled,
        "status": status,
        "created_at": OPEN.isoformat(),
    }


def _fill(order: Order, quantity: int, fill_id: str) -> Json:
    return {
        "fill_id": fill_id,
        "kind": "TRADE",
        "market": "SH",
        "trade_date": SESSION.isoformat(),
        "client_order_id": order.client_order_id,
        "venue_order_id": venue_order_id(order),
        "symbol": str(order.symbol),
        "side": order.side.value,
        "quantity": quantity,
        "price": decimal_text(order.limit_price),
        "amount": decimal_text(quantity * order.limit_price),
        "fees": dict(FEES),
    }


def _cash(fills: Sequence[Json]) -> list[Json]:
    moves = [("OPENING", OPENING_CASH, None)]
    for fill in fills:
        sign = 1 if fill["side"] == "SELL" else -1
        moves.append((fill["side"], sign * Decimal(fill["amount"]), fill["client_order_id"]))
        moves.append(("FEES", -FEES_OF_A_FILL, fill["client_order_id"]))
    moves.append(("DIVIDEND", DIVIDEND, None))
    balance, lines = Decimal(0), []
    for kind, amount, order in moves:
        balance += amount
        lines.append(
            {
                "at": OPEN.isoformat(),
                "kind": kind,
                "amount": decimal_text(amount),
                "balance": decimal_text(balance),
                "client_order_id": order,
            }
        )
    return lines


def _shares(kind: str, name: str, quantity: int, balance: int, clock: str = "09:31") -> Json:
    return {
        "at": at(clock).isoformat(),
        "kind": kind,
        "symbol": name,
        "quantity": quantity,
        "balance": balance,
    }
