from decimal import Decimal

import pytest

from adapters.venues.simulated.bars import Bar
from adapters.venues.simulated.halts import Halts
from adapters.venues.simulated.name_book import NameDay
from market.side import Side
from market.symbol import Symbol
from tests.adapters.venues.simulated.markets import BANK
from tests.adapters.venues.simulated.matching import (
    book_of,
    day_of,
    flat,
    order,
    play,
    since,
)

TEN = flat(1000, 60_000)  # 10 % of it is 100 shares every 15 s


def test_an_order_takes_its_share_of_the_volume_pro_rata_to_time() -> None:
    book = book_of(day_of(TEN, TEN))
    book.add(order(1, quantity=300), since("09:45:00"))
    assert play(book, "09:45:00", "10:00:00") == [
        ("09:45:15", "ORDER0001", 100, 1000),
        ("09:45:30", "ORDER0001", 100, 1000),
        ("09:45:45", "ORDER0001", 100, 1000),
    ]


def test_time_counts_from_the_arrival_of_the_order() -> None:
    book = book_of(day_of(TEN, TEN))
    book.add(order(1, quantity=100), since("09:50:09"))  # 40 shares by 09:50:15
    assert play(book, "09:50:09", "10:00:00") == [("09:50:30", "ORDER0001", 100, 1000)]


def test_the_opening_match_has_its_part_of_the_first_bar() -> None:
    """A tenth of the first bar was traded at 09:25, so 90 shares are ours every 15 s."""
    book = book_of(day_of(TEN))
    book.add(order(1, quantity=100), since("09:30:00"))
    assert play(book, "09:30:00", "09:45:00") == [("09:30:30", "ORDER0001", 100, 1000)]


def test_what_was_not_taken_of_a_bar_is_gone_with_it() -> None:
    thin = flat(1000, 990)  # 99 shares are less than a lot
    book = book_of(day_of(thin, thin, thin))
    book.add(order(1), since("09:30:00"))
    assert play(book, "09:30:00", "10:15:00") == []


def test_a_bar_without_volume_fills_nothing() -> None:
    book = book_of(day_of())
    book.add(order(1, price="11.00"), since("09:16:00"))
    assert play(book, "09:16:00", "15:00:00") == []


def test_a_name_without_bars_fills_nothing() -> None:
    book = book_of(NameDay(None, 1100, 900))
    book.add(order(1, price="11.00"), since("09:16:00"))
    assert play(book, "09:16:00", "15:00:00") == []


def test_orders_at_one_price_share_the_volume_in_order_of_arrival() -> None:
    book = book_of(day_of(TEN, TEN))
    book.add(order(1, quantity=200), since("09:45:00"))
    book.add(order(2, quantity=200), since("09:45:00"))
    assert [trade[:3] for trade in play(book, "09:45:00", "09:46:00")] == [
        ("09:45:15", "ORDER0001", 100),
        ("09:45:30", "ORDER0001", 100),
        ("09:45:45", "ORDER0002", 100),
        ("09:46:00", "ORDER0002", 100),
    ]


@pytest.mark.parametrize(
    ("side", "better", "worse"), [(Side.BUY, "10.01", "10.00"), (Side.SELL, "9.99", "10.00")]
)
def test_a_better_price_is_served_before_an_earlier_order(
    side: Side, better: str, worse: str
) -> None:
    book = book_of(day_of(TEN, TEN))
    book.add(order(1, side, worse, quantity=200), since("09:45:00"))
    book.add(order(2, side, better, quantity=200), since("09:45:00"))
    names = [trade[1] for trade in play(book, "09:45:00", "09:46:00")]
    assert names == ["ORDER0002", "ORDER0002", "ORDER0001", "ORDER0001"]


def test_both_sides_share_one_participation_and_sells_are_served_first() -> None:
    book = book_of(day_of(TEN, TEN))
    book.add(order(1, Side.BUY, quantity=200), since("09:45:00"))
    book.add(order(2, Side.SELL, quantity=200), since("09:45:00"))
    assert [trade[:3] for trade in play(book, "09:45:00", "09:46:00")] == [
        ("09:45:15", "ORDER0002", 100),
        ("09:45:30", "ORDER0002", 100),
        ("09:45:45", "ORDER0001", 100),
        ("09:46:00", "ORDER0001", 100),
    ]


def test_many_orders_never_take_more_than_the_share_of_a_bar() -> None:
    busy = Bar(1000, 1010, 990, 1000, 123_456, 0)
    book = book_of(day_of(busy))
    for number in range(20):
        book.add(order(number, price="10.50", quantity=5000), since("09:16:00"))
    assert 0 < sum(trade[2] for trade in play(book, "09:16:00", "09:45:00")) <= 12_345


def test_a_fill_is_in_whole_lots_but_for_the_last_remainder() -> None:
    busy = flat(1000, 90_000)  # 150 shares a step
    book = book_of(day_of(busy, busy))
    book.add(order(1, side=Side.SELL, quantity=332), since("09:45:00"))
    assert [trade[2] for trade in play(book, "09:45:00", "10:00:00")] == [100, 200, 32]


