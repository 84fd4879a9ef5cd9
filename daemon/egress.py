"""The last check before bytes leave: what goes out against what people approved (A6).

Independent on purpose. It reads approved plans and its own count of what left, never the orders
the planner made nor what the store thought of them. A breach sends nothing and halts.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from adapters.broker import OrderRequest
from market.side import Side
from market.symbol import Symbol
from statemachine.order_id import is_own_order_id
from statemachine.plan import Disposition, Plan, PlanLine
from storage.store import SentOrder

RATE_WINDOW = timedelta(seconds=1)
RATE_MAX = 10
BURST_WINDOW = timedelta(seconds=10)
MAY_TRADE = (Disposition.TRADE, Disposition.DEFERRED)


@dataclass(slots=True)
class EgressLog:
    """What left today: times an id, shares a line, and when. One for a process."""

    session_date: date | None = None
    times: Counter[str] = field(default_factory=Counter)
    shares: Counter[tuple[Symbol, Side]] = field(default_factory=Counter)
    moments: deque[datetime] = field(default_factory=deque)

    def begin(self, session_date: date, left: Iterable[SentOrder]) -> None:
        """Start a day with what earlier processes sent in it."""
        self.session_date = session_date
        self.times, self.shares, self.moments = Counter(), Counter(), deque()
        for sent in left:
            self.times[sent.client_order_id] = sent.times
            self.shares[sent.symbol, sent.side] += sent.quantity

    def note(self, requests: Iterable[OrderRequest], now: datetime) -> None:
        """Count orders whose bytes may have left; the same order again is no more shares."""
        for request in requests:
            if not self.times[request.client_order_id]:
                self.shares[request.symbol, request.side] += request.quantity
            self.times[request.client_order_id] += 1
            self.moments.append(now)

    def count_since(self, moment: datetime) -> int:
        """Return how many orders left after a moment; older ones are forgotten after the burst."""
        while self.moments and self.moments[0] <= self.moments[-1] - BURST_WINDOW:
            self.moments.popleft()
        return sum(left > moment for left in self.moments)


@dataclass(frozen=True, slots=True)
class Approved:
    """What may leave: the session's approved plans, legs a slice, and ids that may go again."""

    plans: tuple[Plan, ...]
    legs_max: int
    resends: frozenset[str] = frozenset()

    def lines_of(self, symbol: Symbol, side: Side) -> tuple[PlanLine, ...]:
        """Return the approved lines that an order of this name and side could belong to."""
        return tuple(
            line
            for plan in self.plans
            for line in plan.lines
            if line.symbol == symbol and line.side is side and line.disposition in MAY_TRADE
        )


def breach(
    requests: Sequence[OrderRequest], approved: Approved, log: EgressLog, now: datetime
) -> str | None:
    """Return the one sentence that says why these orders must not leave, None where they may."""
    if not requests:
        return "there is no order in these bytes"
    if len({request.client_order_id for request in requests}) != len(requests):
        return "an id is twice in one request"
    for request in requests:
        why = _breach_of_one(request, approved, log)
        if why is not None:
            return f"{request.client_order_id} {why}"
    return _breach_of_pace(len(requests), approved, log, now)


def _breach_of_one(request: OrderRequest, approved: Approved, log: EgressLog) -> str | None:
    name = request.client_order_id
    if not is_own_order_id(name):
        return "is no id of ours"
    allowed = 1 + (name in approved.resends)
    if log.times[name] + 1 > allowed:
        return f"left {log.times[name]} times already and may leave {allowed} times"
    lines = approved.lines_of(request.symbol, request.side)
    approved_quantity = max((line.quantity_max for line in lines), default=0)
    if not 0 < request.quantity <= approved_quantity:
        return f"asks for {request.quantity} of {approved_quantity} approved shares"
    again = log.times[name] > 0
    sent = log.shares[request.symbol, request.side] + (0 if again else request.quantity)
    cap = approved.legs_max * sum(line.quantity_max for line in lines)
    if sent > cap:
        return f"would bring {request.symbol} to {sent} shares sent, {cap} may be"
    return None


def _breach_of_pace(wanted: int, approved: Approved, log: EgressLog, now: datetime) -> str | None:
    in_a_second = log.count_since(now - RATE_WINDOW) + wanted
    if in_a_second > RATE_MAX:
        return f"{in_a_second} orders would leave within a second"
    plan_size = sum(plan.message_count for plan in approved.plans)
    in_a_burst = log.count_since(now - BURST_WINDOW) + wanted
    if in_a_burst > plan_size:
        return f"{in_a_burst} orders would leave within ten seconds, the plans need {plan_size}"
    return None
