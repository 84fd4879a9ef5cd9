"""Whatever is asked of the venue and however time is stepped, its books stay true."""

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.bars import ended_slots, split_daily
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.statement import statement
from adapters.wire.models import FillView, NewOrder
from market.phases import market_time
from market.side import Side
from tests.adapters.venues.simulated.markets import (
    BANK,
    CALM_WEEK,
    FRIDAY,
    STEEL,
    TUESDAY,
    on_monday,
    venue_at,
    write_csv,
    write_market,
)

OPENING = Decimal("300000.00")
HELD = {STEEL: (4550, "4.80"), BANK: (2000, "9.00")}
PARTICIPATION = Decimal("0.1")

Step = tuple[int, NewOrder | str | None]


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Orders, cancels of earlier ones, and how many seconds pass before each."""
    script: list[Step] = []
    for number in range(draw(st.integers(1, 12))):
        seconds = draw(st.sampled_from([0, 1, 14, 61, 600, 900, 5000, 19_000]))
        if script and draw(st.integers(0, 3)) == 0:
            cancelled = draw(st.integers(0, number - 1))
            script.append((seconds, f"ORDER{cancelled:04d}"))
            continue
        code, middle = draw(st.sampled_from([(BANK, 1000), (STEEL, 505)]))
        cents = middle + draw(st.integers(-20, 20))
        order = NewOrder(
            client_order_id=f"ORDER{number:04d}",
            symbol=code,
            side=draw(st.sampled_from(Side)),
            limit_price=Decimal(cents).scaleb(-2),
            quantity=draw(st.integers(1, 120)) * 100,
            deadline=market_time(TUESDAY, "15:00:00"),
        )
        script.append((seconds, order))
    return script


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_market(tmp_path_factory.mktemp("market"))
    header = "ts_code,ex_date,last_close,pre_close,factor,segment"
    write_csv(folder / "ex_rights.csv", header, f"{STEEL},20251111,5.10,5.02,0.98,A")
    return folder


def fresh(market: Path) -> SimulatedVenue:
    return venue_at(market, on_monday("09:16:00"), cash=str(OPENING), positions=HELD)


async def play(venue: SimulatedVenue, script: list[Step], stride_s: int) -> None:
    for seconds, action in script:
        await stroll(venue, venue.now() + timedelta(seconds=seconds), stride_s)
        with suppress(VenueRefused):
            if isinstance(action, NewOrder):
                await venue.place(action)
            elif action is not None:
                await venue.cancel(action)
        await check_books(venue)
    await stroll(venue, market_time(TUESDAY, "15:40:00"), stride_s)
    await check_books(venue)


async def stroll(venue: SimulatedVenue, until: datetime, stride_s: int) -> None:
    while venue.now() < until:
        venue.advance_to(min(until, venue.now() + timedelta(seconds=stride_s)))
        await check_books(venue)


async def check_books(venue: SimulatedVenue) -> None:
    """Cash to the cent, shares T+1, nothing negative."""
    account = venue.account
    fills, _ = await venue.fills_since(0)
    movements, _ = await venue.movements_since(0)
    traded = sum((-fill.side.sign * fill.amount for fill in fills), Decimal(0))
    fees = sum((_total(fill) for fill in fills), Decimal(0))
    moved = sum((movement.amount for movement in movements), Decimal(0))
    assert OPENING + traded - fees + moved == account.available + account.frozen
    assert min(account.available, account.frozen, account.withdrawable) >= 0
    for position in await venue.positions():
        assert 0 <= position.sellable <= position.quantity
        parts = position.sellable + position.frozen + position.in_transit
        assert parts == position.quantity


def _total(fill: FillView) -> Decimal:
    assert fill.fees is not None
    assert min(fill.fees.commission, fill.fees.stamp_duty, fill.fees.transfer) >= 0
    return fill.fees.commission + fill.fees.stamp_duty + fill.fees.transfer


async def check_fills(venue: SimulatedVenue) -> None:
    """Participation by bar, prices inside order, bar and day limits."""
    taken: dict[tuple[str, datetime, int], int] = defaultdict(int)
    bars = {(day.code, day.day): day for day in CALM_WEEK if day.day > FRIDAY}
    fills, _ = await venue.fills_since(0)
    for fill in fills:
        order = await venue.order(str(fill.client_order_id))
        assert order is not None
        assert fill.side.sign * (order.limit_price - fill.price) >= 0
        day = bars[fill.symbol, fill.trade_date]
        assert Decimal(str(day.low)) <= fill.price <= Decimal(str(day.high))
        slot = ended_slots(fill.trade_date, fill.fill_time - timedelta(microseconds=1))
        midnight = datetime.combine(fill.trade_date, datetime.min.time())
        taken[fill.symbol, midnight, slot] += fill.quantity
    for (code, midnight, slot), quantity in taken.items():
        daily = venue._market._feed.daily(code, midnight.date())
        assert daily is not None
        assert quantity <= PARTICIPATION * split_daily(daily.bar)[slot].volume


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(script=steps(), stride_s=st.sampled_from([613, 7200]))
async def test_books_are_true_at_every_moment_and_fills_within_bounds(
    market: Path, script: list[Step], stride_s: int
) -> None:
    venue = fresh(market)
    await play(venue, script, stride_s)
    await check_fills(venue)
    assert venue.account.frozen == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(script=steps())
async def test_the_same_asked_at_the_same_times_gives_the_same_ledger(
    market: Path, script: list[Step]
) -> None:
    ledgers = []
    for stride_s in (977, 86_400):
        venue = fresh(market)
        await play(venue, script, stride_s)
        ledgers.append(await statement(venue))
    assert ledgers[0] == ledgers[1]
