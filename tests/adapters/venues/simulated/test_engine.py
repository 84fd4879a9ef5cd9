from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.statement import statement
from adapters.wire.models import NewOrder, OrderView
from market.phases import market_time
from market.side import Side
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    CHIP,
    FRIDAY,
    MONDAY,
    STEEL,
    TUESDAY,
    Day,
    Quarter,
    flat,
    new_order,
    on_monday,
    status_row,
    venue_at,
    write_csv,
    write_market,
    write_status,
)


@pytest.fixture
def venue(tmp_path: Path) -> SimulatedVenue:
    return venue_at(
        write_market(tmp_path), on_monday("09:46:00"), positions={STEEL: (1050, "4.80")}
    )


async def status_of(venue: SimulatedVenue, number: int) -> OrderView:
    view = await venue.order(f"ORDER{number:04d}")
    assert view is not None
    return view


async def refusal(venue: SimulatedVenue, order: NewOrder) -> VenueRefused:
    with pytest.raises(VenueRefused) as caught:
        await venue.place(order)
    return caught.value


async def test_an_order_is_reported_at_once_and_fills_on_the_grid(venue: SimulatedVenue) -> None:
    taken = await venue.place(new_order(1))
    assert (taken.status, taken.raw_status, taken.raw_text) == (VenueStatus.REPORTED, 50, "已报")
    venue.advance_to(on_monday("09:46:14"))
    assert (await status_of(venue, 1)).filled_quantity == 0
    venue.advance_to(on_monday("09:46:15"))
    done = await status_of(venue, 1)
    assert (done.status, done.raw_status, done.raw_text) == (VenueStatus.SUCCEEDED, 56, "已成")
    (fill,), _ = await venue.fills_since(0)
    assert fill.quantity == 1000
    assert fill.fees is not None
    assert done.filled_amount == fill.amount == fill.price * 1000
    assert done.fees_total == fill.fees.commission + fill.fees.transfer == Decimal("5.10")


async def test_a_large_order_fills_in_parts(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1, STEEL, price="5.10", quantity=10_000))
    venue.advance_to(on_monday("09:46:15"))
    part = await status_of(venue, 1)
    assert (part.status, part.raw_text) == (VenueStatus.PART_SUCC, "部成")
    assert 0 < part.filled_quantity < 10_000
    funds = await venue.funds()
    rest = Decimal("5.10") * (10_000 - part.filled_quantity)
    assert rest < funds.frozen < rest + 10


async def test_a_cancel_takes_effect_after_its_latency(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1, price="9.50"))
    frozen = (await venue.funds()).frozen
    assert frozen == Decimal("9505.10")
    asked = await venue.cancel("ORDER0001")
    assert (asked.status, asked.raw_text) == (VenueStatus.REPORTED_CANCEL, "已报待撤")
    assert (await venue.funds()).frozen == frozen
    venue.advance_to(on_monday("09:46:01"))
    gone = await status_of(venue, 1)
    assert (gone.status, gone.raw_status) == (VenueStatus.CANCELED, 54)
    assert (await venue.funds()).frozen == 0


async def test_a_partly_filled_order_ends_as_part_cancel(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1, STEEL, price="5.10", quantity=10_000))
    venue.advance_to(on_monday("09:46:20"))
    asked = await venue.cancel("ORDER0001")
    assert asked.status is VenueStatus.PARTSUCC_CANCEL
    venue.advance_to(on_monday("09:46:30"))
    gone = await status_of(venue, 1)
    assert (gone.status, gone.raw_text) == (VenueStatus.PART_CANCEL, "部撤")
    assert (await venue.funds()).frozen == 0


async def test_E50_a_filled_order_cannot_be_cancelled(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:47:00"))
    with pytest.raises(VenueRefused) as caught:
        await venue.cancel("ORDER0001")
    assert caught.value.code == "NOT_CANCELABLE"
    assert caught.value.order == await status_of(venue, 1)


async def test_an_unknown_order_cannot_be_cancelled(venue: SimulatedVenue) -> None:
    with pytest.raises(VenueRefused, match="ORDER_NOT_FOUND"):
        await venue.cancel("ORDER0009")


@pytest.mark.parametrize(
    ("clock", "taken"),
    [("09:18:00", True), ("09:23:00", False), ("11:45:00", False), ("14:58:00", False)],
)
async def test_E31_the_phase_decides_whether_a_cancel_is_taken(
    tmp_path: Path, clock: str, taken: bool
) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("09:15:00"))
    await venue.place(new_order(1, price="9.10"))
    venue.advance_to(on_monday(clock))
    if taken:
        await venue.cancel("ORDER0001")
    else:
        with pytest.raises(VenueRefused, match="MARKET_NO_CANCEL"):
            await venue.cancel("ORDER0001")
        assert (await status_of(venue, 1)).status is VenueStatus.REPORTED


