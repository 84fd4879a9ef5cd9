"""Re-derives from the bars alone why a line could not trade."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq


class Bars:
    """The daily and quarter-hour bars of a market directory, as plain rows."""

    def __init__(self, folder: Path) -> None:
        self._daily = pq.read_table(folder / "daily_bars.parquet")
        self._minutes = pq.read_table(folder / "minute_bars.parquet")

    def day(self, code: str, session: date) -> dict[str, Any] | None:
        """Return the day's bar, None where the name did not trade."""
        rows = self._rows(self._daily, code, session)
        return rows[0] if rows else None

    def quarters(self, code: str, session: date) -> list[dict[str, Any]]:
        """Return the quarter-hour bars of the day, in order; empty where there are none."""
        rows = self._rows(self._minutes, code, session)
        return sorted(rows, key=lambda row: row["time"])

    @staticmethod
    def _rows(table: Any, code: str, session: date) -> list[dict[str, Any]]:
        day = f"{session:%Y%m%d}"
        chosen = (pc.field("ts_code") == code) & (pc.field("trade_date") == day)
        rows: list[dict[str, Any]] = table.filter(chosen).to_pylist()
        return rows


def cents(value: float) -> Decimal:
    """Return a price of the files, which are binary floats, as the decimal it stands for."""
    return Decimal(repr(value)).quantize(Decimal("0.01"))


def main_board_limits(prev_close: Decimal) -> tuple[Decimal, Decimal]:
    """Return (down, up) at 10 %, rounded half up, by hand."""
    cent = Decimal("0.01")
    up = (prev_close * Decimal("1.1")).quantize(cent, ROUND_HALF_UP)
    down = (prev_close * Decimal("0.9")).quantize(cent, ROUND_HALF_UP)
    return down, up
