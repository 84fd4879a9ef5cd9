from datetime import datetime
from decimal import Decimal

import pytest

from adapters.venues.simulated.bars import Bar, next_instant
from adapters.venues.simulated.book import Book, Instant, NameDay
from adapters.venues.simulated.orders import VenueOrder
from market.side import Side
from market.symbol import Symbol
from tests.adapters.venues.simulated.markets import BANK, MONDAY, on_monday
from tests.market.given import rule_book

STILL = Bar(1000, 1000, 1000, 1000, 0, 0)
TEN_PERCENT = Decimal("0.1")


def day_of(*first: Bar, up: int | None = 1100, down: int | None = 900) -> NameDay:
    return NameDay((*first, *(STILL,) * (16 - len(first))), up, down)


def order(
    number: int, side: Side = Side.BUY, price: str = "10.00", quantity: int = 1000
) -> VenueOrder:
    symbol = Symbol.parse(BANK)
    return VenueOrder(
        client_order_id=f"ORDER{number:04d}",
        venue_order_id=str(number),
        symbol=symbol,
        side=side,
        limit_price=Decimal(price),
        quantity=quantity,
        trade_date=MONDAY,
        created_at=on_monday("09:30:00"),
        updated_at=on_monday("09:30:00"),
        rules=rule_book().on(symbol, MONDAY),
    )


def book_of(facts: NameDay) -> Book:
    return Book(MONDAY, TEN_PERCENT, lambda _symbol: facts)


def play(book: Book, start: str, end: str) -> list[tuple[str, str, int, int]]:
    """Match every instant after start up to end: time, order, quantity, price in cents."""
    moment, last = on_monday(start), on_monday(end)
    trades = []
    while (coming := next_instant(MONDAY, moment)) is not None and coming[0] <= last:
        moment = coming[0]
        for execution in book.match(Instant(*coming)):
            done = execution.order
            done.filled_quantity += execution.quantity
            trades.append(
                (f"{moment:%H:%M:%S}", done.client_order_id, execution.quantity, execution.price)
            )
            if not done.remaining_quantity:
                book.remove(done)
    return trades


def since(clock: str) -> datetime:
    return on_monday(clock)


def test_an_order_takes_its_share_of_the_volume_pro_rata_to_time() -> None:
    flat = Bar(1000, 1000, 1000, 1000, 60_000, 0)  # 10 % of it is 100 shares every 15 s
    book = book_of(day_of(flat))
    book.add(order(1, quantity=300), since("09:30:00"))
    assert play(book, "09:30:00", "09:45:00") == [
        ("09:30:15", "ORDER0001", 100, 1000),
        ("09:30:30", "ORDER0001", 100, 1000),
        ("09:30:45", "ORDER0001", 100, 1000),
    ]


def test_time_counts_from_the_arrival_of_the_order() -> None:
    flat = Bar(1000, 1000, 1000, 1000, 60_000, 0)
    book = book_of(day_of(flat))
    book.add(order(1, quantity=100), since("09:40:09"))  # 40 shares by 09:40:15
    assert play(book, "09:40:09", "09:45:00") == [("09:40:30", "ORDER0001", 100, 1000)]


def test_what_was_not_taken_of_a_bar_is_gone_with_it() -> None:
    thin = Bar(1000, 1000, 1000, 1000, 990, 0)  # 99 shares are less than a lot
    book = book_of(day_of(thin, thin, thin))
    book.add(order(1), since("09:30:00"))
    assert play(book, "09:30:00", "10:15:00") == []


def test_a_bar_without_volume_fills_nothing() -> None:
    book = book_of(day_of())
    book.add(order(1, price="11.00"), since("09:30:00"))
    assert play(book, "09:30:00", "15:00:00") == []


def test_orders_of_one_name_share_the_volume_in_order_of_arrival() -> None:
    flat = Bar(1000, 1000, 1000, 1000, 60_000, 0)
    book = book_of(day_of(flat))
    book.add(order(1, quantity=200), since("09:30:00"))
    book.add(order(2, quantity=200), since("09:30:00"))
    assert [trade[:3] for trade in play(book, "09:30:00", "09:31:00")] == [
        ("09:30:15", "ORDER0001", 100),
        ("09:30:30", "ORDER0001", 100),
        ("09:30:45", "ORDER0002", 100),
        ("09:31:00", "ORDER0002", 100),
    ]


