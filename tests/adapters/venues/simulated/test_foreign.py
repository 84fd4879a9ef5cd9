import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.ledger import EntryKind
from adapters.venues.simulated.script import ScriptError, read_script, read_script_file
from adapters.wire.models import FillView, MovementView, OrderView, PositionView
from market.phases import market_time
from market.side import Side
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    BANK,
    MONDAY,
    STEEL,
    TUESDAY,
    Day,
    new_order,
    on_monday,
    venue_at,
    write_market,
)

NEW_SHARE = "601999.SH"


@pytest.fixture
def venue(tmp_path: Path) -> SimulatedVenue:
    return venue_at(
        write_market(tmp_path), on_monday("09:46:00"), positions={STEEL: (1000, "4.80")}
    )


def event(kind: str, at: datetime, **values: object) -> dict[str, object]:
    return {"kind": kind, "at": at.isoformat(), **values}


def play(venue: SimulatedVenue, *events: dict[str, object], until: datetime) -> list[str]:
    """Play events; returns what was refused."""
    venue.play_script(read_script(json.dumps(events)))
    venue.advance_to(until)
    return [result.refused for result in venue.script_results if result.refused]


async def orders(venue: SimulatedVenue) -> list[OrderView]:
    return (await venue.orders_since(0))[0]


async def fills(venue: SimulatedVenue) -> list[FillView]:
    return (await venue.fills_since(0))[0]


async def movements(venue: SimulatedVenue) -> list[MovementView]:
    return (await venue.movements_since(0))[0]


async def position(venue: SimulatedVenue, code: str) -> PositionView | None:
    return next((row for row in await venue.positions() if row.symbol == code), None)


def figures(row: PositionView | None) -> tuple[int, int, int, int] | None:
    """Quantity, sellable, frozen, in transit."""
    return None if row is None else (row.quantity, row.sellable, row.frozen, row.in_transit)


def terminal_order(at: datetime, **values: object) -> dict[str, object]:
    return event(
        "ORDER",
        at,
        **{
            "name": "one",
            "symbol": BANK,
            "side": "BUY",
            "limit_price": "10.15",
            "quantity": 500,
            **values,
        },
    )


async def test_a_persons_order_freezes_fills_and_has_no_id_of_ours(venue: SimulatedVenue) -> None:
    refused = play(venue, terminal_order(on_monday("09:50:00")), until=on_monday("09:50:00"))
    (order,) = await orders(venue)
    assert refused == []
    assert (order.client_order_id, order.status) == (None, VenueStatus.REPORTED)
    assert (await venue.funds()).frozen > 0
    venue.advance_to(on_monday("09:52:00"))
    (order,) = await orders(venue)
    (fill,) = await fills(venue)
    assert (order.status, order.filled_quantity) == (VenueStatus.SUCCEEDED, 500)
    assert (fill.client_order_id, fill.venue_order_id) == (None, order.venue_order_id)
    assert figures(await position(venue, BANK)) == (500, 0, 0, 500)


async def test_a_persons_order_is_cancelled_by_the_person(venue: SimulatedVenue) -> None:
    low = terminal_order(on_monday("09:50:00"), limit_price="9.50")
    cancel = event("CANCEL", on_monday("09:55:00"), name="one")
    assert play(venue, low, cancel, until=on_monday("09:56:00")) == []
    (order,) = await orders(venue)
    assert order.raw_text == "已撤"
    assert (await venue.funds()).frozen == 0


async def test_a_persons_sell_of_our_name_takes_what_we_could_sell(venue: SimulatedVenue) -> None:
    sell = terminal_order(
        on_monday("09:50:00"), symbol=STEEL, side="SELL", limit_price="5.40", quantity=700
    )
    play(venue, sell, until=on_monday("09:50:00"))
    assert figures(await position(venue, STEEL)) == (1000, 300, 700, 0)


async def test_no_call_of_ours_reaches_a_persons_order(venue: SimulatedVenue) -> None:
    play(venue, terminal_order(on_monday("09:50:00")), until=on_monday("09:50:00"))
    assert await venue.order("terminal one") is None
    with pytest.raises(VenueRefused, match="ORDER_NOT_FOUND"):
        await venue.cancel("terminal one")


