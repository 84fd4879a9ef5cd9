"""One run in one JSON object: the daemon's part of a line of `rehearse --json`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from daemon.reconciliation.fees import fee_totals
from daemon.reconciliation.lines import LineResult, line_results
from daemon.reconciliation.plain import Json, plain_record
from daemon.reconciliation.rows import BreakRow, break_row
from daemon.reconciliation.shortfall import run_slippage_bp
from daemon.reconciliation.signs import signed_amount
from daemon.reconciliation.weights import ratio, weight_of
from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.fill import Fill
from statemachine.line_status import LineStatus
from statemachine.order import Order, OrderState, SendState
from statemachine.plan import Disposition, Plan
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason
from statemachine.run import Run, RunState

_ZERO = Decimal(0)
_WAS_TO_TRADE = frozenset({Disposition.TRADE, Disposition.DEFERRED})


class OrderEnd(StrEnum):
    """How an order counts; one that is live without a fill counts in the total alone."""

    FILLED = "filled"
    PARTIAL = "partial"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NEVER_SENT = "never_sent"
    MANUAL = "manual"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Orders by how they stand; `partial` have some fills and not all, `cancelled` have none."""

    total: int
    filled: int
    partial: int
    cancelled: int
    rejected: int
    never_sent: int
    manual: int


@dataclass(frozen=True, slots=True)
class DeniedLine:
    """A line that was not filled to its quantity_max, and its one reason."""

    ts_code: Symbol
    reason: Reason


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in figures, CNY and fractions of strategy capital.

    `planned` lines were to trade, deferred ones included; `planned_notional` is theirs at
    reference prices. `fees` are billed ones, estimates where nothing was billed yet.
    `max_weight_gap` is the largest |owned weight - target weight| of any name; None where a
    holding has no price.
    """

    run_id: str
    trade_date: date
    plan_hash: str | None
    status: RunState
    refusals: tuple[Refusal, ...]
    planned: int
    denied: tuple[DeniedLine, ...]
    orders: OrderCounts
    planned_notional: Decimal
    filled_notional: Decimal
    turnover: Decimal
    fees: Decimal
    slippage_bp: Decimal | None
    max_weight_gap: Decimal | None
    breaks: tuple[BreakRow, ...]

    def as_json(self) -> dict[str, Json]:
        """Return the object with decimal strings."""
        return plain_record(self)


def run_summary(
    run: Run,
    plan: Plan | None,
    orders: Sequence[Order],
    fills: Sequence[Fill],
    statuses: Mapping[Symbol, LineStatus],
    breaks: Sequence[Break],
    *,
    fee_estimates: Mapping[str, Decimal],
    prices: Mapping[Symbol, Decimal],
    owned: Mapping[Symbol, int],
) -> RunSummary:
    """Return the summary; `orders` and `fills` are the run's own, `plan` None if it has none.

    `prices` value what is `owned` now, CNY a share; a name without one is valued at its plan
    reference. `fee_estimates` are keyed by `books.order_key`.
    """
    results = () if plan is None else line_results(plan, orders, statuses)
    was_to_trade = [row.line for row in results if row.line.disposition in _WAS_TO_TRADE]
    filled = sum((signed_amount(fill) for fill in fills), _ZERO)
    return RunSummary(
        run_id=run.run_id,
        trade_date=run.signal_date,
        plan_hash=run.plan_hash,
        status=run.state,
        refusals=run.refusals,
        planned=len(was_to_trade),
        denied=_denied(results),
        orders=order_counts(orders),
        planned_notional=sum((line.notional for line in was_to_trade), _ZERO),
        filled_notional=filled,
        turnover=_ZERO if plan is None else ratio(filled, plan.capital.strategy_capital),
        fees=fee_totals(fills, fee_estimates).charged,
        slippage_bp=run_slippage_bp(orders),
        max_weight_gap=_ZERO if plan is None else max_weight_gap(plan, owned, prices),
        breaks=tuple(break_row(found) for found in breaks),
    )


def order_counts(orders: Sequence[Order]) -> OrderCounts:
    """Count each order once by how it stands."""
    ends = Counter(order_end(order) for order in orders)
    return OrderCounts(
        total=len(orders),
        filled=ends[OrderEnd.FILLED],
        partial=ends[OrderEnd.PARTIAL],
        cancelled=ends[OrderEnd.CANCELLED],
        rejected=ends[OrderEnd.REJECTED],
        never_sent=ends[OrderEnd.NEVER_SENT],
        manual=ends[OrderEnd.MANUAL],
    )


def order_end(order: Order) -> OrderEnd:
    """Return how one order counts; what is filled in part counts as that, however it ended."""
    if order.state is not OrderState.FILLED and order.filled_quantity:
        return OrderEnd.PARTIAL
    if order.state is OrderState.NEW:
        return _UNSENT_ENDS.get(order.send_state, OrderEnd.OPEN)
    return _ENDS.get(order.state, OrderEnd.OPEN)


_ENDS = {
    OrderState.FILLED: OrderEnd.FILLED,
    OrderState.CANCELLED: OrderEnd.CANCELLED,
    OrderState.REJECTED: OrderEnd.REJECTED,
}
_UNSENT_ENDS = {
    SendState.NEVER_SENT: OrderEnd.NEVER_SENT,
    SendState.MANUAL: OrderEnd.MANUAL,
}


def max_weight_gap(
    plan: Plan, owned: Mapping[Symbol, int], prices: Mapping[Symbol, Decimal]
) -> Decimal | None:
    """Return the largest distance of an owned weight from its target; None if one is unknown.

    What is owned beside the plan has target zero.
    """
    capital = plan.capital.strategy_capital
    targets = {line.symbol: line.target_weight for line in plan.lines}
    references = {
        line.symbol: line.reference_price for line in plan.lines if line.reference_price is not None
    }
    largest = _ZERO
    for symbol in targets.keys() | owned.keys():
        price = prices.get(symbol, references.get(symbol))
        weight = weight_of(owned.get(symbol, 0), price, capital)
        if weight is None:
            return None
        largest = max(largest, abs(weight - targets.get(symbol, _ZERO)))
    return largest


def _denied(results: Iterable[LineResult]) -> tuple[DeniedLine, ...]:
    return tuple(
        DeniedLine(row.line.symbol, row.reason) for row in results if row.reason is not None
    )
