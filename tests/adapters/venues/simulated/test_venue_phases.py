"""The examples of a-share-rules.md sections 3 and 4 played on the venue, and halts."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import InstrumentStatus
from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.statement import statement
from adapters.wire.models import OrderView
from market.phases import market_time
from market.side import Side
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    MONDAY,
    STEEL,
    Day,
    Quarter,
    flat,
    new_order,
    on_monday,
    venue_at,
    write_market,
)

HELD = {STEEL: (5000, "4.80")}


async def order_of(venue: SimulatedVenue, number: int) -> OrderView:
    view = await venue.order(f"ORDER{number:04d}")
    assert view is not None
    return view


async def test_E29_a_buy_at_the_lock_is_taken_and_queues_without_a_fill(tmp_path: Path) -> None:
    """Limit-up at 11.06 of 10.05: no asks, so the cage of a buy is measured from the bid."""
    locked = flat(Day(BANK, MONDAY, 0, 0, 0, 0, 10.05), 11.06)
    venue = venue_at(write_market(tmp_path, [CALM_WEEK[0], locked]), on_monday("09:50:00"))
    (quote,) = await venue.quotes([BANK])
    assert (quote.bid1, quote.ask1) == (Decimal("11.06"), None)

    taken = await venue.place(new_order(1, price="11.06"))
    assert taken.status is VenueStatus.REPORTED
    venue.advance_to(on_monday("14:59:59"))
    assert (await order_of(venue, 1)).filled_quantity == 0


async def test_E30_a_call_auction_has_no_cage_but_the_daily_limit(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("09:18:00"))  # limits 9.00 and 11.00
    assert (await venue.place(new_order(1, price="10.95"))).status is VenueStatus.REPORTED
    with pytest.raises(VenueRefused, match="PRICE_LIMIT"):
        await venue.place(new_order(2, price="11.01"))

    venue.advance_to(on_monday("09:50:00"))
    with pytest.raises(VenueRefused, match="PRICE_CAGE"):
        await venue.place(new_order(3, price="10.95"))


async def test_E31_a_refused_cancel_leaves_the_order_live_for_the_match(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("09:18:00"))
    await venue.place(new_order(1))
    await venue.place(new_order(2))
    await venue.cancel("ORDER0002")
    venue.advance_to(on_monday("09:23:00"))
    with pytest.raises(VenueRefused, match="MARKET_NO_CANCEL"):
        await venue.cancel("ORDER0001")

    venue.advance_to(on_monday("09:25:00"))
    assert (await order_of(venue, 1)).status is VenueStatus.SUCCEEDED
    assert (await order_of(venue, 2)).status is VenueStatus.CANCELED


async def test_E31_a_cancel_that_arrives_after_0920_is_too_late(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), market_time(MONDAY, "09:19:59.500"))
    await venue.place(new_order(1, price="9.50"))
    await venue.cancel("ORDER0001")
    venue.advance_to(on_monday("09:21:00"))
    assert (await order_of(venue, 1)).raw_text == "已报: 撤单失败"


async def test_E32_the_opening_match_is_at_the_days_opening_price(tmp_path: Path) -> None:
    """Those through 10.00 trade at it, whatever they were ready to pay or take."""
    venue = venue_at(
        write_market(tmp_path), on_monday("09:15:00"), cash="2000000", positions={BANK: (900, "9")}
    )
    await venue.place(new_order(1, price="10.80", quantity=300))
    await venue.place(new_order(2, price="9.99", quantity=300))
    await venue.place(new_order(3, BANK, Side.SELL, "9.20", 900))
    await venue.place(new_order(4, price="10.50", quantity=100_000))
    venue.advance_to(on_monday("09:29:59"))

    fills, _ = await venue.fills_since(0)
    assert {fill.price for fill in fills} == {Decimal("10.00")}
    assert {fill.fill_time for fill in fills} == {on_monday("09:25:00")}
    quantities = {fill.client_order_id: fill.quantity for fill in fills}
    # the first bar holds 1.92 m shares, its auction a tenth, of which a tenth is ours
    assert quantities.pop("ORDER0003") == 900
    assert quantities == {"ORDER0001": 300, "ORDER0004": 18_000}


async def test_an_order_of_the_closing_call_fills_at_the_official_close(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("14:57:30"))
    await venue.place(new_order(1, price="10.50"))
    await venue.place(new_order(2, price="10.05"))
    venue.advance_to(on_monday("14:59:59"))
    assert (await venue.fills_since(0))[0] == []
    venue.advance_to(on_monday("15:00:00"))
    (fill,), _ = await venue.fills_since(0)
    assert (fill.client_order_id, fill.price) == ("ORDER0001", Decimal("10.10"))
    assert fill.fill_time == on_monday("15:00:00")
    assert (await order_of(venue, 2)).status is VenueStatus.CANCELED


async def test_E34_no_cancel_in_the_closing_call(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("14:56:00"))
    await venue.place(new_order(1, price="9.95"))
    venue.advance_to(on_monday("14:58:00"))
    with pytest.raises(VenueRefused, match="MARKET_NO_CANCEL"):
        await venue.cancel("ORDER0001")


async def test_E35_nothing_is_matched_over_lunch(tmp_path: Path) -> None:
    """The counter takes no order at lunch (section 12); one of 11:29:58 waits for 13:00."""
    venue = venue_at(write_market(tmp_path), on_monday("11:29:58"))
    await venue.place(new_order(1, price="10.20", quantity=60_000))
    venue.advance_to(on_monday("11:30:00"))
    before = (await order_of(venue, 1)).filled_quantity
    venue.advance_to(on_monday("11:45:00"))
    with pytest.raises(VenueRefused, match="MARKET_CLOSED"):
        await venue.place(new_order(2))
    venue.advance_to(on_monday("13:00:00"))
    assert (await order_of(venue, 1)).filled_quantity == before
    venue.advance_to(on_monday("13:00:15"))
    assert (await order_of(venue, 1)).filled_quantity > before


async def test_E33_there_is_no_after_hours_trading_of_ordinary_orders(tmp_path: Path) -> None:
    """Fixed-price trading has an order type of its own that the contract does not carry."""
    venue = venue_at(write_market(tmp_path), on_monday("15:06:00"))
    with pytest.raises(VenueRefused, match="MARKET_CLOSED"):
        await venue.place(new_order(1, price="10.50"))


async def test_a_name_that_opens_locked_trades_once_it_leaves_the_limit(tmp_path: Path) -> None:
    quarters = [
        Quarter(BANK, MONDAY, "09:45", 11.0, 11.0, 11.0, 11.0, 600_000),
        Quarter(BANK, MONDAY, "10:00", 11.0, 11.0, 10.8, 10.8, 600_000),
    ]
    venue = venue_at(write_market(tmp_path, quarters=quarters), on_monday("09:16:00"))
    await venue.place(new_order(1, price="11.00"))
    venue.advance_to(on_monday("09:45:00"))
    assert (await order_of(venue, 1)).filled_quantity == 0
    venue.advance_to(on_monday("10:00:00"))
    assert (await order_of(venue, 1)).status is VenueStatus.SUCCEEDED


async def test_a_halted_name_is_told_and_keeps_what_stands_and_takes_nothing_new(
    tmp_path: Path,
) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("09:46:00"))
    venue.halt(BANK, on_monday("09:46:01"), on_monday("09:56:01"))
    await venue.place(new_order(1))
    await venue.place(new_order(2, price="9.50"))
    venue.advance_to(on_monday("09:50:00"))
    assert [view.status for view in await venue.instruments([BANK, STEEL])] == [
        InstrumentStatus.HALTED,
        InstrumentStatus.TRADING,
    ]
    with pytest.raises(VenueRefused, match="SUSPENDED"):
        await venue.place(new_order(3))
    await venue.cancel("ORDER0002")
    venue.advance_to(on_monday("09:56:15"))
    assert (await venue.instruments([BANK]))[0].status is InstrumentStatus.TRADING
    assert (await order_of(venue, 1)).filled_quantity == 0
    assert (await order_of(venue, 2)).status is VenueStatus.CANCELED
    venue.advance_to(on_monday("09:56:30"))
    assert (await order_of(venue, 1)).status is VenueStatus.SUCCEEDED


@pytest.mark.parametrize("step_s", [1, 15, 611, 3600])
async def test_a_day_with_both_auctions_and_a_halt_has_one_ledger(
    tmp_path: Path, step_s: int
) -> None:
    folder = write_market(tmp_path)
    ledgers = []
    for seconds in (step_s, 100_000):
        venue = venue_at(folder, on_monday("09:16:00"), positions=HELD)
        venue.halt(STEEL, on_monday("10:00:05"), on_monday("10:10:05"))
        await venue.place(new_order(1, price="10.05", quantity=90_000))
        await venue.place(new_order(2, STEEL, Side.SELL, "5.05", 5000))
        until = on_monday("15:40:00")
        while venue.now() < until:
            venue.advance_to(min(until, venue.now() + timedelta(seconds=seconds)))
        ledgers.append(await statement(venue))
    assert ledgers[0] == ledgers[1]
    assert len((await venue.fills_since(0))[0]) > 2
