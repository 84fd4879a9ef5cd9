"""What a run left undone, as a plan of its own for the next session (trading-day.md rule 29)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from daemon.planning.capital import capital_base
from daemon.planning.inputs import Holdings, PlanInputs
from daemon.planning.outcomes import CARRIED, RETRIABLE, line_outcome
from daemon.planning.sizing import plan_of
from daemon.planning.wants import Want, Wish, want_of
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import Order
from statemachine.plan import Plan, PlanLine
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason


def residual_plan(
    parent: Plan,
    orders: Iterable[Order],
    statuses: Mapping[Symbol, LineStatus],
    inputs: PlanInputs,
    retried: Collection[Symbol] = (),
) -> Plan | tuple[Refusal, ...] | None:
    """Return the plan of the confirmed remainders, or None where none of them can be traded.

    `retried` are names whose refused or failed orders a person wants tried once more. `inputs` are
    the account and prices of the evening with the parent's portfolio and the next session. There is
    one carry session, so a residual has no residual. Sizes are remainders inside the parent's
    envelopes, never the weights again; what may still lie at the venue, was refused,
    or waits for a person is not carried otherwise. Always needs a fresh approval.
    """
    if parent.parent_run_id is not None:
        return None
    carried = replace(inputs, parent_run_id=parent.run_id)
    holdings = Holdings(carried.snapshot, carried.session_date)
    wants = tuple(_wants(parent, orders, statuses, carried, holdings, retried))
    plan = plan_of(wants, capital_base(carried, holdings), carried)
    return None if isinstance(plan, Plan) and plan.message_count == 0 else plan


def _wants(
    parent: Plan,
    orders: Iterable[Order],
    statuses: Mapping[Symbol, LineStatus],
    inputs: PlanInputs,
    holdings: Holdings,
    retried: Collection[Symbol],
) -> Iterator[Want]:
    by_symbol: defaultdict[Symbol, list[Order]] = defaultdict(list)
    for order in orders:
        by_symbol[order.symbol].append(order)
    for line in parent.lines:
        made = by_symbol[line.symbol]
        outcome = line_outcome(line, made, statuses.get(line.symbol))
        if outcome not in CARRIED and not _is_retried(line, made, outcome, retried):
            continue
        remainder = _remainder(line, made, inputs)
        if remainder > 0:
            yield want_of(line.symbol, _wish(line, remainder, inputs), inputs, holdings)


def _is_retried(
    line: PlanLine, made: Iterable[Order], outcome: Reason | None, retried: Collection[Symbol]
) -> bool:
    """Whether a person asked for it, and nothing of it may still trade."""
    asked = line.symbol in retried and outcome in RETRIABLE
    return asked and not any(order.is_live for order in made)


def _remainder(line: PlanLine, made: Iterable[Order], inputs: PlanInputs) -> int:
    """A full exit means all that is ours, what was locked included (rule 15)."""
    if line.full_exit:
        return inputs.owned.get(line.symbol, 0)
    return line.quantity_max - sum(order.filled_quantity for order in made)


def _wish(line: PlanLine, remainder: int, inputs: PlanInputs) -> Wish:
    reference = inputs.reference(line.symbol)
    amount = Decimal(0) if reference is None else remainder * reference.price
    return Wish(
        side=line.side,
        quantity=remainder,
        amount=amount,
        weight=line.target_weight,
        industry=line.industry,
        full_exit=line.full_exit,
    )
