from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq

from market.limits import DailyLimits, daily_limits
from market.rules import SecurityStatus
from market.symbol import Symbol
from tests.market.given import rule_book
from tests.support.shared_data import shared_data

COLUMNS = ["ts_code", "trade_date", "is_st", "delisting", "no_limit"]
PRICE_COLUMNS = ["pre_close", "up_limit", "down_limit"]


def status_of(is_st: bool, delisting: bool, no_limit: bool) -> SecurityStatus:
    if no_limit:
        return SecurityStatus.UNLIMITED
    if delisting:
        return SecurityStatus.DELISTING
    return SecurityStatus.ST if is_st else SecurityStatus.NORMAL


def price(value: float | None) -> Decimal | None:
    """The source stores cents as binary fractions; two decimals restore them exactly."""
    return None if value is None else Decimal(f"{value:.2f}")


def published(up: float | None, down: float | None) -> DailyLimits | None:
    high, low = price(up), price(down)
    return None if high is None or low is None else DailyLimits(high, low)


def test_the_limit_prices_of_every_stock_day_are_recomputed_without_a_difference() -> None:
    table = pq.read_table(shared_data() / "status_daily.parquet", columns=COLUMNS + PRICE_COLUMNS)
    rows = list(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True))
    symbols = {row[0]: Symbol.parse(row[0]) for row in rows}
    days = {text: date.fromisoformat(text) for text in {row[1] for row in rows}}

    differences = []
    for code, day, is_st, delisting, no_limit, prev_close, up, down in rows:
        rules = rule_book().on(symbols[code], days[day], status_of(is_st, delisting, no_limit))
        reference = price(prev_close)
        assert reference is not None
        if daily_limits(rules, reference) != published(up, down):
            differences.append((code, day))

    assert len(rows) == 199_337
    assert differences == []
