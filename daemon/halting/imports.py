"""Receipts of halts that a command carried out alone, taken over at the next start (rule 24)."""

import asyncio
from pathlib import Path

from daemon.desk import Desk
from daemon.halting.receipts import ALONE, HaltReceipt, read_receipt, receipt_files
from daemon.manual_list import Severity, raise_alarm
from statemachine.reasons import Reason

CAUSE = "HALT_RECEIPT"


async def import_receipts(desk: Desk) -> int:
    """Write an event and a manual item for each receipt not seen before; returns how many."""
    count = 0
    for path in await asyncio.to_thread(receipt_files, desk.halt_files.state):
        if await desk.store.latest_note(f"{CAUSE}:{path.name}") is not None:
            continue
        receipt = await asyncio.to_thread(read_receipt, path)
        if receipt is None or receipt.through == ALONE:
            await _import(desk, path, receipt)
            count += 1
    return count


async def _import(desk: Desk, path: Path, receipt: HaltReceipt | None) -> None:
    """The item first: an import cut short is repeated, and the same item is listed once."""
    now = desk.clock.now()
    await raise_alarm(desk, Severity.P0, Reason.HALTED_ALONE, f"{path.name}: {_told(receipt)}")
    by = "somebody" if receipt is None else receipt.by
    detail = {"file": path.name, "told": _told(receipt)}
    await desk.store.note(f"{CAUSE}:{path.name}", detail, actor=by, now=now)


def _told(receipt: HaltReceipt | None) -> str:
    if receipt is None:
        return "does not read; what it did is unknown"
    ended, resting = len(receipt.orders) - len(receipt.resting), len(receipt.resting)
    return f"by {receipt.by}, {receipt.reason}: {ended} orders ended, {resting} were left live"
