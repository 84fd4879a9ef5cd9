"""The venue on the real bars that lie beside the project in CI."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from adapters.broker import InstrumentStatus
from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.bars import ended_slots
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.wire.models import FillView, NewOrder
from market.money import round_cent
from market.phases import market_time
from market.side import Side
from tests.adapters.venues.simulated.markets import venue_at
from tests.support.shared_data import shared_data

RICH = "100000000"
EX_DAY = date(2026, 7, 10)
MINUTE_DAY = date(2026, 1, 19)

Row = dict[str, object]


@pytest.fixture(scope="module")
def daily() -> dict[str, dict[str, Row]]:
    """Daily bars of segment B by day and name."""
    rows = pq.ParquetFile(shared_data() / "daily_bars.parquet").read().to_pylist()
    by_day: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row["segment"] == "B":
            by_day[row["trade_date"]][row["ts_code"]] = row
    return by_day


def csv_rows(name: str) -> list[dict[str, str]]:
    with (shared_data() / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def portfolio_codes(run: str) -> list[str]:
    rows = csv_rows(f"portfolio_runs/{run}/portfolio_{run}.csv")
    return [row.get("ts_code") or row["code"] for row in rows]


def an_order(
    number: int, code: str, side: Side, price: Decimal, quantity: int, day: date
) -> NewOrder:
    return NewOrder(
        client_order_id=f"ORDER{number:06d}",
        symbol=code,
        side=side,
        limit_price=price,
        quantity=quantity,
        deadline=market_time(day, "14:50:00"),
    )


async def test_993_names_are_quoted_but_the_one_suspended() -> None:
    codes = portfolio_codes("20260722")
    venue = venue_at(shared_data(), market_time(date(2026, 7, 23), "09:45:00"), cash=RICH)
    facts = await venue.instruments(codes)
    quotes = await venue.quotes(codes)
    assert len(facts) == len(quotes) == 993
    dark = [quote.symbol for quote in quotes if quote.last is None]
    assert dark == [fact.symbol for fact in facts if fact.status is InstrumentStatus.SUSPENDED]
    assert len(dark) == 1


async def test_real_quarter_hours_are_quoted_as_they_end() -> None:
    code = "600519.SH"
    rows = pq.read_table(
        shared_data() / "minute_bars.parquet",
        filters=[("trade_date", "=", f"{MINUTE_DAY:%Y%m%d}"), ("ts_code", "=", code)],
    ).to_pylist()
    assert len(rows) == 16
    venue = venue_at(shared_data(), market_time(MINUTE_DAY, "09:00:00"), cash=RICH)
    for row in rows:
        venue.advance_to(market_time(MINUTE_DAY, f"{row['time']}:00"))
        (quote,) = await venue.quotes([code])
        assert quote.last == Decimal(str(row["close"]))
    assert quote.volume == sum(row["volume"] for row in rows)


async def test_the_names_of_suspensions_csv_are_suspended_on_their_days() -> None:
    by_day: dict[str, list[str]] = defaultdict(list)
    for row in csv_rows("suspensions.csv"):
        by_day[row["trade_date"]].append(row["ts_code"])
    for text, codes in sorted(by_day.items())[-3:]:
        day = datetime.strptime(f"{text}+0800", "%Y%m%d%z").date()
        venue = venue_at(shared_data(), market_time(day, "09:00:00"))
        for fact in await venue.instruments(codes):
            assert fact.status in {InstrumentStatus.SUSPENDED, InstrumentStatus.NOT_FOUND}


async def test_an_ex_day_credits_real_holders_to_the_cent() -> None:
    rows = [row for row in csv_rows("ex_rights.csv") if row["ex_date"] == f"{EX_DAY:%Y%m%d}"]
    chosen = rows[:5]
    assert len(chosen) == 5
    venue = venue_at(
        shared_data(),
        market_time(EX_DAY - timedelta(days=1), "18:00:00"),
        cash="0",
        positions={row["ts_code"]: (1230, "10.00") for row in chosen},
    )
    before = await venue.funds()
    venue.advance_to(market_time(EX_DAY, "08:30:00"))
    after = await venue.funds()
    owed = sum(
        (1230 * (Decimal(row["last_close"]) - Decimal(row["pre_close"])) for row in chosen),
        Decimal(0),
    )
    movements, _ = await venue.movements_since(0)
    assert {movement.symbol for movement in movements} == {row["ts_code"] for row in chosen}
    assert after.available == owed == sum(movement.amount for movement in movements)
    assert after.total_asset == before.total_asset


async def test_one_price_limit_days_fill_only_against_the_lock(
    daily: dict[str, dict[str, Row]],
) -> None:
    locked_up, locked_down = 0, 0
    for text in sorted(daily)[2:6]:
        day = datetime.strptime(f"{text}+0800", "%Y%m%d%z").date()
        codes = list(one_price(daily[text]))
        venue = venue_at(
            shared_data(),
            market_time(day, "09:50:00"),
            cash=RICH,
            positions=dict.fromkeys(codes, (1000, "1.00")),
        )
        locked_up += await send_against(venue, day, codes, Side.BUY)
        locked_down += await send_against(venue, day, codes, Side.SELL)
        venue.advance_to(market_time(day, "15:00:00"))
        assert (await venue.fills_since(0))[0] == []
    assert locked_up > 10
    assert locked_down > 3


def one_price(rows: dict[str, Row]) -> Iterator[str]:
    for code, row in rows.items():
        if row["high"] == row["low"] != row["pre_close"]:
            yield code


async def send_against(venue: SimulatedVenue, day: date, codes: list[str], side: Side) -> int:
    """Send an order at the locked price in every name that is locked against this side."""
    sent = 0
    for number, fact in enumerate(await venue.instruments(codes)):
        price = fact.limit_up if side is Side.BUY else fact.limit_down
        (quote,) = await venue.quotes([fact.symbol])
        if price is None or quote.last != price:
            continue
        assert (quote.ask1 if side is Side.BUY else quote.bid1) is None
        order = an_order(number + 1000 * (side is Side.BUY), fact.symbol, side, price, 200, day)
        await venue.place(order)
        sent += 1
    return sent


async def test_a_real_portfolio_fills_inside_bars_limits_and_participation(
    daily: dict[str, dict[str, Row]],
) -> None:
    day = date(2026, 7, 27)
    venue = venue_at(shared_data(), market_time(day, "09:46:00"), cash=RICH)
    codes = portfolio_codes("20260724")
    for number, quote in enumerate(await venue.quotes(codes)):
        if quote.ask1 is not None:
            quantity = min(max(int(2_000_000 / quote.ask1) // 100 * 100, 200), 100_000)
            price = round_cent(quote.ask1 * Decimal("1.015"))
            with suppress(VenueRefused):  # near the upper limit 1.5 % is too much
                await venue.place(an_order(number, quote.symbol, Side.BUY, price, quantity, day))
    venue.advance_to(market_time(day, "15:00:00"))
    fills, _ = await venue.fills_since(0)
    assert len({fill.symbol for fill in fills}) > 40
    rows = daily[f"{day:%Y%m%d}"]
    check_participation(venue, fills)
    for fill in fills:
        row = rows[fill.symbol]
        assert Decimal(str(row["low"])) <= fill.price <= Decimal(str(row["high"]))


def check_participation(venue: SimulatedVenue, fills: list[FillView]) -> None:
    taken: dict[tuple[str, int], int] = defaultdict(int)
    for fill in fills:
        slot = ended_slots(fill.trade_date, fill.fill_time - timedelta(microseconds=1))
        taken[fill.symbol, slot] += fill.quantity
    for (code, slot), quantity in taken.items():
        bars = venue._market._feed.bars(code, fills[0].trade_date)
        assert bars is not None
        assert quantity <= bars[slot].volume // 10
