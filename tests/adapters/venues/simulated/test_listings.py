from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters.broker import InstrumentStatus
from adapters.venues.simulated.tables import MarketDataError
from market.phases import market_time
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    CHIP,
    FRIDAY,
    MONDAY,
    STEEL,
    TUESDAY,
    Day,
    on_monday,
    status_row,
    venue_at,
    write_csv,
    write_market,
    write_status,
)

EX_DAY = Day(BANK, MONDAY, 9.60, 9.80, 9.50, 9.70, 9.60)


async def test_the_published_reference_of_the_day_is_told_not_the_last_close(
    tmp_path: Path,
) -> None:
    venue = venue_at(write_market(tmp_path, [CALM_WEEK[0], EX_DAY]), on_monday("09:00:00"))
    (facts,) = await venue.instruments([BANK])
    assert facts.prev_close == Decimal("9.60")
    assert (facts.limit_up, facts.limit_down) == (Decimal("10.56"), Decimal("8.64"))


async def test_the_evening_before_only_the_last_close_can_be_told(tmp_path: Path) -> None:
    folder = write_market(tmp_path, [CALM_WEEK[0], EX_DAY])
    venue = venue_at(folder, market_time(FRIDAY, "18:00:00"))
    assert venue.trade_date() == MONDAY
    (facts,) = await venue.instruments([BANK])
    assert facts.prev_close == Decimal("10.00")
    assert (facts.limit_up, facts.limit_down) == (Decimal("11.00"), Decimal("9.00"))
    venue.advance_to(on_monday("08:00:00"))
    (facts,) = await venue.instruments([BANK])
    assert facts.prev_close == Decimal("9.60")


async def test_a_listed_name_without_a_bar_is_suspended_at_its_last_close(tmp_path: Path) -> None:
    folder = write_market(tmp_path, [CALM_WEEK[0], *CALM_WEEK[3:]])
    venue = venue_at(folder, on_monday("10:00:00"))
    (facts,) = await venue.instruments([BANK])
    assert facts.status is InstrumentStatus.SUSPENDED
    assert facts.prev_close == Decimal("10.00")


async def test_suspensions_csv_suspends(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    write_csv(folder / "suspensions.csv", "ts_code,trade_date,segment", f"{BANK},20251110,A")
    venue = venue_at(folder, on_monday("10:00:00"))
    bank, steel = await venue.instruments([BANK, STEEL])
    assert bank.status is InstrumentStatus.SUSPENDED
    assert steel.status is InstrumentStatus.TRADING


async def test_a_name_the_data_do_not_know_yet_is_not_found(tmp_path: Path) -> None:
    later = Day(CHIP, TUESDAY, 80.0, 81.0, 79.0, 80.0, 80.0)
    venue = venue_at(write_market(tmp_path, [*CALM_WEEK, later]), on_monday("10:00:00"))
    facts = await venue.instruments([CHIP, "600999.SH", "000001.SH"])
    assert [fact.status for fact in facts] == [InstrumentStatus.NOT_FOUND] * 3
    venue.advance_to(market_time(TUESDAY, "08:30:00"))
    (chip,) = await venue.instruments([CHIP])
    assert chip.status is InstrumentStatus.TRADING


async def test_published_status_decides_name_st_and_limits(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    row = status_row(BANK, MONDAY, name="*ST样本", is_st=True, up_limit=10.5, down_limit=9.5)
    write_status(folder, [row, status_row(STEEL, MONDAY, no_limit=True)])
    venue = venue_at(folder, on_monday("10:00:00"))
    bank, steel = await venue.instruments([BANK, STEEL])
    assert (bank.name, bank.is_st) == ("*ST样本", True)
    assert (bank.limit_up, bank.limit_down) == (Decimal("10.5"), Decimal("9.5"))
    assert (steel.limit_up, steel.limit_down) == (None, None)


async def test_the_first_five_days_of_a_listing_have_no_limits(tmp_path: Path) -> None:
    first = Day(CHIP, FRIDAY, 80.0, 120.0, 79.0, 100.0, None)
    second = Day(CHIP, MONDAY, 100.0, 150.0, 99.0, 140.0, 100.0)
    folder = write_market(tmp_path, [*CALM_WEEK, first, second])
    header = "ts_code,name,board,industry_l1,is_st,name_last,listed_in_window,in_segment_A"
    write_csv(folder / "instruments.csv", header, f"{CHIP},N芯片,STAR,,False,芯片,20251107,False")
    venue = venue_at(folder, on_monday("10:00:00"))
    (facts,) = await venue.instruments([CHIP])
    assert facts.limit_up is None
    assert (facts.name, facts.list_date) == ("N芯片", FRIDAY)


@pytest.mark.parametrize("missing", ["close", "ts_code"])
async def test_a_file_without_a_column_is_refused_by_name(tmp_path: Path, missing: str) -> None:
    path = write_market(tmp_path) / "daily_bars.parquet"
    pq.write_table(pq.ParquetFile(path).read().drop_columns([missing]), path)
    venue = venue_at(tmp_path, on_monday("10:00:00"))
    with pytest.raises(MarketDataError, match=missing):
        await venue.instruments([BANK])


def test_a_directory_without_daily_bars_is_no_market(tmp_path: Path) -> None:
    with pytest.raises(MarketDataError, match="daily_bars"):
        venue_at(tmp_path, on_monday("10:00:00"))


def test_a_calendar_that_disagrees_is_refused(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    write_csv(folder / "trade_calendar.csv", "trade_date", "20251107", "20251111")
    with pytest.raises(MarketDataError, match="calendar"):
        venue_at(folder, on_monday("10:00:00"))


def test_a_venue_stands_on_the_session_before_until_the_day_begins(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    assert venue_at(folder, on_monday("07:59:00")).trade_date() == MONDAY
    weekend = market_time(date(2025, 11, 8), "12:00:00")
    assert venue_at(folder, weekend).trade_date() == MONDAY
    assert venue_at(folder, on_monday("15:29:59")).trade_date() == MONDAY
    assert venue_at(folder, on_monday("15:30:00")).trade_date() == TUESDAY
