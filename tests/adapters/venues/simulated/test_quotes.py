from decimal import Decimal
from pathlib import Path

import pytest

from adapters.venues.simulated.desk_settings import DeskSettings
from adapters.venues.simulated.factory import VenueSettings
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    FRIDAY,
    MONDAY,
    Day,
    Quarter,
    flat,
    new_order,
    on_monday,
    venue_at,
    write_market,
)

LOCKED_UP = Day(BANK, MONDAY, 11.00, 11.00, 11.00, 11.00, 10.00)


def quarters(later_price: float) -> list[Quarter]:
    first = [
        Quarter(BANK, MONDAY, "09:45", 10.00, 10.05, 9.95, 10.02, 60_000),
        Quarter(BANK, MONDAY, "10:00", 10.02, 10.08, 10.00, 10.05, 60_000),
    ]
    rest = "10:15 10:30 10:45 11:00 11:15 11:30 13:15 13:30 13:45 14:00 14:15 14:30 14:45 15:00"
    later = [
        Quarter(BANK, MONDAY, end, later_price, later_price, later_price, later_price, 90_000)
        for end in rest.split()
    ]
    return first + later


async def test_nothing_is_quoted_before_a_bar_of_the_day_ended(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("08:30:00"))
    for clock in ("09:00:00", "09:25:00", "09:31:00", "09:44:59"):
        venue.advance_to(on_monday(clock))
        (quote,) = await venue.quotes([BANK])
        assert (quote.last, quote.bid1, quote.ask1, quote.quote_time) == (None,) * 4
        (facts,) = await venue.instruments([BANK])
        assert (facts.prev_close, facts.limit_up, facts.limit_down) == (
            Decimal("10.00"),
            Decimal("11.00"),
            Decimal("9.00"),
        )


async def test_a_quote_is_one_tick_either_side_of_the_last_bar_that_ended(
    tmp_path: Path,
) -> None:
    venue = venue_at(write_market(tmp_path, quarters=quarters(9.5)), on_monday("08:30:00"))
    venue.advance_to(on_monday("09:59:59"))
    (quote,) = await venue.quotes([BANK])
    assert (quote.bid1, quote.last, quote.ask1) == tuple(map(Decimal, ("10.01", "10.02", "10.03")))
    assert quote.volume == 60_000
    assert quote.bid1_qty is not None
    assert quote.ask1_qty is not None
    assert 500 <= quote.bid1_qty <= 1500
    assert 500 <= quote.ask1_qty <= 1500
    assert quote.quote_time == on_monday("09:59:59")


async def test_the_touch_is_what_a_marketable_order_meets(tmp_path: Path) -> None:
    """The path of the second bar begins at 10.02: its offer is the ask that was quoted."""
    settings = VenueSettings(desk=DeskSettings(participation=Decimal(1)))
    folder = write_market(tmp_path, quarters=quarters(9.5))
    venue = venue_at(folder, on_monday("09:46:00"), settings=settings)
    (quote,) = await venue.quotes([BANK])
    await venue.place(new_order(1, price="10.10", quantity=9000))
    venue.advance_to(on_monday("09:46:15"))
    fills, _ = await venue.fills_since(0)
    assert (fills[0].price, fills[0].quantity) == (quote.ask1, quote.ask1_qty)


async def test_the_seed_draws_the_sizes(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    quoted = [
        await venue_at(folder, on_monday("10:00:00"), settings=VenueSettings(seed=seed)).quotes(
            [BANK]
        )
        for seed in (1, 1, 2)
    ]
    assert quoted[0] == quoted[1] != quoted[2]


async def test_a_quote_knows_nothing_of_bars_that_end_later(tmp_path: Path) -> None:
    calm = venue_at(write_market(tmp_path / "a", quarters=quarters(10.1)), on_monday("08:30:00"))
    other = write_market(
        tmp_path / "b",
        days=[*(day for day in CALM_WEEK if day.day <= FRIDAY), flat(CALM_WEEK[1], 9.1)],
        quarters=quarters(9.1),
    )
    crash = venue_at(other, on_monday("08:30:00"))
    for clock in ("09:30:00", "09:45:00", "09:50:00", "10:00:00", "10:14:59"):
        for venue in (calm, crash):
            venue.advance_to(on_monday(clock))
        assert await calm.quotes([BANK]) == await crash.quotes([BANK])
    for venue in (calm, crash):
        venue.advance_to(on_monday("10:15:00"))
    assert await calm.quotes([BANK]) != await crash.quotes([BANK])


@pytest.mark.parametrize(("price", "bid", "ask"), [(11.00, "11.00", None), (9.00, None, "9.00")])
async def test_a_locked_limit_has_one_empty_side(
    tmp_path: Path, price: float, bid: str | None, ask: str | None
) -> None:
    folder = write_market(tmp_path, days=[CALM_WEEK[0], flat(LOCKED_UP, price)])
    venue = venue_at(folder, on_monday("10:00:00"))
    (quote,) = await venue.quotes([BANK])
    assert quote.bid1 == (None if bid is None else Decimal(bid))
    assert quote.ask1 == (None if ask is None else Decimal(ask))
    assert (quote.bid1_qty is None, quote.ask1_qty is None) == (bid is None, ask is None)


async def test_outside_trading_a_quote_is_as_old_as_its_bar(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("12:15:00"))
    (quote,) = await venue.quotes([BANK])
    assert quote.quote_time == on_monday("11:30:00")
    venue.advance_to(on_monday("18:00:00"))
    (quote,) = await venue.quotes([BANK])
    assert quote.quote_time == on_monday("15:00:00")
    assert quote.last == Decimal("10.10")


async def test_quotes_come_in_the_order_asked_for_and_empty_for_unknown_names(
    tmp_path: Path,
) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("10:00:00"))
    quotes = await venue.quotes(["600010.SH", "600999.SH", BANK])
    assert [quote.symbol for quote in quotes] == ["600010.SH", "600999.SH", BANK]
    assert quotes[1].last is None
