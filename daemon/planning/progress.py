"""How far a plan has come: its books, worked out once for each change of its orders."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.settings import Settings
from daemon.planning.line_book import LineBook, books_of, is_on_its_way
from market.side import Side
from market.symbol import Symbol
from statemachine.order import Order
from statemachine.plan import Plan

# a-share-rules.md section 8: at most so many orders of one name a day.
ORDERS_PER_NAME_MAX = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """A plan with the orders made of it so far.

    `wanting` are the books an order could be made for at some moment; `is_selling` says whether
    cash may still come from sells that are planned, sent or live.
    """

    plan: Plan
    orders: tuple[Order, ...]
    wanting: tuple[LineBook, ...]
    is_selling: bool

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """The names to ask quotes and facts about."""
        return tuple(book.line.symbol for book in self.wanting)

    @property
    def wants_more(self) -> bool:
        """Whether some line may still get an order, whatever holds it now."""
        return any(book.block is None for book in self.wanting)

    def is_of(self, plan: Plan, orders: Sequence[Order]) -> bool:
        """Whether this was worked out from these very values."""
        return self.plan is plan and self.orders is orders


def progress_of(plan: Plan, orders: Sequence[Order], settings: Settings) -> Progress:
    """Work out the books of a plan; `orders` are the run's own."""
    orders = tuple(orders)
    wanting = tuple(book for book in books_of(plan, orders) if _wants_orders(book, settings))
    is_selling = any(is_on_its_way(order) for order in orders if order.side is Side.SELL)
    return Progress(plan, orders, wanting, is_selling)


def _wants_orders(book: LineBook, settings: Settings) -> bool:
    if book.open_quantity(settings.flow.legs_max) <= 0:
        return False
    return len(book.orders) < ORDERS_PER_NAME_MAX
