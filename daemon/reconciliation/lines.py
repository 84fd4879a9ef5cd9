"""What became of each plan line, read off its orders once for the report and the summary."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from daemon.planning.outcomes import line_outcome
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import UNKNOWN_SEND_STATES, Order, OrderState, SendState
from statemachine.plan import Plan, PlanLine
from statemachine.reasons import Reason

_NEVER_LEFT = frozenset({SendState.PLANNED, SendState.NOT_SENT, SendState.NEVER_SENT})
_IN_DOUBT = UNKNOWN_SEND_STATES | {SendState.MANUAL}


@dataclass(frozen=True, slots=True)
class LineResult:
    """A line with its orders, and the one reason why it is not filled to quantity_max."""

    line: PlanLine
    orders: tuple[Order, ...]
    reason: Reason | None
    status: LineStatus | None

    @property
    def detail(self) -> str:
        """The figures behind the reason: what holds the line now, else what the plan says."""
        if self.reason is None:
            return ""
        if self.status is not None and self.status.reason is self.reason:
            return self.status.detail
        return self.line.detail if self.line.reason is self.reason else ""

    @property
    def sent_quantity(self) -> int:
        """Shares of all orders whose bytes may have left; a re-quoted remainder counts again."""
        return sum(order.quantity for order in self.orders if order.send_state not in _NEVER_LEFT)

    @property
    def filled_quantity(self) -> int:
        """Shares filled."""
        return sum(order.filled_quantity for order in self.orders)

    @property
    def cancelled_quantity(self) -> int:
        """Shares confirmed cancelled, over all legs."""
        return sum(order.cancelled_quantity for order in self.orders)


def line_results(
    plan: Plan, orders: Iterable[Order], statuses: Mapping[Symbol, LineStatus]
) -> tuple[LineResult, ...]:
    """Return one result a line, in the order of the plan; `orders` are the run's own."""
    by_symbol: defaultdict[Symbol, list[Order]] = defaultdict(list)
    for order in orders:
        by_symbol[order.symbol].append(order)
    results = []
    for line in plan.lines:
        made, status = tuple(by_symbol[line.symbol]), statuses.get(line.symbol)
        results.append(LineResult(line, made, line_outcome(line, made, status), status))
    return tuple(results)


def is_in_doubt(order: Order) -> bool:
    """Whether nobody here knows if the venue ever had it."""
    return order.state is OrderState.NEW and order.send_state in _IN_DOUBT
