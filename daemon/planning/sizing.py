"""Makes the plan: weight -> amount -> shares -> envelope, the same plan for the same inputs."""

from collections.abc import Sequence
from decimal import Decimal

from daemon.planning.allocation import Allocation, Buy, allocate
from daemon.planning.capital import capital_base
from daemon.planning.dates import approval_opens_at
from daemon.planning.flags import flags, planned_exposure
from daemon.planning.identity import residual_run_id, with_hash
from daemon.planning.inputs import Holdings, PlanInputs
from daemon.planning.lines import (
    LineContext,
    Verdict,
    by_sending_order,
    is_settled_before_cash,
    line_of,
    message_count,
    sell_quantity,
    verdict_of,
)
from daemon.planning.wants import Want, wants_of
from market.fees import order_fees
from market.money import decimal_text
from market.side import Side
from statemachine.plan import CapitalBase, Disposition, Plan, PlanLine
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

_ZERO = Decimal(0)
_EXPOSURE_STEP = Decimal("0.000001")


def plan_run(inputs: PlanInputs) -> Plan | tuple[Refusal, ...]:
    """Return the plan with its hash, or why there is none.

    Every target name and every owned name has exactly one line. Refused where the orders need
    more than the allowed share of the messages that are left (rule 20).
    """
    holdings = Holdings(inputs.snapshot, inputs.session_date)
    capital = capital_base(inputs, holdings)
    wants = wants_of(inputs, holdings, capital.strategy_capital)
    return plan_of(wants, capital, inputs)


def plan_of(
    wants: Sequence[Want], capital: CapitalBase, inputs: PlanInputs
) -> Plan | tuple[Refusal, ...]:
    """Return the plan of these wants: sells first, buys from what the cash will allow."""
    context = LineContext(
        settings=inputs.settings,
        fees=inputs.fees,
        capital=capital.strategy_capital,
        session_open=inputs.is_session_open,
    )
    sells = [(want, _sell_verdict(want, context)) for want in wants if want.side is Side.SELL]
    allocation = _allocate(wants, buy_budget(sells, capital, inputs), context)
    buys = [
        (want, verdict_of(want, allocation.quantities.get(want.symbol, 0), context))
        for want in wants
        if want.side is Side.BUY
    ]
    lines = [(line_of(want, verdict, context), want.rules) for want, verdict in (*sells, *buys)]
    messages = message_count(lines)
    refusals = message_refusals(messages, inputs)
    if refusals:
        return refusals
    ordered = tuple(sorted((line for line, _ in lines), key=by_sending_order))
    return _assemble(ordered, allocation.shrink_factor, messages, capital, inputs)


def buy_budget(
    sells: Sequence[tuple[Want, Verdict]], capital: CapitalBase, inputs: PlanInputs
) -> Decimal:
    """Return what the buys may cost with their fees, CNY, as if every tradable sell fills.

    Sells that cannot trade now bring nothing (rule 17). Bounded twice: by the account's cash, and
    by strategy_capital less what of it stays invested; the cash buffer is kept back from both.
    """
    proceeds, costs = _ZERO, _ZERO
    for want, verdict in sells:
        if verdict.disposition is Disposition.TRADE and want.reference and want.rules:
            amount = verdict.quantity * want.reference.price
            proceeds += amount
            costs += order_fees(Side.SELL, amount, want.rules, inputs.fees).total
    spendable = capital.available_cash - capital.cash_reserve
    not_invested = capital.strategy_capital - capital.owned_market_value
    buffer = inputs.settings.capital.cash_buffer_ratio * capital.strategy_capital
    return min(spendable, not_invested) + proceeds - costs - buffer


def message_refusals(messages: int, inputs: PlanInputs) -> tuple[Refusal, ...]:
    """Refuse a plan whose orders need more than the allowed share of today's messages."""
    flow = inputs.settings.flow
    left = max(flow.messages_per_day - inputs.messages_used, 0)
    allowed = flow.message_budget_share * left
    if messages <= allowed:
        return ()
    return (
        Refusal(
            Reason.MESSAGE_BUDGET,
            f"the plan needs {messages} messages; {decimal_text(allowed)} of the {left} left "
            "may be used",
        ),
    )


def _sell_verdict(want: Want, context: LineContext) -> Verdict:
    return verdict_of(want, sell_quantity(want), context)


def _allocate(wants: Sequence[Want], budget: Decimal, context: LineContext) -> Allocation:
    buys: list[Buy] = []
    idle = _ZERO
    for want in wants:
        if want.side is Side.SELL:
            continue
        if want.reference is None or want.rules is None or is_settled_before_cash(want, context):
            idle += want.amount
        else:
            buys.append(Buy(want.symbol, want.amount, want.reference.price, want.rules))
    return allocate(buys, idle, budget, context.fees)


def _assemble(
    lines: tuple[PlanLine, ...],
    factor: Decimal,
    messages: int,
    capital: CapitalBase,
    inputs: PlanInputs,
) -> Plan:
    portfolio, parent = inputs.portfolio, inputs.parent_run_id
    return with_hash(
        Plan(
            plan_hash="",
            account=inputs.account,
            mode=inputs.mode,
            endpoint=inputs.endpoint,
            run_id=portfolio.run_id if parent is None else residual_run_id(parent),
            parent_run_id=parent,
            signal_date=portfolio.signal_date,
            session_date=inputs.session_date,
            input_hash=portfolio.input_hash,
            settings_hash=inputs.settings_hash,
            snapshot_id=inputs.snapshot.snapshot_id,
            expires_at=inputs.expires_at,
            created_at=inputs.now,
            capital=capital,
            lines=lines,
            shrink_factor=factor,
            planned_exposure=planned_exposure(lines, capital).quantize(_EXPOSURE_STEP),
            target_exposure=portfolio.target_exposure,
            message_count=messages,
            flags=_flags(lines, capital, inputs),
            notes=(*portfolio.notes, *_notes(factor, inputs)),
        )
    )


def _flags(
    lines: Sequence[PlanLine], capital: CapitalBase, inputs: PlanInputs
) -> tuple[Reason, ...]:
    portfolio, settings = inputs.portfolio, inputs.settings
    found = flags(
        lines,
        capital,
        portfolio.target_exposure,
        settings.checks,
        market_volatility_known=portfolio.market_volatility_known,
        is_liquidation=not portfolio.targets,
    )
    waits = inputs.parent_run_id is None and approval_opens_at(
        portfolio.signal_date, inputs.session_date, settings.checks, settings.day
    )
    return (*found, Reason.STALE_SIGNAL) if waits else found


def _notes(factor: Decimal, inputs: PlanInputs) -> tuple[str, ...]:
    age_s = int((inputs.now - inputs.snapshot.as_of).total_seconds())
    notes = [f"the account was read {age_s} s before planning"]
    if factor < 1:
        notes.append(f"all buy budgets were multiplied by {decimal_text(factor)}: cash is short")
    return tuple(notes)
