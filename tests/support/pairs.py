"""A good pair of files, small enough to read, and ways to spoil it."""

import json
from collections.abc import Mapping, Sequence

CSV_NAME = "portfolio_20251107.csv"
CONTEXT_NAME = "execution_context_20251107.json"

HEADER = "trade_date,ts_code,code,score,industry_l1,sector,weight"
ROWS = (
    "20251107,600000.SH,600000.SH,0.9,银行,银行,0.2",
    "20251107,000001.SZ,,0.8,银行,银行,0.1",
    "20251107,,300750.SZ,0.7,电力设备,电力设备,0.15",
)
CONTEXT: Mapping[str, object] = {
    "trade_date": "20251107",
    "active_champion_id": "seed_balance_strategy",
    "position_info": {"trend_state": 2, "market_volatility": 0.1659},
    "target_exposure": 0.45,
    "risk_checks": {
        "single_position_ok": True,
        "sector_exposure_ok": True,
        "total_position_ok": True,
    },
}


def csv_text(rows: Sequence[str] = ROWS, header: str = HEADER, end: str = "\n") -> str:
    """Return a portfolio as pandas writes it."""
    return "".join(line + end for line in (header, *rows))


def csv_bytes(rows: Sequence[str] = ROWS, header: str = HEADER) -> bytes:
    return csv_text(rows, header).encode()


def row(
    weight: str = "0.2", ts_code: str = "600000.SH", code: str = "", day: str = "20251107"
) -> str:
    """Return one row under HEADER."""
    return f"{day},{ts_code},{code},0.9,银行,银行,{weight}"


def context_text(**changes: object) -> str:
    """Return the context as the producer writes it (indent 2), with some fields replaced."""
    return json.dumps({**CONTEXT, **changes}, ensure_ascii=False, indent=2)


def context_bytes(**changes: object) -> bytes:
    return context_text(**changes).encode()


def context_without(*names: str) -> bytes:
    kept = {name: value for name, value in CONTEXT.items() if name not in names}
    return json.dumps(kept, ensure_ascii=False, indent=2).encode()
