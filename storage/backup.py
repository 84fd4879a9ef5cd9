"""A copy of a database that is being written to."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.offline import open_copy


def copy_online(database: Path, copy: Path) -> None:
    """Copy what is committed at this moment into a file of its own, without a log beside it.

    Writers go on meanwhile; they and the copy never wait for each other (WAL). Raises
    CopyUnreadable, also for a copy that cannot be written.
    """
    with open_copy(database) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE").fetchall()
