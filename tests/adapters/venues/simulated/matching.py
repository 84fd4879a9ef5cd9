"""Bars, orders and a book to play them in, for the tests of matching."""

from datetime import datetime
from decimal import Decimal

from adapters.venues.simulated.bars import Bar, next_instant
from adapters.venues.simulated.book import Book
from adapters.venues.simulated.halts import Halts
from adapters.venues.simulated.name_book import Instant, NameDay
from adapters.venues.simulated.orders import VenueOrder
from market.side import Side
from market.symbol import Symbol
from tests.adapters.venues.simulated.markets import BANK, MONDAY, on_monday
from tests.market.given import rule_book

STILL = Bar(1000, 1000, 1000, 1000, 0, 0)
TEN_PERCENT = Decimal("0.1")


def flat(price: int, volume: int) -> Bar:
    """A bar of one price; in cents."""
    return Bar(price, price, price, price, volume, 0)


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


def book_of(
    facts: NameDay, participation: Decimal = TEN_PERCENT, halts: Halts | None = None
) -> Book:
    return Book(MONDAY, participation, lambda _symbol: facts, halts or Halts())


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


def played(book: Book, start: str, end: str, number: int) -> list[tuple[str, int, int]]:
    """Match, and return what one order traded: time, quantity, price in cents."""
    return [
        (clock, quantity, price)
        for clock, name, quantity, price in play(book, start, end)
        if name == f"ORDER{number:04d}"
    ]


def since(clock: str) -> datetime:
    return on_monday(clock)
