"""What trading cost against the price on arrival (a-share-rules.md section 11, example E66)."""

from collections.abc import Iterable
from decimal import Decimal

from market.money import round_half_up
from market.side import Side
from statemachine.order import Order

SLIPPAGE_STEP = Decimal("0.01")
_BP = Decimal(10_000)
_ZERO = Decimal(0)


def slippage_bp(side: Side, average: Decimal | None, arrival: Decimal | None) -> Decimal | None:
    """Return side x (average - arrival) / arrival in basis points, to 0.01; positive is a cost.

    None without a fill or without an arrival price.
    """
    if average is None or not arrival:
        return None
    return round_half_up(_exact_bp(side, average, arrival), SLIPPAGE_STEP)


def order_slippage_bp(order: Order) -> Decimal | None:
    """Return the slippage of one order."""
    return slippage_bp(order.side, order.average_price, order.arrival_price)


def run_slippage_bp(orders: Iterable[Order]) -> Decimal | None:
    """Return the mean over filled orders that have an arrival price, weighted by filled amount."""
    weighted, amount = _ZERO, _ZERO
    for order in orders:
        average, arrival = order.average_price, order.arrival_price
        if average is None or not arrival:
            continue
        weighted += order.filled_amount * _exact_bp(order.side, average, arrival)
        amount += order.filled_amount
    return round_half_up(weighted / amount, SLIPPAGE_STEP) if amount else None


def _exact_bp(side: Side, average: Decimal, arrival: Decimal) -> Decimal:
    return side.sign * (average - arrival) / arrival * _BP
