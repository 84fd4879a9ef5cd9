"""A run in one value, for `show` and for rehearsals."""

from typing import Any

from daemon.desk import Desk
from daemon.reconciliation.fees import fee_estimates
from daemon.reconciliation.summary import run_summary
from statemachine.run import Run


async def summarise(desk: Desk, run: Run) -> dict[str, Any]:
    """Return the run's summary as JSON."""
    store = desk.store
    fills = await store.fills_of(run.run_id)
    summary = run_summary(
        run,
        await store.plan(run.run_id),
        orders=await store.orders_of(run.run_id),
        fills=fills,
        statuses=await store.line_statuses(run.run_id),
        breaks=await store.open_breaks(),
        fee_estimates=fee_estimates(fills, desk.rules, desk.settings.fees.schedule()),
        prices={},
        owned=await store.owned(),
    )
    # As the producer's files spell it.
    return {**summary.as_json(), "trade_date": f"{run.signal_date:%Y%m%d}"}
