"""How much of a plan's buys is still here late in the session (trading-day.md rule 29)."""

from collections.abc import Iterable
from decimal import Decimal

from daemon.planning.line_book import LineBook, books_of, is_never_sent
from market.side import Side
from statemachine.order import Order, OrderState, SendState
from statemachine.plan import Plan

_STILL_HERE = frozenset({SendState.PLANNED, SendState.NOT_SENT})


def unsent_buys(plan: Plan, orders: Iterable[Order]) -> Decimal:
    """Return what the buys that neither filled nor lie at the venue are worth, CNY.

    At their reference prices. What may be at the venue without our knowing counts as sent.
    `orders` are the run's own.
    """
    books = (book for book in books_of(plan, orders) if book.line.side is Side.BUY)
    return sum((_unsent(book) * _price(book) for book in books), Decimal(0))


def equity_of(plan: Plan) -> Decimal:
    """Return what is ours and the cash it was planned with, CNY."""
    return plan.capital.owned_market_value + plan.capital.available_cash


def _unsent(book: LineBook) -> int:
    sent = sum(_at_venue(order) for order in book.orders)
    return max(book.line.quantity_max - sent, 0)


def _at_venue(order: Order) -> int:
    """Shares filled, and those that lie at the venue or may."""
    waits = order.state is OrderState.NEW and order.send_state in _STILL_HERE
    if order.is_terminal or is_never_sent(order) or waits:
        return order.filled_quantity
    return order.quantity


def _price(book: LineBook) -> Decimal:
    return book.line.reference_price or Decimal(0)
