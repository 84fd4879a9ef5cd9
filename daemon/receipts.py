"""Writes receipts beside the inputs: one when a run is planned, one when its batch is settled."""

import asyncio
from collections.abc import Sequence

from daemon.artifacts.files import receipt_path, write_atomically
from daemon.artifacts.receipt_models import SubmitReceipt
from daemon.artifacts.submit_receipt import ReceiptHead, plan_receipt, settled_receipt
from daemon.desk import Desk
from statemachine.order import Order
from statemachine.plan import Plan
from statemachine.run import Run

BROKER = "pingan"


async def write_plan_receipt(desk: Desk, run: Run, plan: Plan) -> None:
    """Write the dry-run receipt of a plan: nothing was sent."""
    await _write(desk, plan_receipt(_head(desk, run), plan))


async def write_settled_receipt(desk: Desk, run: Run, plan: Plan, orders: Sequence[Order]) -> None:
    """Write the receipt of what was sent."""
    await _write(desk, settled_receipt(_head(desk, run), plan, orders))


def _head(desk: Desk, run: Run) -> ReceiptHead:
    inbox = desk.settings.paths.inbox
    return ReceiptHead(
        broker=BROKER,
        portfolio_path=str(inbox / run.csv_name),
        execution_context_path=str(inbox / run.context_name),
        champion_id=run.champion_id,
        signal_date=run.signal_date,
        run_id=run.run_id,
        created_at=desk.clock.now(),
    )


async def _write(desk: Desk, receipt: SubmitReceipt) -> None:
    path = receipt_path(desk.artifacts, receipt.created_at)
    await asyncio.to_thread(write_atomically, path, receipt.as_bytes())
    desk.log.info("receipt written", run_id=receipt.run_id, file=path.name)
