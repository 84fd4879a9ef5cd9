"""A market of a few names and a pair of files that trades them, small enough to simulate often."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.venues.simulated.account import OpeningPosition
from market.symbol import Symbol
from tests.support.pairs import HEADER, context_bytes

SIGNAL = date(2025, 11, 7)
SESSION = date(2025, 11, 10)
NEXT_SESSION = date(2025, 11, 11)
DAYS = (date(2025, 11, 6), SIGNAL, SESSION, NEXT_SESSION, date(2025, 11, 12))
CASH = Decimal(1_000_000)
ACCOUNT = "880001234"
CSV_NAME, CONTEXT_NAME = "portfolio_20251107.csv", "execution_context_20251107.json"
READY_NAME = "portfolio_20251107.ready"
# Code, industry, weight in 1/1000 of capital, price in cents, shares traded in a day.
NAMES = (
    ("600000.SH", "银行", 150, 1200, 60_000_000),
    ("000001.SZ", "地产", 120, 1000, 2_400_000),
    ("600519.SH", "食品饮料", 100, 2500, 300_000),
    ("000651.SZ", "家用电器", 80, 800, 30_000_000),
    ("601318.SH", "非银金融", 60, 1500, 20_000_000),
)
HELD = {"600036.SH": 6000, "000001.SZ": 1500}
HELD_PRICES = {"600036.SH": 2000}
HELD_VOLUME = 4_000_000


def opening_positions() -> Mapping[Symbol, OpeningPosition]:
    """Return what lies on the account before anything is traded."""
    return {
        Symbol.parse(code): OpeningPosition(quantity, Decimal(10))
        for code, quantity in HELD.items()
    }


def write_market(folder: Path) -> None:
    """Write the daily bars; every name trades quietly around its last close."""
    prices = {code: (price, volume) for code, _, _, price, volume in NAMES}
    prices |= {code: (price, HELD_VOLUME) for code, price in HELD_PRICES.items()}
    rows = [
        _bar(code, day, price, volume)
        for code, (price, volume) in sorted(prices.items())
        for day in DAYS
    ]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "daily_bars.parquet")


def _bar(code: str, day: date, price: int, volume: int) -> dict[str, object]:
    swing = max(price // 250, 2)
    return {
        "ts_code": code,
        "trade_date": f"{day:%Y%m%d}",
        "open": (price + swing // 2) / 100,
        "high": (price + swing) / 100,
        "low": (price - swing) / 100,
        "close": price / 100,
        "pre_close": price / 100,
        "volume": volume,
        "amount": float(price * volume // 100),
    }


def pair_bytes(names: int, tilt: int = 0) -> tuple[bytes, bytes]:
    """Return a CSV and its context for the first `names` names; `tilt` makes another content."""
    chosen = NAMES[:names]
    weights = [
        weight - (tilt if index == 0 else 0) for index, (_, _, weight, *_) in enumerate(chosen)
    ]
    return _csv(chosen, weights), context_bytes(target_exposure=sum(weights) / 1000)


def _csv(chosen: Sequence[tuple[str, str, int, int, int]], weights: Sequence[int]) -> bytes:
    rows = [
        f"20251107,{code},{code},0.9,{industry},{industry},{weight / 1000}"
        for (code, industry, *_), weight in zip(chosen, weights, strict=True)
    ]
    return "".join(f"{line}\n" for line in (HEADER, *rows)).encode()


@cache
def market_folder() -> Path:
    """Write the market once; a process forked later reads its parent's, which removes it."""
    folder = Path(tempfile.mkdtemp(prefix="sage-sim-market-", dir=fast_disk()))
    atexit.register(_remove, folder, os.getpid())
    write_market(folder)
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def fast_disk() -> Path | None:
    """A disk in memory where there is one: a simulated fsync need not be slow."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None
