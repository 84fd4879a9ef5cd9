import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.venues.simulated.bars import (
    SLOTS_PER_DAY,
    STEPS_PER_BAR,
    Bar,
    apportion,
    auction_volume,
    cents_of_number,
    ended_slots,
    is_closing_call,
    next_instant,
    path,
    slot_ends,
    slot_start,
    split_daily,
    to_cents,
)
from market.phases import market_time

DAY = date(2025, 11, 10)
PRICES = st.integers(min_value=10, max_value=300_000)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low, *middle, high = sorted(draw(st.tuples(PRICES, PRICES, PRICES, PRICES)))
    opening, closing = draw(st.permutations(middle))
    volume = draw(st.integers(min_value=0, max_value=10**10))
    amount = draw(st.integers(min_value=0, max_value=10**14))
    return Bar(opening, high, low, closing, volume, amount)


@given(bars())
def test_a_daily_bar_becomes_sixteen_that_sum_to_it(daily: Bar) -> None:
    parts = split_daily(daily)
    assert len(parts) == SLOTS_PER_DAY
    assert sum(part.volume for part in parts) == daily.volume
    assert sum(part.amount for part in parts) == daily.amount
    assert parts[0].open == daily.open
    assert parts[-1].close == daily.close
    assert max(part.high for part in parts) == daily.high
    assert min(part.low for part in parts) == daily.low
    assert all(a.close == b.open for a, b in itertools.pairwise(parts))


def test_the_volume_of_a_split_day_is_a_u() -> None:
    volumes = [part.volume for part in split_daily(Bar(100, 110, 90, 105, 1_000_000, 0))]
    middle = SLOTS_PER_DAY // 2
    assert volumes[:middle] == sorted(volumes[:middle], reverse=True)
    assert volumes[middle:] == sorted(volumes[middle:])
    assert min(volumes[0], volumes[-1]) > 2 * volumes[middle]


def test_the_nearer_extreme_comes_first() -> None:
    near_low = split_daily(Bar(100, 120, 95, 110, 1600, 0))
    assert near_low[4].close == 95
    assert near_low[10].close == 120
    near_high = split_daily(Bar(100, 105, 80, 90, 1600, 0))
    assert near_high[4].close == 105
    assert near_high[10].close == 80


@given(bars())
def test_a_path_stays_inside_its_bar_and_ends_at_the_close(bar: Bar) -> None:
    up, down = path(bar, round_up=True), path(bar, round_up=False)
    assert len(up) == len(down) == STEPS_PER_BAR
    assert up[-1] == down[-1] == bar.close
    assert max(up) <= bar.high
    assert min(down) >= bar.low
    assert {bar.low, bar.high} <= {bar.open, *up}
    assert all(0 <= a - b <= 1 for a, b in zip(up, down, strict=True))


def test_a_path_is_linear_between_its_turns() -> None:
    rising = path(Bar(1000, 1040, 1000, 1040, 1, 0), round_up=False)
    assert rising[:20] == (1000,) * 20
    assert rising[20:40] == tuple(range(1002, 1042, 2))
    assert rising[40:] == (1040,) * 20


@given(st.integers(min_value=0, max_value=10**12), st.lists(st.integers(1, 100), min_size=1))
def test_nothing_is_lost_when_a_number_is_apportioned(total: int, weights: list[int]) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    assert min(shares) >= 0


def test_bars_end_at_the_quarter_hours_of_the_two_sessions() -> None:
    ends = [f"{end:%H:%M}" for end in slot_ends(DAY)]
    assert ends[0] == "09:45"
    assert ends[7:9] == ["11:30", "13:15"]
    assert ends[-1] == "15:00"
    assert slot_start(DAY, 8) == market_time(DAY, "13:00:00")


@pytest.mark.parametrize(
    ("clock", "ended"),
    [("09:00:00", 0), ("09:44:59", 0), ("09:45:00", 1), ("12:15:00", 8), ("15:00:00", 16)],
)
def test_a_bar_has_ended_at_its_end_and_not_before(clock: str, ended: int) -> None:
    assert ended_slots(DAY, market_time(DAY, clock)) == ended


@pytest.mark.parametrize(
    ("clock", "coming", "slot", "step"),
    [
        ("09:16:00", "09:25:00", 0, 0),
        ("09:25:00", "09:30:15", 0, 1),
        ("09:30:15", "09:30:30", 0, 2),
        ("09:31:03", "09:31:15", 0, 5),
        ("09:44:59", "09:45:00", 0, 60),
        ("11:30:00", "13:00:15", 8, 1),
        ("12:00:00", "13:00:15", 8, 1),
        ("14:56:50", "14:57:00", 15, 48),
        ("14:57:00", "15:00:00", 15, 60),
        ("14:59:50", "15:00:00", 15, 60),
    ],
)
def test_matching_instants_lie_on_a_fixed_grid_with_an_opening_and_a_closing_match(
    clock: str, coming: str, slot: int, step: int
) -> None:
    assert next_instant(DAY, market_time(DAY, clock)) == (market_time(DAY, coming), slot, step)


@given(st.integers(min_value=0, max_value=10**10))
def test_only_the_first_and_the_last_bar_hold_an_auction(volume: int) -> None:
    bar = Bar(1, 1, 1, 1, volume, 0)
    shares = [auction_volume(bar, slot) for slot in range(SLOTS_PER_DAY)]
    assert shares[0] == volume // 10
    assert shares[-1] == volume // 5
    assert not any(shares[1:-1])


def test_the_closing_call_is_the_last_three_minutes() -> None:
    assert not is_closing_call(15, 48)
    assert is_closing_call(15, 49)
    assert not is_closing_call(14, 60)


def test_there_is_no_instant_after_the_close() -> None:
    assert next_instant(DAY, market_time(DAY, "15:00:00")) is None


@given(st.integers(min_value=1, max_value=10**9))
def test_a_binary_price_is_read_as_its_cent(cents: int) -> None:
    assert cents_of_number(cents / 100) == cents


def test_a_price_between_two_cents_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.005"):
        to_cents(Decimal("10.005"))
