from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow.parquet as pq

from market.board import Board, board_of
from market.limits import DailyLimits, daily_limits
from market.rules import SecurityStatus
from market.segments import STOCK_BOARDS
from market.symbol import Symbol
from tests.market.given import rule_book
from tests.support.shared_data import shared_data

STATUS_COLUMNS = ["ts_code", "trade_date", "is_st", "delisting", "no_limit"]
LIMIT_COLUMNS = ["pre_close", "up_limit", "down_limit"]
BAR_COLUMNS = ["ts_code", "trade_date", "pre_close", "high", "low"]

# The data's README: four rows of segment A leave the band, all within five days of a listing.
NEW_LISTINGS_OUTSIDE = 4


def rows_of(file: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    table = pq.read_table(shared_data() / file, columns=columns)
    return zip(*(table.column(name).to_pylist() for name in columns), strict=True)


def price(value: float | None) -> Decimal | None:
    """The source stores cents as binary fractions; two decimals restore them exactly."""
    return None if value is None else Decimal(f"{value:.2f}")


def published(up: float | None, down: float | None) -> DailyLimits | None:
    high, low = price(up), price(down)
    return None if high is None or low is None else DailyLimits(high, low)


def status_of(is_st: bool, delisting: bool, no_limit: bool) -> SecurityStatus:
    if no_limit:
        return SecurityStatus.UNLIMITED
    if delisting:
        return SecurityStatus.DELISTING
    return SecurityStatus.ST if is_st else SecurityStatus.NORMAL


symbol = cache(Symbol.parse)
day_of = cache(date.fromisoformat)


def limits_on(code: str, day: str, status: SecurityStatus, pre_close: float) -> DailyLimits | None:
    reference = price(pre_close)
    assert reference is not None
    return daily_limits(rule_book().on(symbol(code), day_of(day), status), reference)


def leaves(limits: DailyLimits | None, high: Decimal | None, low: Decimal | None) -> bool:
    assert high is not None
    assert low is not None
    return limits is not None and not (limits.contains(high) and limits.contains(low))


def is_listing_day(bars: list[tuple[Any, ...]], code: str, day: str) -> bool:
    """Whether the day is one of the first five of a stock that was not there at the start."""
    first = min(row[1] for row in bars)
    days = sorted(row[1] for row in bars if row[0] == code)
    return days[0] > first and day in days[:5]


def test_the_limit_prices_of_every_stock_day_are_recomputed_without_a_difference() -> None:
    rows = list(rows_of("status_daily.parquet", STATUS_COLUMNS + LIMIT_COLUMNS))

    differences = [
        (code, day)
        for code, day, is_st, delisting, no_limit, pre_close, up, down in rows
        if limits_on(code, day, status_of(is_st, delisting, no_limit), pre_close)
        != published(up, down)
    ]

    assert len(rows) == 199_337
    assert differences == []


def test_the_rows_cover_every_board_st_delisting_and_days_without_limits() -> None:
    rows = list(rows_of("status_daily.parquet", STATUS_COLUMNS))
    kinds = {(board_of(symbol(row[0])), status_of(*row[2:])) for row in rows}

    assert {board for board, _ in kinds} == STOCK_BOARDS
    assert {(board, SecurityStatus.UNLIMITED) for board in STOCK_BOARDS} <= kinds
    assert {(Board.MAIN, SecurityStatus.ST), (Board.BSE, SecurityStatus.ST)} <= kinds
    assert {day for _, day, is_st, *_ in rows if is_st} >= {"20260703", "20260706"}


def test_every_bar_lies_inside_the_computed_band() -> None:
    statuses = {
        (row[0], row[1]): status_of(*row[2:])
        for row in rows_of("status_daily.parquet", STATUS_COLUMNS)
    }
    bars = [row for row in rows_of("daily_bars.parquet", BAR_COLUMNS) if row[2] is not None]

    outside = [
        (code, day)
        for code, day, pre_close, high, low in bars
        if leaves(
            limits_on(code, day, statuses.get((code, day), SecurityStatus.NORMAL), pre_close),
            price(high),
            price(low),
        )
    ]

    assert len(bars) == 381_713
    assert len(outside) == NEW_LISTINGS_OUTSIDE
    assert all(is_listing_day(bars, code, day) for code, day in outside)
