"""The invariants a database alone can show, checked over its rows."""

import sqlite3
from pathlib import Path

from storage import journal
from storage.database import connect_read_only
from storage.store import Violation


def verify(connection: sqlite3.Connection) -> tuple[Violation, ...]:
    """Return every row that breaks an invariant; empty when all hold."""
    return tuple(
        Violation("I14", f"event {fault.sequence} {fault.why}")
        for fault in journal.verify_chain(connection)
    )


def verify_file(path: Path) -> tuple[Violation, ...]:
    """Check a database file, or a copy of one, without writing to it."""
    connection = connect_read_only(path)
    try:
        return verify(connection)
    finally:
        connection.close()
