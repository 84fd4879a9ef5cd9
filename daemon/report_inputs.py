"""Fetches what a reconcile report is computed from; the report itself is reconciliation's."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from adapters.broker import Instrument, Quote
from daemon.books import Reconciled
from daemon.desk import Desk
from daemon.opening import opening_of
from daemon.reconciliation.cash import CashFlow, cash_flow
from daemon.reconciliation.fees import fee_estimates
from daemon.reconciliation.report import ReportInputs, ReportStatus, StatedPrice
from market.symbol import Symbol
from statemachine.fill import Fill
from statemachine.plan import Plan
from statemachine.run import Run


async def report_inputs(
    desk: Desk, run: Run, plan: Plan, reconciled: Reconciled, *, final: bool
) -> ReportInputs:
    """Read the run's rows and today's prices. Raises BrokerError."""
    fills = await desk.store.fills_of(run.run_id)
    estimates = fee_estimates(fills, desk.rules, desk.settings.fees.schedule())
    owned = await desk.store.owned()
    names = sorted({*owned, *(line.symbol for line in plan.lines)}, key=str)
    # The broker is asked about names, never about none.
    quotes = await desk.broker.quotes(names) if names else {}
    instruments = await desk.broker.instruments(names) if names else {}
    now = desk.clock.now()
    return ReportInputs(
        run=await desk.store.run(run.run_id) or run,
        plan=plan,
        status=ReportStatus.FINAL if final else ReportStatus.PROVISIONAL,
        orders=await desk.store.orders_of(run.run_id),
        fills=fills,
        line_statuses=await desk.store.line_statuses(run.run_id),
        breaks=reconciled.breaks,
        explained=reconciled.explained,
        owned=owned,
        foreign=reconciled.foreign,
        theirs=reconciled.theirs,
        cash=await _cash(desk, run, fills, estimates),
        ours_as_of=now,
        theirs_as_of=reconciled.theirs_as_of,
        priced_on=now.date(),
        prices=_prices(names, quotes, instruments),
        rules=desk.rules,
        fee_estimates=estimates,
        labels={name: facts.name for name, facts in instruments.items() if facts.name},
    )


async def _cash(
    desk: Desk, run: Run, fills: Sequence[Fill], estimates: Mapping[str, Decimal]
) -> CashFlow | None:
    """Return the run's own cash path from the moment its plan was made."""
    opening = await opening_of(desk, run.run_id)
    if opening is None:
        return None
    return cash_flow(opening.cash, fills, opening.movements, estimates)


def _prices(
    names: Sequence[Symbol],
    quotes: Mapping[Symbol, Quote],
    instruments: Mapping[Symbol, Instrument],
) -> dict[Symbol, StatedPrice]:
    """Return the last trade of each name, else its published previous close."""
    found: dict[Symbol, StatedPrice] = {}
    for name in names:
        last, prev_close = quotes[name].last, instruments[name].prev_close
        if last is not None:
            found[name] = StatedPrice(last, "LAST")
        elif prev_close is not None:
            found[name] = StatedPrice(prev_close, "PREV_CLOSE")
    return found
