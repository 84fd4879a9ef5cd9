"""A plan's view as the daemon answers with it."""

from typing import Any

RUN = "20251107-0123456789ab"
HASH = "c0ffee" * 10
LOCKED = {"code": "LIMIT_LOCKED", "english": "locked at its limit", "chinese": "封板"}
DERISK = {"code": "DERISK", "english": "type the sell amount", "chinese": "输入卖出金额"}
UNDERINVESTED = {"code": "UNDERINVESTED", "english": "far below", "chinese": "明显低于"}
TOTALS = {
    "sell_amount": "6000",
    "buy_amount": "3000",
    "deferred_sell_amount": "0",
    "deferred_buy_amount": "0",
    "turnover": "9000",
    "turnover_ratio": "0.3",
    "fees": "12.5",
    "exposure_before": "0.6",
    "exposure_after": "0.5",
    "target_exposure": "0.5",
    "shrink_factor": "1",
    "message_count": 2,
}
CHECKS = [
    {
        "name": "total_weight",
        "english": "sum of weights",
        "chinese": "权重合计",
        "value": "0.5",
        "limit": "1",
        "passed": True,
        "about": "",
    },
    {
        "name": "single_name",
        "english": "largest weight",
        "chinese": "单一证券最大权重",
        "value": "0.4",
        "limit": "0.3",
        "passed": False,
        "about": "600000.SH",
    },
]


def line(ts_code: str, side: str, **changes: Any) -> dict[str, Any]:
    """Return one line of the view."""
    return {
        "ts_code": ts_code,
        "name": "浦发银行",
        "industry": "银行",
        "side": side,
        "disposition": "TRADE",
        "quantity_max": 300,
        "reference_price": "10",
        "reference_kind": "PREV_CLOSE",
        "limit_worst": None,
        "amount": "3000",
        "fees": "5",
        "owned_quantity": 0,
        "target_quantity": 300,
        "quantity_after": 300,
        "weight_before": "0",
        "weight_after": "0.1",
        "target_weight": "0.1",
        "full_exit": False,
        "is_held": False,
        "reason": None,
        "detail": "",
        **changes,
    }


def plan_view(**changes: Any) -> dict[str, Any]:
    """Return a view with one line in each part."""
    return {
        "run_id": RUN,
        "state": "AWAITING_APPROVAL",
        "plan_hash": HASH,
        "mode": "paper",
        "account": "A1",
        "endpoint": "http://127.0.0.1:9000",
        "champion_id": "seed_balance_strategy",
        "parent_run_id": None,
        "signal_date": "2025-11-07",
        "session_date": "2025-11-10",
        "created_at": "2025-11-07T20:00:05+08:00",
        "approvable_from": "2025-11-07T20:00:05+08:00",
        "expires_at": "2025-11-10T14:50:00+08:00",
        "seconds_left": 240_000,
        "totals": TOTALS,
        "cash_path": [
            {"step": "OPENING", "amount": "1000", "balance": "1000"},
            {"step": "CLOSING", "amount": "0", "balance": "3987.5"},
        ],
        "sells": [line("600519.SH", "SELL", reason=LOCKED)],
        "buys": [line("600000.SH", "BUY")],
        "holds": [],
        "denied": [],
        "checks": CHECKS,
        "flags": [],
        "prices": {
            "read_at": "2025-11-07T20:00:05+08:00",
            "age_s": 90,
            "kinds": {"PREV_CLOSE": 2},
        },
        "difference": None,
        "rehearsal": {"plan_hash": HASH, "progress": "NONE", "why": "", "rehearsal": None},
        "notes": [],
        "asked": {
            "stage": None,
            "persons_min": 1,
            "seconds_shown_min": 0,
            "author_may_approve": True,
        },
        "given": [],
        **changes,
    }
