"""Opening a database that nobody serves: a copy, perhaps where nothing may be written."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.database import SchemaUnknown, connect_read_only, require_not_too_old

OUR_TABLES = frozenset({"events", "orders", "wire", "fills", "runs", "plan", "stamp"})


class CopyUnreadable(Exception):
    """The file is no database of this program, or cannot be read."""


@contextmanager
def open_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file, or a copy of one with its -wal beside it, for reading.

    A log that cannot be read in place, because its folder cannot be written to, is read from a
    temporary copy. Raises CopyUnreadable, also when damage shows only while it is being read.
    """
    try:
        with _opened(path) as connection:
            _require_ours(connection, path)
            yield connection
    except (sqlite3.DatabaseError, OSError) as error:
        raise CopyUnreadable(f"{path} cannot be read: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if _is_readable_in_place(path):
        with _closing(path) as connection:
            yield connection
        return
    with TemporaryDirectory(prefix="sage-execd-verify-") as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.is_file():
            shutil.copyfile(log, copy.with_name(log.name))
        with _closing(copy) as connection:
            yield connection


@contextmanager
def _closing(path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect_read_only(path)
    try:
        yield connection
    finally:
        connection.close()


def _is_readable_in_place(path: Path) -> bool:
    try:
        with _closing(path) as connection:
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    if not names >= OUR_TABLES:
        raise CopyUnreadable(f"{path} is no database of sage-execd")
    try:
        require_not_too_old(connection)
    except SchemaUnknown as error:
        raise CopyUnreadable(f"{path}: {error}") from error
