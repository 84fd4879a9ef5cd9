"""A rehearsed run as the daemon shows it, as JSON."""

from collections.abc import Sequence
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


def shown_run(orders: Sequence[Json] = ()) -> Json:
    """Return what the control socket shows of a run."""
    return {
        "orders": list(orders),
        "summary": summary(),
        "artifacts": ["broker_submit_20251107_180110.json"],
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


def played(shown: Json, *differences: str, restarts: int = 0) -> Played:
    """Return a run that was played to its end."""
    return Played(PAIR, shown, {}, differences, restarts)


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
