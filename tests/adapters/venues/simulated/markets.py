"""Small made-up markets on disk, in the format of data/README.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.venues.simulated.account import OpeningPosition
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.factory import VenueSettings, build_venue
from adapters.wire.models import NewOrder
from market.phases import market_time
from market.side import Side
from market.symbol import Symbol
from tests.market.given import calendar, rule_book

BANK = "600000.SH"
STEEL = "600010.SH"
CHIP = "688981.SH"

FRIDAY = date(2025, 11, 7)
MONDAY = date(2025, 11, 10)
TUESDAY = date(2025, 11, 11)

_NO_POSITIONS: Mapping[str, tuple[int, str]] = {}


@dataclass(frozen=True)
class Day:
    """One daily bar in CNY and shares."""

    code: str
    day: date
    open: float
    high: float
    low: float
    close: float
    pre_close: float | None
    volume: int = 16_000_000

    def row(self) -> dict[str, object]:
        return {
            "ts_code": self.code,
            "trade_date": f"{self.day:%Y%m%d}",
            "open": self.open,
            "high": self.high,
            "low": self.low,
            "close": self.close,
            "pre_close": self.pre_close,
            "volume": self.volume,
            "amount": round(self.volume * (self.open + self.close) / 2, 2),
            "segment": "A",
        }


@dataclass(frozen=True)
class Quarter:
    """One quarter-hour bar; `end` as the file spells it, 09:45."""

    code: str
    day: date
    end: str
    open: float
    high: float
    low: float
    close: float
    volume: int

    def row(self) -> dict[str, object]:
        return {
            "ts_code": self.code,
            "trade_date": f"{self.day:%Y%m%d}",
            "time": self.end,
            "open": self.open,
            "high": self.high,
            "low": self.low,
            "close": self.close,
            "volume": self.volume,
            "amount": round(self.volume * self.close, 2),
        }


CALM_WEEK = (
    Day(BANK, FRIDAY, 9.90, 10.10, 9.80, 10.00, 9.90),
    Day(BANK, MONDAY, 10.00, 10.20, 9.90, 10.10, 10.00),
    Day(BANK, TUESDAY, 10.10, 10.30, 10.00, 10.20, 10.10),
    Day(STEEL, FRIDAY, 5.00, 5.10, 4.90, 5.00, 5.00, 3_200_000),
    Day(STEEL, MONDAY, 5.00, 5.20, 4.95, 5.10, 5.00, 3_200_000),
    Day(STEEL, TUESDAY, 5.10, 5.20, 5.00, 5.10, 5.10, 3_200_000),
)


def write_market(
    folder: Path, days: Iterable[Day] = CALM_WEEK, quarters: Iterable[Quarter] = ()
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "daily_bars.parquet", [day.row() for day in days], _DAILY)
    rows = [quarter.row() for quarter in quarters]
    if rows:
        _write(folder / "minute_bars.parquet", rows, _QUARTERS)
    return folder


def write_csv(path: Path, header: str, *rows: str) -> None:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def write_status(folder: Path, rows: Sequence[Mapping[str, object]]) -> None:
    _write(folder / "status_daily.parquet", list(rows), _STATUS)


def status_row(code: str, day: date, **changes: object) -> dict[str, object]:
    return {
        "ts_code": code,
        "trade_date": f"{day:%Y%m%d}",
        "name": "样本",
        "is_st": False,
        "delisting": False,
        "suspended": False,
        "no_limit": False,
        "pre_close": 10.0,
        "up_limit": 11.0,
        "down_limit": 9.0,
        **changes,
    }


def flat(bar: Day, price: float) -> Day:
    """The same day traded at one price only."""
    return replace(bar, open=price, high=price, low=price, close=price)


def venue_at(
    folder: Path,
    moment: datetime,
    *,
    cash: str = "1000000",
    positions: Mapping[str, tuple[int, str]] = _NO_POSITIONS,
    settings: VenueSettings | None = None,
) -> SimulatedVenue:
    return build_venue(
        folder,
        account="PAPER1",
        cash=Decimal(cash),
        start=moment,
        positions={
            Symbol.parse(code): OpeningPosition(quantity, Decimal(cost))
            for code, (quantity, cost) in positions.items()
        },
        settings=settings,
        calendar=calendar(),
        rule_book=rule_book(),
    )


def on_monday(clock: str) -> datetime:
    return market_time(MONDAY, clock)


def new_order(
    number: int,
    code: str = BANK,
    side: Side = Side.BUY,
    price: str = "10.15",
    quantity: int = 1000,
    deadline: datetime | None = None,
) -> NewOrder:
    return NewOrder(
        client_order_id=f"ORDER{number:04d}",
        symbol=code,
        side=side,
        limit_price=Decimal(price),
        quantity=quantity,
        deadline=deadline or market_time(date(2026, 12, 30), "14:50:00"),
    )


_Fields = list[tuple[str, pa.DataType]]

_PRICES: _Fields = [(name, pa.float64()) for name in ("open", "high", "low", "close")]
_KEYS: _Fields = [("ts_code", pa.string()), ("trade_date", pa.string())]
_DAILY = pa.schema(
    [
        *_KEYS,
        *_PRICES,
        ("pre_close", pa.float64()),
        ("volume", pa.int64()),
        ("amount", pa.float64()),
        ("segment", pa.string()),
    ]
)
_QUARTERS = pa.schema(
    [*_KEYS, ("time", pa.string()), *_PRICES, ("volume", pa.int64()), ("amount", pa.float64())]
)
_STATUS = pa.schema(
    [
        *_KEYS,
        ("name", pa.string()),
        ("is_st", pa.bool_()),
        ("delisting", pa.bool_()),
        ("suspended", pa.bool_()),
        ("no_limit", pa.bool_()),
        ("pre_close", pa.float64()),
        ("up_limit", pa.float64()),
        ("down_limit", pa.float64()),
    ]
)


def _write(path: Path, rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> None:
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