async def test_E34_a_cancel_that_arrives_in_the_closing_call_is_too_late(
    venue: SimulatedVenue,
) -> None:
    await venue.place(new_order(1, price="9.50"))
    venue.advance_to(market_time(MONDAY, "14:56:59.500"))
    await venue.cancel("ORDER0001")
    venue.advance_to(on_monday("14:58:00"))
    back = await status_of(venue, 1)
    assert (back.status, back.raw_text) == (VenueStatus.REPORTED, "已报: 撤单失败")


async def test_orders_before_the_open_join_the_opening_match(tmp_path: Path) -> None:
    venue = venue_at(write_market(tmp_path), on_monday("09:16:00"))
    await venue.place(new_order(1))
    venue.advance_to(on_monday("09:24:59"))
    assert (await status_of(venue, 1)).filled_quantity == 0
    venue.advance_to(on_monday("09:25:00"))
    done = await status_of(venue, 1)
    assert (done.status, done.average_price) == (VenueStatus.SUCCEEDED, Decimal("10.00"))


@pytest.mark.parametrize("clock", ["08:00:00", "09:27:00", "11:45:00", "15:01:00", "20:00:00"])
async def test_a_closed_market_takes_no_orders(tmp_path: Path, clock: str) -> None:
    venue = venue_at(write_market(tmp_path), on_monday(clock))
    assert (await refusal(venue, new_order(1))).code == "MARKET_CLOSED"
    assert await venue.order("ORDER0001") is None


async def test_an_order_past_its_deadline_is_never_passed_on(venue: SimulatedVenue) -> None:
    refused = await refusal(venue, new_order(1, deadline=on_monday("09:45:59")))
    assert refused.code == "DEADLINE_EXCEEDED"
    assert await venue.order("ORDER0001") is None


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (new_order(1, quantity=150), "LOT_SIZE"),
        (new_order(1, quantity=1_000_100), "LOT_SIZE"),
        (new_order(1, price="10.155"), "PRICE_TICK"),
        (new_order(1, price="11.01"), "PRICE_LIMIT"),
        (new_order(1, price="10.90"), "PRICE_CAGE"),
        (new_order(1, quantity=100_000), "INSUFFICIENT_FUNDS"),
        (new_order(1, "600999.SH"), "INVALID_ARGUMENT"),
        (new_order(1, STEEL, Side.SELL, "5.00", 40), "LOT_SIZE"),
        (new_order(1, STEEL, Side.SELL, "5.00", 1100), "INSUFFICIENT_SELLABLE"),
        (new_order(1, BANK, Side.SELL, "10.00", 100), "INSUFFICIENT_SELLABLE"),
    ],
)
async def test_the_counter_refuses_what_the_rules_forbid(
    venue: SimulatedVenue, order: NewOrder, code: str
) -> None:
    before = await venue.funds()
    assert (await refusal(venue, order)).code == code
    assert await venue.funds() == before


async def test_a_refused_order_stays_as_waste_paper_with_the_reason(
    venue: SimulatedVenue,
) -> None:
    refused = await refusal(venue, new_order(1, quantity=100_000))
    kept = await status_of(venue, 1)
    assert kept == refused.order
    assert (kept.status, kept.raw_status, kept.reject_code) == (
        VenueStatus.JUNK,
        57,
        "INSUFFICIENT_FUNDS",
    )
    assert kept.raw_text == "废单: 可用资金不足: 1000000"


async def test_E40_cash_must_cover_price_and_fees_to_the_cent(tmp_path: Path) -> None:
    for cash, enough in (("10155.09", False), ("10155.10", True)):
        folder = write_market(tmp_path / cash)
        venue = venue_at(folder, on_monday("09:46:00"), cash=cash)
        if enough:
            await venue.place(new_order(1))
            assert (await venue.funds()).available == 0
        else:
            assert (await refusal(venue, new_order(1))).code == "INSUFFICIENT_FUNDS"


