"""A rehearsed run as the daemon shows it and the same run in the venue's ledger, both as JSON."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from daemon.rehearsal.driver import Played
from daemon.rehearsal.options import Pair, RehearsalOptions
from daemon.rehearsal.sample import CASH
from market.money import decimal_text

Json = dict[str, Any]

CODES = ("600000.SH", "000001.SZ", "688001.SH", "300750.SZ")
PAIR = Pair(Path("portfolio_20251107.csv"), Path("execution_context_20251107.json"), date.min)
FEES = {"commission": "5", "stamp_duty": "0", "transfer": "0.01"}


def order_id(number: int) -> str:
    """Return an id of the shape this program gives."""
    return "S" + "ABCDEFGH"[number] * 20


def shown_order(number: int, filled: int = 100, **changes: object) -> Json:
    return {
        "client_order_id": order_id(number),
        "ts_code": CODES[number],
        "side": "SELL" if number % 2 else "BUY",
        "quantity": 300,
        "limit_price": "10.1",
        "state": "FILLED",
        "send_state": "ACCEPTED",
        "filled_quantity": filled,
        "filled_amount": decimal_text(filled * CASH / 100_000),
        **changes,
    }


def shown_fill(number: int, part: int = 1, **changes: object) -> Json:
    return {
        "client_order_id": order_id(number),
        "fill_id": f"F{number}.{part}",
        "ts_code": CODES[number],
        "side": "SELL" if number % 2 else "BUY",
        "quantity": 100,
        "price": "10",
        "amount": "1000",
        "fees": dict(FEES),
        **changes,
    }


def at_venue(shown: Json) -> Json:
    """Return an order or a fill as the venue spells it."""
    spelled = {"symbol" if name == "ts_code" else name: value for name, value in shown.items()}
    return deepcopy(spelled)


def shown_run(
    orders: Sequence[Json] = (), fills: Sequence[Json] = (), owned: dict[str, int] | None = None
) -> Json:
    """Return what the control socket shows of a run."""
    account = {"expected_cash": "998990.00", "owned": owned or {}, "foreign": ["600519.SH"]}
    return {
        "orders": list(orders),
        "fills": list(fills),
        "account": account,
        "summary": summary(),
        "artifacts": ["broker_submit_20251107_180110.json"],
    }


def ledger_of(shown: Json) -> Json:
    """Return the venue's ledger that agrees with a run."""
    owned = shown["account"]["owned"]
    return {
        "orders": [at_venue(order) for order in shown["orders"]],
        "fills": [at_venue(fill) for fill in shown["fills"]],
        "cash": {"total": "998990"},
        "positions": [
            *({"symbol": code, "quantity": quantity} for code, quantity in owned.items()),
            {"symbol": "600519.SH", "quantity": 700},
        ],
    }


def summary(**changes: object) -> Json:
    """Return the summary of a sound run."""
    return {
        "run_id": "20251107-0123456789ab",
        "trade_date": "20251107",
        "plan_hash": "a" * 64,
        "status": "COMPLETED",
        "refusals": [],
        "planned": 2,
        "denied": [],
        "orders": {"total": 2, "filled": 1},
        "planned_notional": "4000",
        "filled_notional": "1000",
        "fees": "5.01",
        "slippage_bp": "1.5",
        "breaks": [],
        **changes,
    }


def played(shown: Json, ledger: Json | None = None, restarts: int = 0) -> Played:
    """Return a run that was played to its end; both books agree unless a ledger is given."""
    return Played(PAIR, shown, ledger or ledger_of(shown), frozenset(), restarts)


def options(out: Path, market: Path, **changes: Any) -> RehearsalOptions:
    """Return a rehearsal of one pair."""
    chosen: Json = {
        "pairs": (PAIR,),
        "market": market,
        "out": out,
        "cash": CASH,
        "positions": None,
        "speed": None,
        "seed": 7,
        "approve_gaps": True,
        "messages_per_day": 50,
        "config": None,
    }
    return RehearsalOptions(**{**chosen, **changes})