async def test_the_whole_account_is_cancelled_by_the_numbers_of_the_counter(
    venue: SimulatedVenue,
) -> None:
    low = terminal_order(on_monday("09:50:00"), limit_price="9.50")
    play(venue, low, until=on_monday("09:50:00"))
    (order,) = await orders(venue)
    await venue.cancel_at_counter(order.venue_order_id)
    venue.advance_to(on_monday("09:50:02"))
    (order,) = await orders(venue)
    assert (order.status, (await venue.funds()).frozen) == (VenueStatus.CANCELED, Decimal(0))
    with pytest.raises(VenueRefused, match="NOT_CANCELABLE"):
        await venue.cancel_at_counter(order.venue_order_id)
    with pytest.raises(VenueRefused, match="ORDER_NOT_FOUND"):
        await venue.cancel_at_counter("20251110999999")


async def test_a_halted_name_takes_no_orders_and_trades_nothing_until_it_is_over(
    venue: SimulatedVenue,
) -> None:
    halted = event("HALT", on_monday("09:50:00"), symbol=BANK, until="2025-11-10T10:00:00+08:00")
    early = terminal_order(on_monday("09:49:59"))
    late = terminal_order(on_monday("09:55:00"), name="two")
    (refused,) = play(venue, halted, early, late, until=on_monday("10:00:00"))
    assert "SUSPENDED" in refused
    assert "临时停牌" in refused
    assert await fills(venue) == []
    venue.advance_to(on_monday("10:02:00"))
    assert sum(fill.quantity for fill in await fills(venue)) == 500


async def test_nothing_is_lent_when_nobody_knows_the_next_session(tmp_path: Path) -> None:
    last = date(2026, 12, 31)
    day = Day(STEEL, last, 5.0, 5.1, 4.9, 5.0, 5.0)
    venue = venue_at(write_market(tmp_path, [day]), market_time(last, "10:00:00"))
    lent = event("REPO", market_time(last, "14:50:00"), symbol="204001.SH", units=10, rate="1.5")
    (refused,) = play(venue, lent, until=market_time(last, "14:51:00"))
    assert "日历" in refused
    assert (await venue.funds()).available == 1_000_000


async def test_a_persons_trade_is_done_at_once_at_its_price(venue: SimulatedVenue) -> None:
    trade = event(
        "TRADE",
        on_monday("09:50:00"),
        name="block",
        symbol=STEEL,
        side="SELL",
        price="5.05",
        quantity=400,
    )
    assert play(venue, trade, until=on_monday("09:50:00")) == []
    (fill,) = await fills(venue)
    assert (fill.quantity, fill.price, fill.client_order_id) == (400, Decimal("5.05"), None)
    assert figures(await position(venue, STEEL)) == (600, 600, 0, 0)


async def test_what_the_counter_refuses_a_person_is_junk_and_on_record(
    venue: SimulatedVenue,
) -> None:
    too_much = terminal_order(on_monday("09:50:00"), quantity=1_000_000)
    (refused,) = play(venue, too_much, until=on_monday("09:50:00"))
    (order,) = await orders(venue)
    assert "可用资金不足" in refused
    assert (order.client_order_id, order.status) == (None, VenueStatus.JUNK)


async def test_won_shares_cost_cash_and_cannot_be_sold_before_they_are_listed(
    venue: SimulatedVenue,
) -> None:
    before = venue.account.cash
    won = event(
        "IPO",
        on_monday("10:00:00"),
        symbol=NEW_SHARE,
        quantity=500,
        price="18.30",
        sellable_on="2025-11-12",
    )
    assert play(venue, won, until=market_time(TUESDAY, "10:00:00")) == []
    assert venue.account.cash == before - Decimal("9150.00")
    assert figures(await position(venue, NEW_SHARE)) == (500, 0, 0, 500)
    (moved,) = await movements(venue)
    assert (moved.kind, moved.symbol, moved.quantity, moved.amount) == (
        "IPO",
        NEW_SHARE,
        500,
        Decimal("-9150.00"),
    )
    venue.advance_to(market_time(date(2025, 11, 12), "09:30:00"))
    assert figures(await position(venue, NEW_SHARE)) == (500, 500, 0, 0)


