"""Good answers of a gateway about the orders of the full book, to be spoiled."""

import json
from datetime import timedelta
from typing import Any

from adapters.wire.models import NewOrder
from market.money import decimal_text
from statemachine.order import Order
from tests.support.book import OPEN, SESSION, at
from tests.support.full_book import FILLED, PLANNED, SOLD, UNKNOWN

Json = dict[str, Any]
NOW = (OPEN + timedelta(minutes=1)).isoformat()


def _sent(order: Order) -> NewOrder:
    return NewOrder(
        client_order_id=order.client_order_id,
        symbol=str(order.symbol),
        side=order.side,
        limit_price=order.limit_price,
        quantity=order.quantity,
        deadline=at("14:50"),
    )


SENT = (_sent(UNKNOWN), _sent(PLANNED))


def _view(order: Order, status: str, raw: int, filled: int, version: int) -> Json:
    return {
        "client_order_id": order.client_order_id,
        "venue_order_id": f"V{order.client_order_id[-6:]}",
        "venue_sys_id": None,
        "symbol": str(order.symbol),
        "side": order.side.value,
        "type": "LIMIT",
        "limit_price": decimal_text(order.limit_price),
        "quantity": order.quantity,
        "status": status,
        "raw_status": raw,
        "raw_text": "部成",
        "filled_quantity": filled,
        "average_price": decimal_text(order.limit_price) if filled else None,
        "filled_amount": decimal_text(filled * order.limit_price),
        "fees_total": None,
        "reject_code": None,
        "reject_reason": None,
        "version": version,
        "created_at": OPEN.isoformat(),
        "updated_at": NOW,
    }


def _fill(order: Order, quantity: int, fill_id: str, kind: str = "TRADE") -> Json:
    return {
        "fill_id": fill_id,
        "kind": kind,
        "market": "SH",
        "trade_date": SESSION.isoformat(),
        "client_order_id": order.client_order_id,
        "venue_order_id": f"V{order.client_order_id[-6:]}",
        "symbol": str(order.symbol),
        "side": order.side.value,
        "quantity": quantity,
        "price": decimal_text(order.limit_price),
        "amount": decimal_text(quantity * order.limit_price),
        "fees": {"commission": "5", "stamp_duty": "0.25", "transfer": "0.01"},
        "fill_time": NOW,
    }


def _error(code: str) -> Json:
    return {
        "code": code,
        "message": "资金不足",
        "outcome": "not_executed",
        "retry": "never",
        "request_id": "r1",
        "order": None,
    }


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def submit_replies() -> tuple[bytes, ...]:
    """Return an acceptance of both, an acceptance beside a refusal, and a whole refusal."""
    names = [order.client_order_id for order in SENT]
    taken = _view(UNKNOWN, "REPORTED", 50, 0, 7)
    other = _view(PLANNED, "REPORTED", 50, 0, 8)
    accepted = [
        {"client_order_id": name, "outcome": "accepted", "order": view, "replayed": False}
        for name, view in zip(names, (taken, other), strict=True)
    ]
    refused = {
        "client_order_id": names[1],
        "outcome": "rejected",
        "error": _error("INSUFFICIENT_FUNDS"),
    }
    return (
        _bytes({"results": accepted}),
        _bytes({"results": [accepted[0], refused]}),
        _bytes(_error("AUTH_SIGNATURE")),
    )


def cancel_replies() -> tuple[bytes, ...]:
    """Return an acceptance and a refusal with the order's view."""
    refusal = {**_error("NOT_CANCELABLE"), "order": _view(UNKNOWN, "SUCCEEDED", 56, 400, 9)}
    name = UNKNOWN.client_order_id
    return _bytes({"client_order_id": name, "requested": True}), _bytes(refusal)


