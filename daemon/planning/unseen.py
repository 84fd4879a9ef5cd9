"""What the broker's figures cannot show yet: orders it had not confirmed when they were read.

The broker freezes cash and shares for every order it knows; only what came after, or what nobody
is sure of, is held back here (trading-day.md rules 11 and 17).
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from daemon.planning.line_book import is_never_sent
from daemon.planning.release_inputs import ReleaseInputs
from market.fees import FeeSchedule, order_fees
from market.rules import Rules
from market.side import Side
from statemachine.order import Order, OrderState

_ZERO = Decimal(0)


def unseen_quantity(order: Order, as_of: datetime) -> int:
    """Return the shares of an order that figures read at `as_of` do not reflect.

    All of it until its ack is older than the reading, unknown orders included; of one that ended
    meanwhile, what it filled.
    """
    if order.acked_at is not None and order.acked_at <= as_of:
        return 0
    if order.state is OrderState.REJECTED or is_never_sent(order):
        return 0
    if order.state is OrderState.CANCELLED:
        return order.filled_quantity
    return order.quantity


def spendable_cash(inputs: ReleaseInputs) -> Decimal:
    """Return what new buys may cost with their fees, CNY.

    The broker's available cash less the reserve and less buys it did not show yet at limit price
    and fees. Proceeds count once the broker shows them, never before.
    """
    funds = inputs.snapshot.funds
    fees = inputs.settings.fees.schedule()
    reserved = sum(
        (
            _cost_of(order, unseen_quantity(order, funds.as_of), inputs, fees)
            for order in inputs.orders
            if order.side is Side.BUY
        ),
        _ZERO,
    )
    return funds.available - inputs.plan.capital.cash_reserve - reserved


def sellable_shares(shown: int, orders: Iterable[Order], as_of: datetime) -> int:
    """Return what the account can still sell of a name, shares; `orders` are the line's own.

    `shown` is the broker's sellable figure, read at `as_of`.
    """
    return max(shown - sum(unseen_quantity(order, as_of) for order in orders), 0)


def buy_cost(quantity: int, price: Decimal, rules: Rules, fees: FeeSchedule) -> Decimal:
    """Return the most a buy can take out of the cash: its limit times quantity, and fees, CNY."""
    amount = quantity * price
    return amount + order_fees(Side.BUY, amount, rules, fees).total


def _cost_of(order: Order, quantity: int, inputs: ReleaseInputs, fees: FeeSchedule) -> Decimal:
    if quantity == 0:
        return _ZERO
    rules = inputs.rules.on(order.symbol, order.session_date)
    return buy_cost(quantity, order.limit_price, rules, fees)