async def test_E63_lent_cash_is_gone_until_the_next_session_and_comes_back_with_interest(
    venue: SimulatedVenue,
) -> None:
    before = await venue.funds()
    lent = event("REPO", on_monday("14:50:00"), symbol="204001.SH", units=1000, rate="1.825")
    assert play(venue, lent, until=on_monday("15:10:00")) == []
    during = await venue.funds()
    assert during.available == before.available - 100_000
    assert during.total_asset == during.available + during.market_value
    assert figures(await position(venue, "204001.SH")) == (1000, 0, 0, 1000)
    venue.advance_to(market_time(TUESDAY, "08:00:00"))
    assert (await venue.funds()).available == before.available + Decimal("5.00")
    assert await position(venue, "204001.SH") is None
    assert [(row.kind, row.amount) for row in await movements(venue)] == [
        ("REPO", Decimal(-100_000)),
        ("REPO", Decimal(100_000)),
        ("INTEREST", Decimal("5.00")),
    ]


async def test_E63_the_standard_bond_row_is_held_and_never_sellable(
    venue: SimulatedVenue,
) -> None:
    came = event("STANDARD_BOND", on_monday("10:00:00"), quantity=300)
    gone = event("STANDARD_BOND", on_monday("11:00:00"), quantity=-300)
    play(venue, came, gone, until=on_monday("10:30:00"))
    row = await position(venue, "888880.SH")
    assert row is not None
    assert figures(row) == (300, 0, 0, 300)
    assert row.market_value == 0
    venue.advance_to(on_monday("11:00:00"))
    assert await position(venue, "888880.SH") is None
    assert venue.script_results[-1].refused == ""


@pytest.mark.parametrize(
    ("reason", "amount"),
    [
        ("DEPOSIT", "5000.00"),
        ("WITHDRAWAL", "-5000.00"),
        ("FEE_CORRECTION", "-0.07"),
        ("INTEREST", "3.21"),
        ("TAX", "-12.00"),
    ],
)
async def test_cash_comes_and_goes_without_a_trade(
    venue: SimulatedVenue, reason: str, amount: str
) -> None:
    before = (await venue.funds()).available
    moved = event("CASH", on_monday("10:00:00"), reason=reason, amount=amount)
    assert play(venue, moved, until=on_monday("10:00:00")) == []
    assert (await venue.funds()).available == before + Decimal(amount)
    (movement,) = await movements(venue)
    assert (movement.kind, movement.amount, movement.date) == (reason, Decimal(amount), MONDAY)


async def test_more_cash_than_is_available_does_not_leave(venue: SimulatedVenue) -> None:
    too_much = event("CASH", on_monday("10:00:00"), reason="WITHDRAWAL", amount="-1000000.01")
    (refused,) = play(venue, too_much, until=on_monday("10:00:00"))
    assert refused == "可用资金不足: 1000000"
    assert await movements(venue) == []


async def test_a_dividend_is_paid_for_what_is_held_and_taxed(venue: SimulatedVenue) -> None:
    paid = event("DIVIDEND", on_monday("10:00:00"), symbol=STEEL, cash="0.40", tax="0.08")
    before = venue.account.cash
    assert play(venue, paid, until=on_monday("10:00:00")) == []
    assert [(row.kind, row.amount) for row in await movements(venue)] == [
        ("DIVIDEND", Decimal("400.00")),
        ("TAX", Decimal("-80.00")),
    ]
    assert venue.account.cash == before + Decimal("320.00")


async def test_E61_bonus_shares_are_seen_on_the_ex_date_and_sold_when_listed(
    venue: SimulatedVenue,
) -> None:
    ex_date = market_time(TUESDAY, "08:00:00")
    bonus = event("BONUS_SHARES", ex_date, symbol=STEEL, ratio="0.2", sellable_on="2025-11-12")
    assert play(venue, bonus, until=market_time(TUESDAY, "10:00:00")) == []
    assert figures(await position(venue, STEEL)) == (1200, 1000, 0, 200)
    venue.advance_to(market_time(date(2025, 11, 12), "09:30:00"))
    assert figures(await position(venue, STEEL)) == (1200, 1200, 0, 0)


async def test_no_bonus_comes_for_what_is_not_held(venue: SimulatedVenue) -> None:
    at = on_monday("10:00:00")
    bonus = event("BONUS_SHARES", at, symbol=BANK, ratio="0.2", sellable_on="2025-11-12")
    assert play(venue, bonus, until=at) == ["未持有 600000.SH"]
    assert await movements(venue) == []