def test_a_buy_pays_the_offer_above_the_path_and_not_its_limit() -> None:
    rising = Bar(1000, 1007, 1000, 1007, 6_000_000, 0)
    book = book_of(day_of(rising))
    book.add(order(1, price="10.50", quantity=100), since("09:35:00"))
    # step 21 lies 7/20 of a cent above the open: last trade 10.01, offered at 10.02
    assert play(book, "09:35:00", "09:45:00") == [("09:35:15", "ORDER0001", 100, 1002)]


def test_a_sell_gets_the_bid_below_the_path() -> None:
    falling = Bar(1007, 1007, 1000, 1000, 6_000_000, 0)
    book = book_of(day_of(falling))
    book.add(order(1, side=Side.SELL, price="9.50", quantity=100), since("09:35:00"))
    assert play(book, "09:35:00", "09:45:00") == [("09:35:15", "ORDER0001", 100, 1005)]


def test_nobody_offers_beyond_what_the_bar_traded() -> None:
    book = book_of(day_of(flat(1000, 6_000_000)))
    book.add(order(1, price="10.50", quantity=100), since("09:30:00"))
    book.add(order(2, Side.SELL, price="9.50", quantity=100), since("09:30:00"))
    assert {trade[3] for trade in play(book, "09:30:00", "09:45:00")} == {1000}


def test_an_order_beyond_the_bar_does_not_fill() -> None:
    book = book_of(day_of(Bar(1000, 1020, 1000, 1020, 6_000_000, 0)))
    book.add(order(1, price="9.99"), since("09:16:00"))
    book.add(order(2, side=Side.SELL, price="10.21"), since("09:16:00"))
    assert play(book, "09:16:00", "09:45:00") == []


@pytest.mark.parametrize(
    ("price", "buys", "sells"), [(1100, 0, 1000), (900, 1000, 0), (1000, 1000, 1000)]
)
def test_a_bar_locked_at_a_limit_fills_only_the_other_side(
    price: int, buys: int, sells: int
) -> None:
    locked = flat(price, 6_000_000)
    book = book_of(NameDay((locked,) * 16, 1100, 900))
    book.add(order(1, price="11.00"), since("09:16:00"))
    book.add(order(2, side=Side.SELL, price="9.00"), since("09:16:00"))
    trades = play(book, "09:16:00", "15:00:00")
    assert sum(trade[2] for trade in trades if trade[1] == "ORDER0001") == buys
    assert sum(trade[2] for trade in trades if trade[1] == "ORDER0002") == sells


def test_nothing_trades_over_lunch() -> None:
    book = book_of(NameDay((flat(1000, 600),) * 16, 1100, 900))
    book.add(order(1, quantity=100_000), since("11:29:50"))
    assert play(book, "11:29:50", "13:00:00") == []


def test_nothing_trades_between_the_opening_match_and_the_open_nor_in_the_closing_call() -> None:
    book = book_of(NameDay((flat(1000, 600_000),) * 16, 1100, 900))
    book.add(order(1, quantity=10**7), since("09:16:00"))
    clocks = [trade[0] for trade in play(book, "09:16:00", "15:00:00")]
    assert clocks[:2] == ["09:25:00", "09:30:15"]
    assert clocks[-2:] == ["14:57:00", "15:00:00"]


def test_a_halted_name_keeps_its_orders_and_trades_when_the_halt_is_over() -> None:
    halts = Halts()
    halts.add(Symbol.parse(BANK), since("09:50:00"), since("09:52:00"))
    book = book_of(day_of(TEN, TEN), halts=halts)
    book.add(order(1, quantity=10**6), since("09:49:30"))
    clocks = [trade[0] for trade in play(book, "09:49:30", "09:52:30")]
    assert clocks == ["09:49:45", "09:52:15", "09:52:30"]


def test_a_name_still_halted_at_the_close_has_no_closing_match() -> None:
    halts = Halts()
    halts.add(Symbol.parse(BANK), since("14:50:00"), since("15:00:00"))
    book = book_of(NameDay((flat(1000, 600_000),) * 16, 1100, 900), halts=halts)
    book.add(order(1, price="10.50"), since("14:50:00"))
    assert play(book, "14:50:00", "15:00:00") == []


def test_an_order_that_was_taken_out_does_not_trade() -> None:
    book = book_of(day_of(TEN))
    kept, gone = order(1), order(2)
    for each in (kept, gone):
        book.add(each, since("09:30:00"))
    book.remove(gone)
    assert book.orders() == [kept]
    book.remove(kept)
    book.remove(kept)
    assert book.is_empty
    assert play(book, "09:30:00", "09:45:00") == []


def test_participation_may_be_a_repeating_fraction_of_a_lot() -> None:
    book = book_of(day_of(TEN, TEN), participation=Decimal("0.033"))
    book.add(order(1, quantity=10**6), since("09:45:00"))
    assert sum(trade[2] for trade in play(book, "09:45:00", "10:00:00")) == 1900  # of 1980
