import json
from pathlib import Path

import pytest

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.venues.simulated.desk import CounterDown
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.fault_plan import (
    FaultPlanError,
    arm_faults,
    read_fault_file,
    read_faults,
)
from adapters.venues.simulated.faults import VenueFault, VenueFaultKind
from adapters.venues.simulated.wire_faults import WireFault, WireFaultKind, WireFaultPlan
from market.phases import market_time
from market.side import Side
from statemachine.events import VenueStatus
from tests.adapters.venues.simulated.markets import (
    BANK,
    MONDAY,
    STEEL,
    TUESDAY,
    Quarter,
    new_order,
    on_monday,
    venue_at,
    write_market,
)


@pytest.fixture
def venue(tmp_path: Path) -> SimulatedVenue:
    return venue_at(write_market(tmp_path), on_monday("09:46:00"))


def arm(venue: SimulatedVenue, kind: VenueFaultKind, **values: object) -> None:
    venue.faults.arm([VenueFault.model_validate_json(json.dumps({"kind": kind, **values}))])


async def statuses(venue: SimulatedVenue, *clocks: str) -> list[str]:
    told = []
    for clock in clocks:
        venue.advance_to(on_monday(clock))
        order = await venue.order("ORDER0001")
        assert order is not None
        told.append(order.raw_text)
    return told


async def test_E49_a_late_reject_returns_the_frozen_cash_to_the_cent(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.LATE_REJECT, text="超出有效申报价格范围", delay_s=3)
    before = await venue.funds()
    await venue.place(new_order(1, price="9.50"))
    told = await statuses(venue, "09:46:02", "09:46:03")
    assert told == ["已报", "废单: 超出有效申报价格范围"]
    assert (await venue.funds()).available == before.available
    assert (await venue.funds()).frozen == 0


async def test_E51_300_more_trade_between_the_cancel_of_500_of_1000_and_its_effect(
    tmp_path: Path,
) -> None:
    thin = [
        Quarter(BANK, MONDAY, end, 10.1, 10.1, 10.1, 10.1, 60_000) for end in ("09:45", "10:00")
    ]
    venue = venue_at(write_market(tmp_path, quarters=thin), on_monday("09:45:00"))
    arm(venue, VenueFaultKind.FILL_DURING_CANCEL, quantity=300, delay_s=2)
    await venue.place(new_order(1, price="10.12", quantity=1000))
    told = await statuses(venue, "09:46:16")
    ((order,), _) = await venue.orders_since(0)
    assert (told, order.filled_quantity) == (["部成"], 500)
    await venue.cancel("ORDER0001")
    told = await statuses(venue, "09:46:16", "09:46:17", "09:46:19")
    assert told == ["部成待撤", "部成待撤", "部撤"]
    ((order,), _) = await venue.orders_since(0)
    assert (order.filled_quantity, order.quantity) == (800, 1000)
    assert (await venue.funds()).frozen == 0


async def test_a_fill_between_the_cancel_and_its_effect(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.FILL_DURING_CANCEL, delay_s=5)
    await venue.place(new_order(1, price="9.50"))
    await venue.cancel("ORDER0001")
    told = await statuses(venue, "09:46:00", "09:46:04", "09:46:06")
    assert told == ["已报待撤", "部成待撤", "部撤"]
    (fill,), _ = await venue.fills_since(0)
    assert fill.quantity == 100


async def test_a_refused_cancel_leaves_the_order_live(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.REFUSED_CANCEL, times=1)
    await venue.place(new_order(1, price="9.50"))
    await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:46:01") == ["已报: 撤单失败"]
    await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:46:02") == ["已撤"]


async def test_a_delayed_ack_keeps_an_order_out_of_the_book(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.DELAYED_ACK, delay_s=60)
    taken = await venue.place(new_order(1))
    assert (taken.status, taken.venue_sys_id) == (VenueStatus.UNREPORTED, None)
    assert await statuses(venue, "09:46:59", "09:47:00", "09:47:15") == ["未报", "已报", "已成"]


async def test_an_unreported_order_is_cancelled_before_it_gets_to_the_exchange(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.DELAYED_ACK, delay_s=60)
    await venue.place(new_order(1))
    assert (await venue.cancel("ORDER0001")).raw_text == "已撤"
    assert await statuses(venue, "09:50:00") == ["已撤"]
    assert (await venue.funds()).frozen == 0


async def test_part_of_a_batch_is_refused(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.PARTIAL_BATCH, client_order_id="ORDER0002", code="TRADING_DISABLED")
    await venue.place(new_order(1))
    with pytest.raises(VenueRefused, match="TRADING_DISABLED"):
        await venue.place(new_order(2))


@pytest.mark.parametrize(
    ("kind", "stands"),
    [(VenueFaultKind.UNKNOWN_TAKEN, True), (VenueFaultKind.UNKNOWN_LOST, False)],
)
async def test_an_unknown_outcome_may_stand_or_not(
    venue: SimulatedVenue, kind: VenueFaultKind, *, stands: bool
) -> None:
    arm(venue, kind)
    with pytest.raises(VenueUncertain):
        await venue.place(new_order(1))
    assert (await venue.order("ORDER0001") is not None) is stands


async def test_the_whole_rest_trades_while_a_cancel_is_on_its_way(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.FILLED_DURING_CANCEL)
    await venue.place(new_order(1, price="9.50"))
    await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:46:00", "09:46:01") == ["已报待撤", "已成"]
    assert (await venue.funds()).frozen == 0