async def test_rights_are_paid_for(venue: SimulatedVenue) -> None:
    rights = event(
        "RIGHTS",
        on_monday("10:00:00"),
        symbol=STEEL,
        quantity=300,
        price="4.00",
        sellable_on="2025-11-11",
    )
    play(venue, rights, until=on_monday("10:00:00"))
    assert figures(await position(venue, STEEL)) == (1300, 1000, 0, 300)
    assert venue.account.cash == Decimal(1_000_000) - 1200


async def test_a_name_goes_on_under_another_code_at_its_cost(venue: SimulatedVenue) -> None:
    renamed = event("CODE_CHANGE", market_time(TUESDAY, "08:00:00"), symbol=STEEL, new_symbol=BANK)
    assert play(venue, renamed, until=market_time(TUESDAY, "09:31:00")) == []
    assert await position(venue, STEEL) is None
    row = await position(venue, BANK)
    assert row is not None
    assert (figures(row), row.cost_price) == ((1000, 1000, 0, 0), Decimal("4.80"))
    assert [(move.symbol, move.quantity) for move in await movements(venue)] == [
        (STEEL, -1000),
        (BANK, 1000),
    ]


async def test_shares_move_in_and_out_by_hand_but_not_frozen_ones(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1, STEEL, Side.SELL, "5.40", 600))
    moved = [
        event("SHARES", on_monday("10:00:00"), symbol=STEEL, quantity=-400),
        event("SHARES", on_monday("10:01:00"), symbol=STEEL, quantity=-1),
        event("SHARES", on_monday("10:02:00"), symbol=BANK, quantity=50),
    ]
    assert play(venue, *moved, until=on_monday("10:02:00")) == ["可用股份不足: 0"]
    assert figures(await position(venue, STEEL)) == (600, 0, 600, 0)
    assert figures(await position(venue, BANK)) == (50, 50, 0, 0)


async def test_the_end_of_the_day_can_be_scripted(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1, price="9.10"))
    until_six = event(
        "DAY_END", on_monday("10:00:00"), day_end="AT_CLEARING", clearing_time="18:00:00"
    )
    play(venue, until_six, until=on_monday("17:59:59"))
    (order,) = await orders(venue)
    assert order.status is VenueStatus.REPORTED
    assert (await venue.funds()).frozen == 0
    venue.advance_to(on_monday("18:00:00"))
    (order,) = await orders(venue)
    assert order.status is VenueStatus.CANCELED


@pytest.mark.parametrize(
    "script",
    [
        {},
        [{"kind": "NOVEL", "at": "2025-11-10T10:00:00+08:00"}],
        [{"kind": "CANCEL", "at": "2025-11-10T10:00:00", "name": "x"}],
        [event("REPO", on_monday("10:00:00"), symbol=BANK, units=10, rate="1")],
        [event("REPO", on_monday("10:00:00"), symbol="204001.SH", units=5, rate="1")],
        [event("CASH", on_monday("10:00:00"), reason="GIFT", amount="1")],
        [event("CASH", on_monday("10:00:00"), reason="DEPOSIT", amount=1.5)],
    ],
)
def test_a_script_that_says_something_unknown_is_refused(tmp_path: Path, script: Any) -> None:
    path = tmp_path / "script.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    with pytest.raises(ScriptError):
        read_script_file(path)


def test_a_script_of_the_past_is_refused_whole(venue: SimulatedVenue) -> None:
    late = event("CASH", on_monday("09:00:00"), reason="DEPOSIT", amount="1")
    good = event("CASH", on_monday("10:00:00"), reason="DEPOSIT", amount="1")
    with pytest.raises(ScriptError, match="has passed"):
        venue.play_script(read_script(json.dumps([good, late])))
    venue.advance_to(on_monday("10:00:00"))
    assert venue.script_results == ()


async def test_a_repo_that_the_cash_does_not_reach_is_not_made(venue: SimulatedVenue) -> None:
    lent = event("REPO", on_monday("10:00:00"), symbol="131810.SZ", units=20_000, rate="1.5")
    assert play(venue, lent, until=market_time(TUESDAY, "09:00:00")) == ["可用资金不足: 1000000"]
    assert [entry.kind for entry in venue.account.ledger.cash] == [EntryKind.OPENING]
