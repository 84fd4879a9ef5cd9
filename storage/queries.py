"""Reads that belong to no single table's module: what the reports and the gates ask."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from market.money import from_e4
from statemachine.position import Movement
from storage.rows import moment_of, symbol_of

MOVEMENTS = """
SELECT movement_id, kind, ts_code, quantity, amount_e4, moved_on, text
FROM movements WHERE moved_on >= ? ORDER BY moved_on, movement_id
"""

LATEST_NOTE = """
SELECT detail, actor, market_time FROM events
WHERE subject_kind = 'NOTE' AND subject = ? ORDER BY sequence DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Note:
    """An event that changed no state."""

    detail: dict[str, str]
    actor: str
    at: datetime


def movements_from(connection: sqlite3.Connection, day: date) -> tuple[Movement, ...]:
    """Return what moved without a trade on that day or later, oldest first."""
    return tuple(
        Movement(
            movement_id=row[0],
            kind=row[1],
            symbol=None if row[2] is None else symbol_of(row[2]),
            quantity=row[3],
            amount=from_e4(row[4]),
            date=date.fromisoformat(row[5]),
            text=row[6],
        )
        for row in connection.execute(MOVEMENTS, (day.isoformat(),))
    )


def latest_note(connection: sqlite3.Connection, cause: str) -> Note | None:
    """Return the newest note of a cause, None where there is none."""
    row = connection.execute(LATEST_NOTE, (cause,)).fetchone()
    if row is None:
        return None
    return Note(json.loads(row[0]), row[1], moment_of(row[2]))