def test_many_orders_never_take_more_than_the_share_of_a_bar() -> None:
    busy = Bar(1000, 1010, 990, 1000, 123_456, 0)
    book = book_of(day_of(busy))
    for number in range(20):
        book.add(order(number, price="10.50", quantity=5000), since("09:30:00"))
    assert 0 < sum(trade[2] for trade in play(book, "09:30:00", "09:45:00")) <= 12_345


def test_a_fill_is_in_whole_lots_but_for_the_last_remainder() -> None:
    flat = Bar(1000, 1000, 1000, 1000, 90_000, 0)  # 150 shares a step
    book = book_of(day_of(flat))
    book.add(order(1, side=Side.SELL, quantity=332), since("09:30:00"))
    assert [trade[2] for trade in play(book, "09:30:00", "09:45:00")] == [100, 200, 32]


def test_a_buy_pays_the_path_price_rounded_up_and_never_its_limit() -> None:
    rising = Bar(1000, 1007, 1000, 1007, 6_000_000, 0)
    book = book_of(day_of(rising))
    book.add(order(1, price="10.50", quantity=100), since("09:35:00"))
    # step 21 lies 7/20 of a cent above the open: a buyer pays 10.01, not 10.00 and not 10.50
    assert play(book, "09:35:00", "09:45:00") == [("09:35:15", "ORDER0001", 100, 1001)]


def test_a_sell_gets_the_path_price_rounded_down() -> None:
    falling = Bar(1007, 1007, 1000, 1000, 6_000_000, 0)
    book = book_of(day_of(falling))
    book.add(order(1, side=Side.SELL, price="9.50", quantity=100), since("09:35:00"))
    assert play(book, "09:35:00", "09:45:00") == [("09:35:15", "ORDER0001", 100, 1006)]


def test_an_order_waits_until_the_path_comes_to_its_limit() -> None:
    rising = Bar(1000, 1020, 1000, 1020, 6_000_000, 0)
    book = book_of(day_of(rising))
    book.add(order(1, side=Side.SELL, price="10.10", quantity=100), since("09:30:00"))
    # 10 cents of 20 on the second third: 5 min and half of another 5
    assert play(book, "09:30:00", "09:45:00") == [("09:37:30", "ORDER0001", 100, 1010)]


def test_an_order_beyond_the_bar_does_not_fill() -> None:
    book = book_of(day_of(Bar(1000, 1020, 1000, 1020, 6_000_000, 0)))
    book.add(order(1, price="9.99"), since("09:30:00"))
    book.add(order(2, side=Side.SELL, price="10.21"), since("09:30:00"))
    assert play(book, "09:30:00", "09:45:00") == []


@pytest.mark.parametrize(
    ("price", "buys", "sells"), [(1100, 0, 1000), (900, 1000, 0), (1000, 1000, 1000)]
)
def test_a_bar_locked_at_a_limit_fills_only_the_other_side(
    price: int, buys: int, sells: int
) -> None:
    locked = Bar(price, price, price, price, 6_000_000, 0)
    book = book_of(day_of(locked))
    book.add(order(1, price="11.00"), since("09:30:00"))
    book.add(order(2, side=Side.SELL, price="9.00"), since("09:30:00"))
    trades = play(book, "09:30:00", "09:45:00")
    assert sum(trade[2] for trade in trades if trade[1] == "ORDER0001") == buys
    assert sum(trade[2] for trade in trades if trade[1] == "ORDER0002") == sells


def test_nothing_trades_over_lunch() -> None:
    flat = Bar(1000, 1000, 1000, 1000, 600, 0)
    book = book_of(NameDay((flat,) * 16, 1100, 900))
    book.add(order(1, quantity=100_000), since("11:29:50"))
    assert play(book, "11:29:50", "13:00:00") == []