async def test_E50_a_cancel_of_a_filled_order_is_refused_and_changes_nothing(
    venue: SimulatedVenue,
) -> None:
    await venue.place(new_order(1))
    assert await statuses(venue, "09:46:15") == ["已成"]
    with pytest.raises(VenueRefused, match="委托状态错误"):
        await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:46:20") == ["已成"]


async def test_a_slow_cancel_lets_the_order_trade_on(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.SLOW_CANCEL, delay_s=30)
    await venue.place(new_order(1))
    await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:46:14", "09:46:31") == ["已报待撤", "已成"]


async def test_a_lost_cancel_changes_nothing(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.CANCEL_LOST, times=1)
    await venue.place(new_order(1, price="9.50"))
    await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:50:00") == ["已报"]


async def test_an_order_waits_for_the_exchange_and_cannot_be_cancelled(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.QUEUED_ACK, delay_s=60)
    taken = await venue.place(new_order(1, price="9.50"))
    assert (taken.raw_status, taken.raw_text) == (49, "待报")
    with pytest.raises(VenueRefused, match="NOT_CANCELABLE"):
        await venue.cancel("ORDER0001")
    assert await statuses(venue, "09:46:59", "09:47:00") == ["待报", "已报"]


async def test_the_counter_breaks_off_in_the_middle_of_a_batch(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.BATCH_BREAKS_OFF, client_order_id="ORDER0002")
    await venue.place(new_order(1))
    with pytest.raises(CounterDown):
        await venue.place(new_order(2))
    assert await venue.order("ORDER0001") is not None
    assert await venue.order("ORDER0002") is None


async def test_an_order_arrives_after_its_sender_gave_up_and_past_its_deadline(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.UNKNOWN_LATE, delay_s=20)
    with pytest.raises(VenueUncertain):
        await venue.place(new_order(1, price="9.50", deadline=on_monday("09:46:05")))
    venue.advance_to(on_monday("09:46:19"))
    assert await venue.order("ORDER0001") is None
    assert await statuses(venue, "09:46:20") == ["已报"]


async def test_an_order_lost_today_stands_in_the_book_next_morning(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.OVERNIGHT)
    with pytest.raises(VenueUncertain):
        await venue.place(new_order(1, price="9.50"))
    venue.advance_to(on_monday("15:40:00"))
    assert await venue.order("ORDER0001") is None
    venue.advance_to(market_time(TUESDAY, "09:15:00"))
    (adopted,), _ = await venue.orders_since(0)
    assert (adopted.client_order_id, adopted.status) == ("ORDER0001", VenueStatus.REPORTED)
    assert adopted.created_at == market_time(TUESDAY, "09:15:00")


async def test_an_order_is_left_open_after_the_close_and_frees_its_cash(
    venue: SimulatedVenue,
) -> None:
    arm(venue, VenueFaultKind.OPEN_AFTER_CLOSE, client_order_id="ORDER0001")
    for number in (1, 2):
        await venue.place(new_order(number, price="9.10"))
    assert await statuses(venue, "15:00:00") == ["已报"]
    other = await venue.order("ORDER0002")
    assert other is not None
    assert other.raw_text == "已撤: 收盘未成交自动撤单"
    assert (await venue.funds()).frozen == 0
    assert await statuses(venue, "15:29:59", "15:30:00") == ["已报", "已撤: 收盘未成交自动撤单"]


async def test_a_fault_strikes_only_what_its_filters_name(venue: SimulatedVenue) -> None:
    arm(venue, VenueFaultKind.PARTIAL_BATCH, symbol=STEEL)
    arm(venue, VenueFaultKind.PARTIAL_BATCH, side="SELL")
    await venue.place(new_order(1))
    with pytest.raises(VenueRefused, match="VENUE_REJECTED"):
        await venue.place(new_order(2, STEEL, price="5.00"))
    venue.faults.disarm()
    await venue.place(new_order(3, STEEL, Side.BUY, "5.00"))


async def struck(folder: Path, *rates: str) -> set[str]:
    venue = venue_at(write_market(folder), on_monday("09:46:00"))
    for rate in rates:
        arm(venue, VenueFaultKind.PARTIAL_BATCH, rate=rate)
    refused = set()
    for number in range(200):
        try:
            await venue.place(new_order(number, price="9.50", quantity=100))
        except VenueRefused:
            refused.add(f"ORDER{number:04d}")
    return refused


async def test_the_seed_decides_whom_a_rate_strikes(tmp_path: Path) -> None:
    first = await struck(tmp_path / "a", "0.2")
    assert 20 < len(first) < 60
    assert await struck(tmp_path / "b", "0.2") == first
    assert await struck(tmp_path / "c", "0.2", "0.1") > first


def test_a_plan_mixes_faults_of_venue_and_wire(tmp_path: Path) -> None:
    text = '[{"kind": "LATE_REJECT", "times": 1}, {"kind": "DROP_AFTER", "skip": 2}]'
    (tmp_path / "plan.json").write_text(text)
    faults = read_fault_file(tmp_path / "plan.json")
    assert [type(fault) for fault in faults] == [VenueFault, WireFault]
    wire = WireFaultPlan()
    venue = venue_at(write_market(tmp_path), on_monday("09:46:00"))
    assert arm_faults(faults, venue.faults, wire) == 2
    hits = [wire.strike("POST", "/v1/orders") for _ in range(4)]
    assert [hit.kind if hit else None for hit in hits] == [
        None,
        None,
        WireFaultKind.DROP_AFTER,
        None,
    ]


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '[{"kind": "NOVEL"}]', '[{"kind": "DROP_AFTER", "x": 1}]']
)
def test_a_plan_that_says_something_unknown_is_refused(text: str) -> None:
    with pytest.raises(FaultPlanError):
        read_faults(text)
