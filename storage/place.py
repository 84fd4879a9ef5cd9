"""Where a database lies: one that was copied or moved is looked at before it trades (A6)."""

import json
from collections.abc import Callable
from pathlib import Path

from statemachine.reasons import Reason
from storage import journal, trouble
from storage.transaction import Transaction

PlaceOf = Callable[[Path], str]
MACHINE_ID = Path("/etc/machine-id")
CAUSE = "DATABASE_PLACE"

LATEST = """
SELECT detail FROM events WHERE subject_kind = 'NOTE' AND subject = ?
ORDER BY sequence DESC LIMIT 1
"""


def place_of(path: Path) -> str:
    """Return which file on which host this is: a copy has another inode or another host."""
    host = MACHINE_ID.read_text(encoding="ascii").strip() if MACHINE_ID.exists() else "unknown"
    return f"{path.stat().st_ino}@{host}"


def check(transaction: Transaction, place: str) -> None:
    """Halt where the file lies elsewhere than its last process left it; `resume` lifts that."""
    row = transaction.connection.execute(LATEST, (CAUSE,)).fetchone()
    known = None if row is None else str(json.loads(row["detail"])["place"])
    if known == place:
        return
    journal.append(
        transaction,
        journal.Happening(journal.Subject.NOTE, CAUSE, CAUSE, detail={"place": place}),
    )
    if known is not None:
        trouble.halt(transaction, "HALT", Reason.DATABASE_MOVED, actor="daemon")
