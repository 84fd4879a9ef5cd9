"""Queue position, price-time priority and bounds of what our orders trade."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.venues.simulated.bars import Bar, next_instant
from adapters.venues.simulated.levels import book_shape
from adapters.venues.simulated.name_book import Execution, Instant, NameDay
from adapters.venues.simulated.orders import VenueOrder
from market.side import Side
from tests.adapters.venues.simulated.markets import MONDAY, on_monday
from tests.adapters.venues.simulated.matching import (
    book_of,
    day_of,
    flat,
    order,
    play,
    played,
    since,
)

BUSY = 600_000  # shares of a bar: 10,000 every 15 s, of which 1,000 are ours
ALL = Decimal(1)

# Opens at 10.10, is at 10.00 from the fifth minute to the end, and never below.
FALLING_TO_TEN = Bar(1010, 1010, 1000, 1000, BUSY, 0)
BEFORE = flat(1010, BUSY)


def bid_sizes() -> tuple[int, ...]:
    """What waits at the bids of the second bar, first level first."""
    return NameDay((BEFORE,) * 16, 1100, 900).shape_in(1).bid_sizes


def test_the_book_of_a_bar_is_the_one_the_bar_before_left() -> None:
    day = day_of(flat(1000, 60_000), flat(1000, 600), flat(1000, 6))
    assert day.shape_in(0) == day.shape_in(1) == day.shape_after(0) == book_shape(60_000, "|0")
    assert day.shape_in(2) == day.shape_after(1) == book_shape(600, "|1")


def test_a_passive_order_waits_behind_what_the_market_shows_at_its_price() -> None:
    """The level fifth from the touch trades 10,000 shares every 15 s once the price is there."""
    queue = bid_sizes()[4]
    book = book_of(day_of(BEFORE, FALLING_TO_TEN))
    book.add(order(1, quantity=1000), since("09:45:00"))
    first_at_ten = 40  # the path falls from step 21 to step 40, then stays
    steps_in_queue = queue // 10_000
    (fill, *_) = played(book, "09:45:00", "10:00:00", 1)
    clock, _, price = fill
    assert queue > 10_000
    assert price == 1000
    arrival = on_monday("09:45:00") + (first_at_ten + steps_in_queue) * (
        on_monday("00:00:15") - on_monday("00:00:00")
    )
    assert clock == f"{arrival:%H:%M:%S}"


def test_an_order_inside_the_spread_is_first_in_its_queue() -> None:
    rising = Bar(1000, 1010, 1000, 1010, BUSY, 0)
    book = book_of(day_of(flat(1000, BUSY), rising))
    book.add(order(1, price="10.00", quantity=1000), since("09:45:00"))  # bid 9.99, ask 10.01
    assert played(book, "09:45:00", "10:00:00", 1) == [("09:45:15", 1000, 1000)]


def test_a_path_through_the_price_fills_at_the_order_and_forgets_the_queue() -> None:
    book = book_of(day_of(BEFORE, FALLING_TO_TEN))
    book.add(order(1, price="10.05", quantity=1000), since("09:45:00"))
    # at 10.05 for steps 30 and 31, below it from step 32 on
    fills = played(book, "09:45:00", "10:00:00", 1)
    assert {price for _, _, price in fills} == {1005}
    assert fills[0][0] <= "09:53:00"


def test_who_took_offers_and_was_left_behind_is_first_when_the_price_comes_back() -> None:
    up_and_back = Bar(1000, 1090, 1000, 1001, BUSY, 0)
    book = book_of(day_of(flat(1000, BUSY), up_and_back))
    book.add(order(1, price="10.01", quantity=10**6), since("09:45:00"))
    fills = played(book, "09:45:00", "10:00:00", 1)
    away = [clock for clock, _, _ in fills if "09:51:00" < clock < "09:59:00"]
    assert fills[0] == ("09:45:15", 1000, 1001)
    assert away == []
    assert fills[-1] == ("10:00:00", 1000, 1001)


def test_a_marketable_order_takes_level_after_level_up_to_its_limit() -> None:
    wide = Bar(1000, 1010, 990, 1000, BUSY, 0)
    day = day_of(flat(1000, 60_000), wide)  # shows about 1,000 shares a level
    asks = day.shape_in(1).ask_sizes
    book = book_of(day, participation=ALL)
    book.add(order(1, price="9.98", quantity=10**6), since("09:47:30"))
    trades = [trade[2:] for trade in play(book, "09:47:30", "09:47:45")]
    # the path is at 9.94 then: offers at 9.95, 9.96, ..., as far as 10,000 shares go
    assert sum(quantity for quantity, _ in trades) <= 10_000
    assert [price for _, price in trades] == list(range(trades[0][1], trades[0][1] + len(trades)))
    assert all(quantity == size for (quantity, _), size in zip(trades[:-1], asks, strict=False))
    assert len(trades) > 2
    assert trades[-1][1] <= 998


def test_orders_of_ours_share_the_levels() -> None:
    wide = Bar(1000, 1010, 990, 1000, BUSY, 0)
    day = day_of(flat(1000, 60_000), wide)
    first = day.shape_in(1).ask_sizes[0]
    book = book_of(day, participation=ALL)
    book.add(order(1, price="10.10", quantity=first - 100), since("09:45:00"))
    book.add(order(2, price="10.10", quantity=300), since("09:45:00"))
    trades = [trade[1:] for trade in play(book, "09:45:00", "09:45:15")]
    assert [(name, quantity) for name, quantity, _ in trades] == [
        ("ORDER0001", first - 100),
        ("ORDER0002", 100),
        ("ORDER0002", 200),
    ]
    assert trades[2][2] == trades[1][2] + 1


CENTS = st.integers(min_value=950, max_value=1050)


@st.composite
def real_bars(draw: st.DrawFn) -> Bar:
    low, *middle, high = sorted(draw(st.tuples(CENTS, CENTS, CENTS, CENTS)))
    opening, closing = draw(st.permutations(middle))
    return Bar(opening, high, low, closing, draw(st.integers(0, 2_000_000)), 0)


@st.composite
def sent_orders(draw: st.DrawFn) -> list[tuple[str, VenueOrder]]:
    sent = []
    for number in range(draw(st.integers(1, 6))):
        clock = draw(st.sampled_from(["09:16:00", "09:24:07", "09:31:02", "14:50:00", "14:58:11"]))
        price = str(Decimal(draw(st.integers(940, 1060))).scaleb(-2))
        quantity = draw(st.integers(1, 300)) * 100 + draw(st.sampled_from([0, 0, 37]))
        sent.append((clock, order(number, draw(st.sampled_from(Side)), price, quantity)))
    return sorted(sent, key=lambda entry: entry[0])


def run(
    day: NameDay, sent: list[tuple[str, VenueOrder]], participation: Decimal
) -> list[tuple[Instant, Execution]]:
    """Play a whole day; each order joins at its clock."""
    book, coming, traded = book_of(day, participation), list(sent), []
    moment = on_monday("09:15:00")
    while (at := next_instant(MONDAY, moment)) is not None:
        moment = at[0]
        while coming and on_monday(coming[0][0]) < moment:
            clock, joining = coming.pop(0)
            book.add(joining, on_monday(clock))
        instant = Instant(*at)
        for execution in book.match(instant):
            execution.order.filled_quantity += execution.quantity
            traded.append((instant, execution))
            if not execution.order.remaining_quantity:
                book.remove(execution.order)
    return traded


@settings(max_examples=30)
@given(st.lists(real_bars(), min_size=2, max_size=2), sent_orders(), st.sampled_from(["0.1", "1"]))
def test_no_fill_beyond_participation_limit_bar_or_order(
    ends: list[Bar], sent: list[tuple[str, VenueOrder]], share: str
) -> None:
    bars = (ends[0], *(flat(1000, 60_000),) * 14, ends[1])
    taken: dict[int, int] = defaultdict(int)
    for instant, execution in run(NameDay(bars, 1045, 955), sent, Decimal(share)):
        order, bar = execution.order, bars[instant.slot]
        limit = int(order.limit_price.scaleb(2))
        assert order.side.sign * (limit - execution.price) >= 0
        assert bar.low <= execution.price <= bar.high
        assert execution.quantity > 0
        assert execution.quantity % 100 == 0 or order.remaining_quantity == 0
        assert 955 <= execution.price <= 1045
        taken[instant.slot] += execution.quantity
    assert all(order.filled_quantity <= order.quantity for _, order in sent)
    assert all(taken[slot] <= Fraction(share) * bars[slot].volume for slot in taken)


@settings(max_examples=30)
@given(real_bars(), st.integers(950, 1050), st.integers(950, 1050))
def test_a_better_or_earlier_order_is_never_behind(bar: Bar, better: int, worse: int) -> None:
    better, worse = max(better, worse), min(better, worse)
    orders = [
        order(number, Side.BUY, str(Decimal(cents).scaleb(-2)), 30_000)
        for number, cents in ((1, better), (2, worse))
    ]
    run(NameDay((bar,) * 16, 1060, 940), [("09:16:00", each) for each in orders], Decimal("0.01"))
    assert orders[0].filled_quantity >= orders[1].filled_quantity
    assert orders[1].filled_quantity < 100 or orders[0].remaining_quantity < 100


@given(real_bars(), st.integers(951, 1049))
def test_a_queued_order_trades_no_more_than_passed_its_queue(bar: Bar, limit: int) -> None:
    """Where the path never goes through the price, the queue comes off what traded there."""
    bars = (flat(1060, 60_000), bar)
    day = day_of(*bars)
    book = book_of(day, ALL)
    waiting = order(1, price=str(Decimal(limit).scaleb(-2)), quantity=10**7)
    book.add(waiting, since("09:45:00"))
    traded = sum(quantity for _, quantity, _ in played(book, "09:45:00", "10:00:00", 1))
    if limit <= bar.low and bar.open - 1 > limit:
        queue = min(day.shape_in(1).bid_sizes)
        assert traded <= max(bar.volume - queue, 0)


@pytest.mark.parametrize("clock", ["09:16:00", "09:24:59"])
def test_an_order_at_the_opening_price_stands_behind_who_was_faster(clock: str) -> None:
    opened = Bar(1000, 1100, 1000, 1100, 1_000_000, 0)
    book = book_of(day_of(opened), participation=ALL)
    book.add(order(1, price="10.00", quantity=90_000), since(clock))
    expected = {"09:16:00": 90_000, "09:24:59": 100}[clock]
    assert [trade[2] for trade in play(book, "09:15:00", "09:25:00")] == [expected]


def test_who_waits_in_the_last_bar_keeps_his_place_in_the_closing_call() -> None:
    """The bar before showed millions at the bid; nothing like it trades in the last one."""
    deep = flat(1010, 60_000_000)
    day = NameDay((*(deep,) * 15, FALLING_TO_TEN), 1100, 900)
    book = book_of(day, participation=ALL)
    book.add(order(1, quantity=90_000), since("14:45:00"))
    assert play(book, "14:45:00", "15:00:00") == []

    late = book_of(day, participation=ALL)
    late.add(order(2, quantity=90_000), since("14:57:00"))
    assert [trade[2] for trade in play(late, "14:57:00", "15:00:00")] == [90_000]
