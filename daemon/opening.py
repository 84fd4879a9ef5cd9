"""The cash a run's books open with: what the broker showed when the plan was made."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from daemon.desk import ACTOR, Desk
from market.money import decimal_text
from statemachine.position import AccountSnapshot, Movement

CAUSE = "BOOKS_OPENED"
DATED_BACK = timedelta(days=31)
"""A correction may carry the date of what it corrects, and be booked after the opening."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Available and frozen cash at the opening, CNY, and the movements since."""

    cash: Decimal
    at: datetime
    movements: tuple[Movement, ...]


async def note_opening(desk: Desk, run_id: str, snapshot: AccountSnapshot) -> None:
    """Remember the cash and which movements it already holds; movements carry only a date."""
    seen = await _movements_around(desk, snapshot.as_of.date())
    detail = {
        "cash": decimal_text(snapshot.funds.available + snapshot.funds.frozen),
        "at": snapshot.as_of.isoformat(),
        "seen": ",".join(movement.movement_id for movement in seen),
    }
    await desk.store.note(f"{CAUSE}:{run_id}", detail, actor=ACTOR, now=desk.clock.now())


async def opening_of(desk: Desk, run_id: str) -> Opening | None:
    """Return what a run opened with and every movement since; None where it was never noted."""
    note = await desk.store.latest_note(f"{CAUSE}:{run_id}")
    if note is None:
        return None
    at = datetime.fromisoformat(note.detail["at"])
    seen = set(note.detail["seen"].split(","))
    movements = await _movements_around(desk, at.date())
    fresh = tuple(move for move in movements if move.movement_id not in seen)
    return Opening(Decimal(note.detail["cash"]), at, fresh)


async def _movements_around(desk: Desk, opened_on: date) -> tuple[Movement, ...]:
    return await desk.store.movements_from(opened_on - DATED_BACK)
