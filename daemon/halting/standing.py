"""Halts of the files and of the store, kept one: the file first, then the record (rule 24)."""

import asyncio
from contextlib import suppress

from daemon.desk import Desk
from daemon.halting.files import Grade, HaltNote
from daemon.manual_list import Severity, raise_alarm
from statemachine.reasons import Reason
from storage.manual import Choice
from storage.store import Conflict

HALT = "HALT"
KINDS = (HALT, "REDUCE_ONLY")


async def place_halt(desk: Desk, grade: Grade, note: HaltNote) -> None:
    """Stop the sends of a grade: the file, which every send looks for, then the store."""
    if not await asyncio.to_thread(desk.halt_files.place, grade, note):
        desk.log.error("halt not on disk", file=desk.halt_files.path(grade).name)
    await _record(desk, grade, note)
    _wake(desk)


async def record_files(desk: Desk) -> Grade:
    """Bring the store up to the files, however they were made; returns the grade that stands."""
    grade = desk.halt_files.grade()
    if grade is not Grade.ACTIVE:
        note = await asyncio.to_thread(desk.halt_files.note, grade)
        if await _record(desk, grade, note):
            _wake(desk)
    return grade


async def lift(desk: Desk, actor: str, reason: str) -> None:
    """Take the files away, then lift what stands in the store.

    A file made by hand is named in the event. Raises OSError where a file cannot be removed: then
    everything stands as it did.
    """
    removed = await asyncio.to_thread(desk.halt_files.remove)
    made = [f"{note.reason} of {note.by}" for note in removed if note.is_by_hand]
    why = f"{reason} (removed: {', '.join(made)})" if made else reason
    now = desk.clock.now()
    for kind in sorted({halt.kind for halt in await desk.store.halts()}):
        await desk.store.resume(kind, actor=actor, reason=why, now=now)
    await desk.store.end_reductions(actor=actor, reason=why, now=now)
    await _close_items(desk, actor, why)
    desk.signals.halt.set()


async def _close_items(desk: Desk, actor: str, reason: str) -> None:
    """End what the manual list says of a halt of the buys: it is not so any more."""
    for item in await desk.store.manual_items():
        if item.reason is Reason.REDUCE_ONLY:
            with suppress(Conflict):  # somebody saw it meanwhile
                await desk.store.resolve_manual(
                    item.item_id, Choice.SEEN, actor=actor, now=desk.clock.now(), reason=reason
                )


async def grade_of(desk: Desk) -> Grade:
    """Return how much may be sent, by the files and by the store; the stricter counts."""
    by_file = desk.halt_files.grade()
    if by_file is Grade.HALTED or await desk.store.halts():
        return Grade.HALTED
    reduced = by_file is Grade.REDUCE_ONLY or await desk.store.reductions()
    return Grade.REDUCE_ONLY if reduced else Grade.ACTIVE


async def _record(desk: Desk, grade: Grade, note: HaltNote) -> bool:
    """Stand the halt in the store, which tells of it; False where it stands already."""
    is_full = grade is Grade.HALTED
    standing = await desk.store.halts() if is_full else await desk.store.reductions()
    if any(halt.cause == note.reason and halt.kind in KINDS for halt in standing):
        return False
    now = desk.clock.now()
    if is_full:
        await desk.store.halt(HALT, note.reason, actor=note.by, now=now)
    else:
        await desk.store.reduce(note.reason, actor=note.by, now=now)
        detail = f"{note.by} ({note.way}): {note.reason}"
        await raise_alarm(desk, Severity.P1, Reason.REDUCE_ONLY, detail)
    desk.log.error("halted", grade=grade, by=note.by, way=note.way, why=note.reason)
    return True


def _wake(desk: Desk) -> None:
    """Have it proven and have the live orders cancelled, now."""
    desk.signals.halt.set()
    desk.signals.timeout.set()
