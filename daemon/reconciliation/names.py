"""The report's rows: one a name, from what was wanted to what is held (trading-day.md rule 30)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from daemon.planning.outcomes import NextStep, next_step
from daemon.reconciliation.lines import LineResult, line_results
from daemon.reconciliation.shortfall import (
    Benchmarks,
    implementation_shortfall,
    run_slippage_bp,
    shortfall_bp,
)
from daemon.reconciliation.weights import weight_of
from market.quantity import floor_buy_quantity
from market.rules import RuleBook, RuleMissingError
from market.side import Side
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.reasons import Reason

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class StatedPrice:
    """What a share is valued at, CNY, and what kind of price that is."""

    price: Decimal
    kind: str


@dataclass(frozen=True, slots=True)
class NameRow:
    """One name; weights are fractions of strategy capital, quantities in shares.

    `achievable_weight` is the target floored to the lot at the plan's reference, None without a
    reference or a rule. `owned_weight` is None where our shares have no price. `shortfall_bp` is
    the cost of the approved quantity against the plan's reference at `price`, fees left out. A
    name that is no line of the plan has neither side nor disposition.
    """

    ts_code: Symbol
    side: Side | None
    disposition: Disposition | None
    target_weight: Decimal
    achievable_weight: Decimal | None
    owned_weight: Decimal | None
    owned_quantity: int
    foreign_quantity: int
    price: Decimal | None
    price_kind: str | None
    approved_quantity: int
    sent_quantity: int
    filled_quantity: int
    cancelled_quantity: int
    slippage_bp: Decimal | None
    shortfall_bp: Decimal | None
    reason: Reason | None
    detail: str
    next_step: NextStep


@dataclass(frozen=True, slots=True)
class _Holding:
    """What is held of one name, and what it is valued at."""

    symbol: Symbol
    owned: int
    foreign: int
    price: StatedPrice | None


def name_rows(
    plan: Plan,
    orders: Iterable[Order],
    statuses: Mapping[Symbol, LineStatus],
    *,
    owned: Mapping[Symbol, int],
    foreign: Mapping[Symbol, int],
    prices: Mapping[Symbol, StatedPrice],
    rules: RuleBook,
) -> tuple[NameRow, ...]:
    """Return the plan's names in its order, then what else is held, by code."""
    capital = plan.capital.strategy_capital
    results = {row.line.symbol: row for row in line_results(plan, orders, statuses)}
    others = sorted((owned.keys() | foreign.keys()) - results.keys())
    rows = []
    for symbol in (*results, *others):
        holding = _Holding(symbol, owned.get(symbol, 0), foreign.get(symbol, 0), prices.get(symbol))
        if symbol in results:
            result = results[symbol]
            achievable = achievable_weight(result.line, capital, rules, plan.session_date)
            rows.append(_planned_row(result, holding, achievable, capital))
        else:
            rows.append(_held_row(holding, capital))
    return tuple(rows)


def achievable_weight(
    line: PlanLine, capital: Decimal, rules: RuleBook, session_date: date
) -> Decimal | None:
    """Return the weight of the target once it is floored to the lot at the plan's reference."""
    if line.target_weight == 0:
        return _ZERO
    price = line.reference_price
    if not price:
        return None
    try:
        day_rules = rules.on(line.symbol, session_date)
    except RuleMissingError:
        return None
    wanted = int(line.target_weight * capital / price)
    return weight_of(floor_buy_quantity(day_rules, wanted), price, capital)


def _planned_row(
    result: LineResult, holding: _Holding, achievable: Decimal | None, capital: Decimal
) -> NameRow:
    line = result.line
    return replace(
        _held_row(holding, capital),
        side=line.side,
        disposition=line.disposition,
        target_weight=line.target_weight,
        achievable_weight=achievable,
        approved_quantity=line.quantity_max,
        sent_quantity=result.sent_quantity,
        filled_quantity=result.filled_quantity,
        cancelled_quantity=result.cancelled_quantity,
        slippage_bp=run_slippage_bp(result.orders),
        shortfall_bp=_shortfall_bp(result, holding.price),
        reason=result.reason,
        detail=result.detail,
        next_step=next_step(result.reason),
    )


def _shortfall_bp(result: LineResult, stated: StatedPrice | None) -> Decimal | None:
    line = result.line
    if not line.reference_price or stated is None or stated.price is None:
        return None
    prices = Benchmarks(line.reference_price, line.reference_price, stated.price)
    filled_amount = sum((order.filled_amount for order in result.orders), _ZERO)
    found = implementation_shortfall(
        line.side, line.quantity_max, result.filled_quantity, filled_amount, prices
    )
    return shortfall_bp(found, line.quantity_max, prices)


def _held_row(holding: _Holding, capital: Decimal) -> NameRow:
    price = holding.price
    value = None if price is None else price.price
    return NameRow(
        ts_code=holding.symbol,
        side=None,
        disposition=None,
        target_weight=_ZERO,
        achievable_weight=_ZERO,
        owned_weight=weight_of(holding.owned, value, capital),
        owned_quantity=holding.owned,
        foreign_quantity=holding.foreign,
        price=value,
        price_kind=None if price is None else price.kind,
        approved_quantity=0,
        sent_quantity=0,
        filled_quantity=0,
        cancelled_quantity=0,
        slippage_bp=None,
        shortfall_bp=None,
        reason=None,
        detail="",
        next_step=NextStep.NOTHING,
    )
