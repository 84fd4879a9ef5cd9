"""How far a plan is, by value and by count, worked out once for every door."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from market.money import decimal_text
from market.side import Side
from market.symbol import Symbol
from statemachine.order import Order
from statemachine.plan import Disposition, Plan, PlanLine

TRADING = (Disposition.TRADE, Disposition.DEFERRED)
ZERO = Decimal(0)


def progress_view(plan: Plan, orders: Iterable[Order]) -> list[dict[str, Any]]:
    """Return how far each side is, sells first.

    `value` and `value_filled` are CNY at the plan's reference prices, so that a filled line counts
    for what was planned of it; `lines` are those that trade, `lines_done` those that are full.
    """
    filled: Counter[Symbol] = Counter()
    for order in orders:
        filled[order.symbol] += order.filled_quantity
    return [_side_view(side, _trading(plan, side), filled) for side in (Side.SELL, Side.BUY)]


def _trading(plan: Plan, side: Side) -> list[PlanLine]:
    return [line for line in plan.lines if line.side is side and line.disposition in TRADING]


def _side_view(side: Side, lines: list[PlanLine], filled: Counter[Symbol]) -> dict[str, Any]:
    values = (filled[line.symbol] * (line.reference_price or ZERO) for line in lines)
    return {
        "side": side,
        "lines": len(lines),
        "lines_done": sum(filled[line.symbol] >= line.quantity_max > 0 for line in lines),
        "value": decimal_text(sum((line.notional for line in lines), ZERO)),
        "value_filled": decimal_text(sum(values, ZERO)),
    }