def orders_pages() -> tuple[bytes, ...]:
    """Return news of an unknown, a filled, a cancelled and a foreign order."""
    foreign = {**_view(UNKNOWN, "PART_SUCC", 55, 200, 12), "client_order_id": None}
    return tuple(
        _bytes({"orders": rows, "next_cursor": "13", "complete": True, "as_of": NOW})
        for rows in (
            [_view(UNKNOWN, "PART_SUCC", 55, 200, 7), _view(FILLED, "SUCCEEDED", 56, 600, 8)],
            [_view(SOLD, "PART_CANCEL", 53, 100, 9), _view(UNKNOWN, "JUNK", 57, 0, 10)],
            [foreign],
        )
    )


def fills_pages() -> tuple[bytes, ...]:
    """Return new fills, known ones, a reversal and a foreign one."""
    foreign = {**_fill(UNKNOWN, 100, "77"), "client_order_id": None, "fees": None}
    return tuple(
        _bytes({"fills": rows, "next_cursor": "5", "complete": True, "as_of": NOW})
        for rows in (
            [_fill(UNKNOWN, 100, "11"), _fill(UNKNOWN, 300, "12")],
            [_fill(FILLED, 400, "1"), _fill(FILLED, -400, "1", "BUST")],
            [foreign],
        )
    )


def movements_pages() -> tuple[bytes, ...]:
    """Return cash and shares that moved without a trade."""
    row = {
        "movement_id": "m7",
        "kind": "BONUS_SHARES",
        "symbol": str(FILLED.symbol),
        "quantity": 60,
        "amount": "0",
        "date": SESSION.isoformat(),
        "text": "送股",
    }
    cash = {**row, "movement_id": "m8", "kind": "DEPOSIT", "symbol": None, "quantity": 0}
    return (
        _bytes(
            {
                "movements": [row, {**cash, "amount": "1000.55"}],
                "next_cursor": "3",
                "complete": True,
                "as_of": NOW,
            }
        ),
    )


OPENED_SESSION: Json = {
    "session_token": "token",
    "session_epoch": 3,
    "expires_at": NOW,
    "account_id": "A100",
    "trade_date": SESSION.isoformat(),
    "server_time": NOW,
    "capabilities": {
        "dedupe_scope": "TTL",
        "dedupe_ttl_s": 600,
        "query_by_cid": "strong",
        "cid_max_len": 24,
        "list_complete": True,
        "fill_id_scope": "day",
        "definite_refusal_codes": ["LOT_SIZE"],
        "max_inflight_s": 10,
        "cancel_windows": ["09:20-09:25"],
        "session_exclusive": True,
        "valid_until": True,
        "cancel_rows_listed_as_orders": False,
    },
    "rate_limits": {"orders_per_second": 10, "orders_per_second_hard": 20, "orders_per_day": 5000},
}
TIME: Json = {"server_time": NOW, "trade_date": SESSION.isoformat(), "market_phase": "MORNING"}
FUNDS: Json = {
    "available": "1000.5",
    "frozen": "0",
    "market_value": "20.35",
    "total_asset": "1020.85",
    "withdrawable": "1000.5",
    "as_of": NOW,
}
POSITIONS: Json = {
    "complete": True,
    "as_of": NOW,
    "positions": [
        {
            "symbol": "600000.SH",
            "quantity": 600,
            "sellable": 0,
            "frozen": 0,
            "in_transit": 0,
            "cost_price": "10.0583",
            "market_value": "6030",
        }
    ],
}
INSTRUMENTS: Json = {
    "instruments": [
        {
            "symbol": "600000.SH",
            "name": "浦发银行",
            "board": "SH_MAIN",
            "status": "TRADING",
            "is_st": False,
            "list_date": "1999-11-10",
            "prev_close": "10.00",
            "limit_up": "11.00",
            "limit_down": "9.00",
            "tick": "0.01",
        }
    ]
}
QUOTES: Json = {
    "quotes": [
        {
            "symbol": "600000.SH",
            "last": "10.05",
            "bid1": "10.04",
            "ask1": "10.05",
            "bid1_qty": 1200,
            "ask1_qty": 300,
            "volume": 120000,
            "amount": "1205000.5",
            "quote_time": NOW,
        }
    ]
}
