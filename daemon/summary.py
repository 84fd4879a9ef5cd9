"""A run in one value, for `show` and for rehearsals."""

from typing import Any

from daemon.desk import Desk
from daemon.reconciliation.summary import run_summary
from statemachine.run import Run


async def summarise(desk: Desk, run: Run) -> dict[str, Any]:
    """Return the run's summary as JSON."""
    store = desk.store
    summary = run_summary(
        run,
        await store.plan(run.run_id),
        orders=await store.orders_of(run.run_id),
        fills=await store.fills_of(run.run_id),
        statuses=await store.line_statuses(run.run_id),
        breaks=await store.open_breaks(),
        fee_estimates={},
        prices={},
        owned=await store.owned(),
    )
    # As the producer's files spell it.
    return {**summary.as_json(), "trade_date": f"{run.signal_date:%Y%m%d}"}
