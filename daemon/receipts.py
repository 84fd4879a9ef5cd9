"""Writes receipts beside the inputs: one when a run is planned, one when its batch is settled."""

from collections.abc import Mapping

from daemon.archive.receipt_facts import receipt_facts
from daemon.artifacts.files import receipt_path
from daemon.artifacts.receipt_models import SubmitReceipt
from daemon.artifacts.submit_receipt import ReceiptHead, plan_receipt, settled_receipt
from daemon.artifacts.writing import ArtifactFile, write_artifacts
from daemon.desk import Desk
from statemachine.canonical import Canonical
from statemachine.plan import Plan
from statemachine.run import Run
from storage.bindings import Form

BROKER = "pingan"


async def write_plan_receipt(desk: Desk, run: Run, plan: Plan) -> None:
    """Write the dry-run receipt of a plan: nothing was sent."""
    head = _head(desk, run)
    await _write(desk, plan_receipt(head, plan), Form.PLAN_RECEIPT, receipt_facts(head, plan))


async def write_settled_receipt(desk: Desk, run: Run, plan: Plan) -> None:
    """Write the receipt of what was sent, as the book has it now."""
    head, approved = _head(desk, run), await desk.store.plan(run.run_id)
    book = await desk.store.run_book(run.run_id)
    receipt = settled_receipt(head, plan, book.orders)
    facts = receipt_facts(head, plan, approved)
    await _write(desk, receipt, Form.SETTLED_RECEIPT, facts, book.sequence)


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


async def _write(
    desk: Desk,
    receipt: SubmitReceipt,
    form: Form,
    facts: Mapping[str, Canonical],
    as_of: int | None = None,
) -> None:
    path = receipt_path(desk.artifacts, receipt.created_at)
    file = ArtifactFile(path, receipt.as_bytes(), form, facts)
    await write_artifacts(desk, receipt.run_id, [file], as_of=as_of)
    desk.log.info("receipt written", run_id=receipt.run_id, file=path.name)