async def test_a_suspended_name_is_refused(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    write_csv(folder / "suspensions.csv", "ts_code,trade_date,segment", f"{BANK},20251110,A")
    venue = venue_at(folder, on_monday("10:00:00"))
    assert (await refusal(venue, new_order(1))).code == "SUSPENDED"


async def test_E10_the_odd_remainder_goes_whole(venue: SimulatedVenue) -> None:
    await venue.place(new_order(1, STEEL, Side.SELL, "5.00", 1050))
    venue.advance_to(on_monday("15:00:00"))
    assert (await status_of(venue, 1)).status is VenueStatus.SUCCEEDED
    assert await venue.positions() == []


async def test_the_daily_cap_of_st_shares_counts_live_orders(tmp_path: Path) -> None:
    folder = write_market(tmp_path)
    write_status(folder, [status_row(BANK, MONDAY, is_st=True, up_limit=10.5, down_limit=9.5)])
    venue = venue_at(folder, on_monday("09:46:00"), cash="90000000")
    await venue.place(new_order(1, quantity=400_000, price="9.90"))
    refused = await refusal(venue, new_order(2, quantity=100_100, price="9.90"))
    assert refused.code == "VENUE_REJECTED"
    await venue.place(new_order(3, quantity=100_000, price="9.90"))


async def test_a_name_bought_today_cannot_be_sold_before_the_next_session(
    venue: SimulatedVenue,
) -> None:
    await venue.place(new_order(1))
    venue.advance_to(on_monday("10:00:00"))
    bank = (await venue.positions())[0]
    assert (bank.symbol, bank.quantity, bank.sellable, bank.in_transit) == (BANK, 1000, 0, 1000)
    venue.advance_to(market_time(TUESDAY, "08:00:00"))
    bank = (await venue.positions())[0]
    assert (bank.quantity, bank.sellable, bank.in_transit) == (1000, 1000, 0)


async def test_an_order_live_at_the_closing_call_still_trades_in_the_last_bar(
    tmp_path: Path,
) -> None:
    quarters = [Quarter(BANK, MONDAY, end, 10.0, 10.0, 10.0, 10.0, 0) for end in ("09:45", "14:45")]
    closing = Quarter(BANK, MONDAY, "15:00", 10.1, 10.1, 10.1, 10.1, 60_000)
    folder = write_market(tmp_path, quarters=[*quarters, closing])
    venue = venue_at(folder, on_monday("14:57:30"))
    await venue.place(new_order(1))
    venue.advance_to(on_monday("15:00:00"))
    gone = await status_of(venue, 1)
    assert (gone.status, gone.filled_quantity) == (VenueStatus.SUCCEEDED, 1000)


async def test_a_locked_name_queues_and_expires(tmp_path: Path) -> None:
    locked = flat(Day(BANK, MONDAY, 0, 0, 0, 0, 10.0), 11.0)
    venue = venue_at(write_market(tmp_path, [CALM_WEEK[0], locked]), on_monday("09:50:00"))
    await venue.place(new_order(1, price="11.00"))
    venue.advance_to(on_monday("15:00:00"))
    assert (await status_of(venue, 1)).status is VenueStatus.CANCELED


async def test_the_same_id_again_is_the_same_order(venue: SimulatedVenue) -> None:
    first = await venue.place(new_order(1))
    assert await venue.place(new_order(1)) == first
    assert (await refusal(venue, new_order(1, quantity=200))).code == "IDEMPOTENCY_CONFLICT"
    waste = await refusal(venue, new_order(2, quantity=150))
    assert (await refusal(venue, new_order(2, quantity=150))).code == waste.code
    assert len((await venue.orders_since(0))[0]) == 2


async def test_orders_are_told_by_change_and_those_of_today_without_a_cursor(
    venue: SimulatedVenue,
) -> None:
    await venue.place(new_order(1, price="9.50"))
    await venue.place(new_order(2, price="9.50"))
    orders, cursor = await venue.orders_since(0)
    assert [order.client_order_id for order in orders] == ["ORDER0001", "ORDER0002"]
    assert await venue.orders_since(cursor) == ([], cursor)
    await venue.cancel("ORDER0001")
    changed, newest = await venue.orders_since(cursor)
    assert [order.client_order_id for order in changed] == ["ORDER0001"]
    assert newest == venue.change_sequence() == changed[-1].version > cursor


async def test_a_day_later_an_order_is_found_by_its_id_and_not_among_todays(
    venue: SimulatedVenue,
) -> None:
    await venue.place(new_order(1))
    venue.advance_to(market_time(TUESDAY, "09:00:00"))
    assert (await venue.orders_since(0))[0] == []
    assert (await status_of(venue, 1)).status is VenueStatus.SUCCEEDED
    fills, _ = await venue.fills_since(0)
    assert fills[0].trade_date == MONDAY


async def test_total_assets_are_cash_and_shares_at_the_last_price(venue: SimulatedVenue) -> None:
    (quote,) = await venue.quotes([STEEL])
    assert quote.last is not None
    funds = await venue.funds()
    assert funds.market_value == 1050 * quote.last
    assert funds.total_asset == funds.available + funds.frozen + funds.market_value
    await venue.place(new_order(1))
    later = await venue.funds()
    assert later.total_asset == funds.total_asset
    assert later.available == funds.available - later.frozen


async def test_shares_held_over_an_ex_day_earn_its_cash(tmp_path: Path) -> None:
    ex_day = Day(BANK, MONDAY, 9.60, 9.80, 9.50, 9.70, 9.62)
    folder = write_market(tmp_path, [CALM_WEEK[0], ex_day])
    header = "ts_code,ex_date,last_close,pre_close,factor,segment"
    write_csv(folder / "ex_rights.csv", header, f"{BANK},20251110,10.00,9.62,0.962,A")
    venue = venue_at(
        folder, market_time(FRIDAY, "18:00:00"), cash="100.00", positions={BANK: (1230, "9.00")}
    )
    assert (await venue.movements_since(0))[0] == []
    before = (await venue.funds()).total_asset
    venue.advance_to(on_monday("08:00:00"))
    (movement,), _ = await venue.movements_since(0)
    assert (movement.kind, movement.symbol, movement.quantity) == ("DIVIDEND", BANK, 0)
    assert movement.amount == Decimal("467.40")
    funds = await venue.funds()
    assert funds.available == funds.withdrawable == Decimal("567.40")
    assert funds.total_asset == before


async def test_without_a_file_ex_days_are_read_off_the_bars(tmp_path: Path) -> None:
    ex_day = Day(BANK, MONDAY, 9.60, 9.80, 9.50, 9.70, 9.62)
    folder = write_market(tmp_path, [CALM_WEEK[0], ex_day])
    venue = venue_at(folder, market_time(FRIDAY, "18:00:00"), positions={BANK: (100, "9.00")})
    venue.advance_to(on_monday("08:00:00"))
    (movement,), _ = await venue.movements_since(0)
    assert movement.amount == Decimal("38.00")


async def test_a_holding_the_market_does_not_know_is_worth_what_it_cost(tmp_path: Path) -> None:
    venue = venue_at(
        write_market(tmp_path), on_monday("10:00:00"), positions={CHIP: (300, "80.123")}
    )
    (chip,) = await venue.positions()
    assert (chip.quantity, chip.sellable) == (300, 300)
    assert chip.market_value == Decimal("24036.900")


async def test_time_does_not_run_backwards(venue: SimulatedVenue) -> None:
    with pytest.raises(ValueError, match="has passed"):
        venue.advance_to(on_monday("09:45:59"))


@pytest.mark.parametrize("step_s", [1, 7, 15, 60, 3600])
async def test_the_ledger_is_the_same_however_time_is_stepped(tmp_path: Path, step_s: int) -> None:
    folder = write_market(tmp_path)
    ledgers = []
    for seconds in (step_s, 100_000):
        venue = venue_at(folder, on_monday("09:46:00"), positions={STEEL: (5000, "4.80")})
        await venue.place(new_order(1, price="10.00", quantity=20_000))
        await venue.place(new_order(2, STEEL, Side.SELL, "5.05", 5000))
        until = on_monday("15:40:00")
        while venue.now() < until:
            venue.advance_to(min(until, venue.now() + timedelta(seconds=seconds)))
        ledgers.append(await statement(venue))
    assert ledgers[0] == ledgers[1]


async def test_what_has_no_price_is_worth_its_cost_in_whole_cents(tmp_path: Path) -> None:
    """An average cost that does not end must not reach the wire as a figure of 28 digits."""
    market = write_market(tmp_path)
    venue = venue_at(market, on_monday("09:46:00"), positions={"600011.SH": (300, "4.3333333")})
    ((row,), funds) = (await venue.positions(), await venue.funds())
    assert row.market_value == funds.market_value == Decimal("1300.00")
