"""What trading cost against the price on arrival and against the decision.

Source: a-share-rules.md section 11, examples E66 and E67.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from market.money import round_half_up
from market.side import Side
from statemachine.order import Order

SLIPPAGE_STEP = Decimal("0.01")
_BP = Decimal(10_000)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a line cost more than its decision price promised, CNY; positive is a cost.

    `delay` is the move from decision to arrival, `trading` from arrival to the fills,
    `opportunity` from arrival to the end for what was not filled.
    """

    delay: Decimal
    trading: Decimal
    opportunity: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal:
        """The implementation shortfall; the arrival price cancels out of it."""
        return self.delay + self.trading + self.opportunity + self.fees


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """Prices of one name in CNY: when it was decided, when orders began, when it was over."""

    decision: Decimal
    arrival: Decimal
    end: Decimal


def implementation_shortfall(
    side: Side,
    wanted_quantity: int,
    filled_quantity: int,
    filled_amount: Decimal,
    prices: Benchmarks,
    fees: Decimal = _ZERO,
) -> Shortfall:
    """Return the shortfall of a line that wanted so many shares and filled some for that amount."""
    unfilled = wanted_quantity - filled_quantity
    return Shortfall(
        delay=side.sign * wanted_quantity * (prices.arrival - prices.decision),
        trading=side.sign * (filled_amount - filled_quantity * prices.arrival),
        opportunity=side.sign * unfilled * (prices.end - prices.arrival),
        fees=fees,
    )


def shortfall_bp(shortfall: Shortfall, wanted_quantity: int, prices: Benchmarks) -> Decimal | None:
    """Return the total in basis points of what was wanted at the decision price, to 0.01."""
    return in_bp(shortfall.total, wanted_quantity * prices.decision)


def in_bp(cost: Decimal, amount: Decimal) -> Decimal | None:
    """Return a cost in basis points of an amount, to 0.01; None of nothing."""
    return round_half_up(cost / amount * _BP, SLIPPAGE_STEP) if amount else None


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
