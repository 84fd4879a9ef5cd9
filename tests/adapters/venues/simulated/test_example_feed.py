from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import InstrumentStatus
from adapters.venues.simulated.example_feed import ExampleFeed
from adapters.venues.simulated.factory import VenueSettings, venue_on
from adapters.venues.simulated.tables import MarketDataError
from market.phases import market_time
from market.symbol import Symbol
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    CHIP,
    FRIDAY,
    MONDAY,
    STEEL,
    TUESDAY,
    flat,
    new_order,
    on_monday,
    status_row,
    write_market,
    write_status,
)
from tests.market.given import calendar, rule_book

WEDNESDAY = date(2025, 11, 12)
TWENTY = {Symbol.parse(BANK): Decimal(20)}


def example(
    folder: Path, session: date = MONDAY, references: dict[Symbol, Decimal] = TWENTY
) -> ExampleFeed:
    return ExampleFeed.open(folder, session, references, calendar(), rule_book())


def test_the_newest_session_before_the_plan_s_is_played(tmp_path: Path) -> None:
    folder = write_market(tmp_path)

    assert example(folder, MONDAY).played == FRIDAY
    assert example(folder, TUESDAY).played == MONDAY
    assert example(folder, date(2026, 1, 5)).played == TUESDAY


def test_a_market_without_an_earlier_session_cannot_be_played(tmp_path: Path) -> None:
    with pytest.raises(MarketDataError, match="before 2025-11-07"):
        example(write_market(tmp_path), FRIDAY)


def test_the_previous_close_becomes_the_reference_and_all_prices_follow(tmp_path: Path) -> None:
    feed = example(write_market(tmp_path))
    daily = feed.daily(BANK, MONDAY)

    assert daily is not None
    assert daily.prev_close == 2000
    assert (daily.bar.open, daily.bar.high, daily.bar.low) == (2000, 2040, 1980)
    bars = feed.bars(BANK, MONDAY)
    assert bars is not None
    assert bars[-1].close == 2020
    assert feed.last_close(BANK, MONDAY) == Decimal(20)
    assert feed.daily(BANK, FRIDAY) is None
    assert feed.bars(BANK, FRIDAY) is None
    assert feed.ex_rights(BANK, MONDAY) is None


def test_a_name_without_bars_or_without_a_reference_does_not_trade(tmp_path: Path) -> None:
    folder = write_market(tmp_path, [CALM_WEEK[0], CALM_WEEK[3], CALM_WEEK[4]])
    references = {Symbol.parse(code): Decimal(20) for code in (BANK, CHIP)}
    feed = example(folder, TUESDAY, references)

    assert feed.played == MONDAY
    assert [feed.has_bars(code) for code in (BANK, STEEL, CHIP)] == [False, False, False]
    assert [feed.knows(code, TUESDAY) for code in (BANK, STEEL, CHIP)] == [True, True, False]
    assert feed.is_suspended(BANK, TUESDAY)
    assert feed.is_suspended(STEEL, TUESDAY)
    assert feed.last_close(STEEL, TUESDAY) == Decimal("5.10")
    assert feed.name(BANK) is None


def test_published_prices_of_the_played_day_are_not_those_of_the_session(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    write_status(folder, [status_row(BANK, FRIDAY, is_st=True)])
    row = example(folder).status(BANK, MONDAY)

    assert row is not None
    assert row["is_st"] is True
    assert (row["pre_close"], row["up_limit"], row["down_limit"]) == (None, None, None)
    assert example(folder).status(STEEL, MONDAY) is None


async def test_a_venue_opens_on_the_coming_session_with_limits_of_the_reference(
    tmp_path: Path,
) -> None:
    locked = flat(CALM_WEEK[0], 10.89)
    feed = example(write_market(tmp_path, [locked, *CALM_WEEK[3:]]))
    venue = venue_on(
        feed,
        account="PAPER1",
        cash=Decimal(1_000_000),
        start=on_monday("09:00:00"),
        positions={},
        settings=VenueSettings(),
        calendar=calendar(),
        rule_book=rule_book(),
    )
    (facts,) = await venue.instruments([BANK])
    assert (facts.limit_up, facts.limit_down) == (Decimal("22.00"), Decimal("18.00"))
    assert facts.status is InstrumentStatus.TRADING
    venue.advance_to(on_monday("10:00:00"))
    await venue.place(new_order(1, price="22.00", deadline=market_time(MONDAY, "10:01:00")))
    venue.advance_to(on_monday("15:00:00"))
    order = await venue.order("ORDER0001")

    assert order is not None
    assert order.status is VenueStatus.CANCELED, "the name is locked at its limit all day"
