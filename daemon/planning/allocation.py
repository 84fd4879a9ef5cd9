"""Shares the cash between the buys (trading-day.md rule 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from heapq import heapify, heappop, heappush

from market.fees import FeeSchedule, order_fees
from market.quantity import floor_buy_quantity
from market.rules import Rules
from market.side import Side
from market.symbol import Symbol

_ZERO = Decimal(0)
_ONE = Decimal(1)
_FACTOR_STEP = Decimal("1e-10")


@dataclass(frozen=True, slots=True)
class Buy:
    """One name's claim on the cash: its own target is worth `amount` CNY at `price`."""

    symbol: Symbol
    amount: Decimal
    price: Decimal
    rules: Rules

    @property
    def quantity_max(self) -> int:
        """The most this name ever gets: its own target, or the day's cap on risk-warning names."""
        return self.affordable(self.amount)

    def affordable(self, amount: Decimal) -> int:
        """Return the legal quantity for an amount in CNY, fees left out."""
        quantity = int(amount / self.price)
        if self.rules.daily_buy_maximum is not None:
            quantity = min(quantity, self.rules.daily_buy_maximum)
        return floor_buy_quantity(self.rules, quantity)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Legal quantities by name, and the one factor all budgets were shrunk by (1 = not at all)."""

    quantities: Mapping[Symbol, int]
    shrink_factor: Decimal


def allocate(
    buys: Sequence[Buy], idle_amount: Decimal, budget: Decimal, fees: FeeSchedule
) -> Allocation:
    """Share `budget` CNY pro rata to the amounts wanted, fees included.

    `idle_amount` is what names that are denied wanted: it shrinks with the rest and stays cash.
    What rounding to lots leaves over is given out greedily by the largest shortfall, never past a
    name's own target. The quantities at their prices with their fees never exceed the budget.
    """
    wanted = sum((buy.amount for buy in buys), idle_amount)
    costs = sum((_fees(buy, fees) for buy in buys), _ZERO)
    factor = shrink_factor(wanted, budget - costs)
    quantities = {buy.symbol: buy.affordable(buy.amount * factor) for buy in buys}
    if factor < _ONE:
        _fill_up(buys, quantities, factor)
    return Allocation(quantities, factor)


def shrink_factor(wanted: Decimal, budget: Decimal) -> Decimal:
    """Return what every budget is multiplied by, 0 to 1, ten decimals, rounded down."""
    if wanted <= max(budget, _ZERO):
        return _ONE
    return max(budget / wanted, _ZERO).quantize(_FACTOR_STEP, rounding=ROUND_DOWN)


def _fees(buy: Buy, fees: FeeSchedule) -> Decimal:
    return order_fees(Side.BUY, buy.amount, buy.rules, fees).total


def _fill_up(buys: Sequence[Buy], quantities: dict[Symbol, int], factor: Decimal) -> None:
    """Give the rounding residue of these very names out, one legal step at a time."""
    residue = sum((buy.amount * factor - quantities[buy.symbol] * buy.price for buy in buys), _ZERO)
    by_symbol = {buy.symbol: buy for buy in buys}
    queue = [(-_shortfall(buy, quantities), buy.symbol) for buy in buys]
    heapify(queue)
    while queue:
        buy = by_symbol[heappop(queue)[1]]
        step = _step(buy, quantities[buy.symbol], residue)
        if step == 0:
            continue
        quantities[buy.symbol] += step
        residue -= step * buy.price
        heappush(queue, (-_shortfall(buy, quantities), buy.symbol))


def _shortfall(buy: Buy, quantities: Mapping[Symbol, int]) -> Decimal:
    return buy.amount - quantities[buy.symbol] * buy.price


def _step(buy: Buy, quantity: int, residue: Decimal) -> int:
    """Return how many shares to add: one lot, or all that fits where every share is legal."""
    room = min(buy.quantity_max - quantity, int(residue / buy.price))
    smallest = buy.rules.lot_minimum if quantity == 0 else buy.rules.lot_step
    if room < smallest:
        return 0
    return room if buy.rules.lot_step == 1 else smallest
