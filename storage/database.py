"""One SQLite file, one read-write connection, one thread; durable when a call returns."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

import aiosqlite

Result = TypeVar("Result")

PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
)

# Files of before lack events that invariant I10 holds their rows to; nothing can write them later.
OLDEST_SCHEMA = 8

OUR_OWN_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)


class DatabaseFailure(Exception):
    """The database cannot be trusted any more: stop the process (exit 70), read again at start.

    A COMMIT that raised may have happened all the same (never-twice-never-lost.md section 0.4).
    """


class SchemaUnknown(DatabaseFailure):
    """The file was written by another version of this program, a newer or a too old one."""


class MonotonicClock(Protocol):
    """The one thing the database wants to know of time."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never step back."""
        ...


@dataclass(frozen=True, slots=True)
class Committed(Generic[Result]):
    """What a transaction returned, and when its COMMIT came back."""

    value: Result
    monotonic_ns: int


class Database:
    """The only door to the file. Make it with `open`; `close` it, or its thread lives on."""

    def __init__(self, connection: aiosqlite.Connection, clock: MonotonicClock) -> None:
        self._connection = connection
        self._clock = clock
        self._failure: str | None = None
        self._is_open = False
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, path: Path, *, clock: MonotonicClock) -> Self:
        """Create or open the file (mode 0600), set the pragmas, bring the schema up to date.

        Raises DatabaseFailure where the file is no database of ours or cannot be read, and
        SchemaUnknown where another version wrote it.
        """
        _create_private(path)
        connection = aiosqlite.connect(path, isolation_level=None)
        database = cls(connection, clock)
        try:
            await connection
            await database._execute(_prepare)
            database._is_open = True
        except BaseException:
            await database.close()
            raise
        return database

    async def run(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run one function as one durable transaction; see `commit`."""
        return (await self.commit(function)).value

    async def commit(self, function: Callable[[sqlite3.Connection], Result]) -> Committed[Result]:
        """Run one function between BEGIN IMMEDIATE and COMMIT, in one call on the thread.

        A cancelled caller does not interrupt it: it commits or rolls back as a whole. What the
        function raises rolls back and comes out here; a failing database raises DatabaseFailure,
        now and for every later call.
        """
        return await self._execute(lambda connection: self._transact(connection, function))

    async def read(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run one function that only reads; no write can come between its statements."""
        return await self._execute(function)

    async def close(self) -> None:
        """Finish what is queued, close the file, and join the thread; twice is harmless.

        Raises DatabaseFailure where the file could not take what the log holds: SQLite writes it
        there when it closes, and would not say so. Nothing is lost then, the log stays.
        """
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _execute(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        """The only way to the thread; with `_guarded` and `_close` all use of private API."""
        queue: Callable[..., Awaitable[Result]] = self._connection._execute  # noqa: SLF001
        return await asyncio.shield(queue(self._guarded, function))

    async def _close(self) -> None:
        try:
            if self._is_open and self._failure is None:
                await self._execute(_checkpoint)
        finally:
            await self._close_file()

    async def _close_file(self) -> None:
        try:
            await self._connection.close()
        finally:
            thread = self._connection._thread  # noqa: SLF001
            if thread.is_alive():
                thread.join()

    def _guarded(self, function: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._failure is not None:
            raise DatabaseFailure(f"the database failed before: {self._failure}")
        try:
            return function(self._connection._conn)  # noqa: SLF001
        except OUR_OWN_ERRORS:
            raise
        except sqlite3.Error as error:
            self._failure = str(error)
            raise DatabaseFailure(str(error)) from error

    def _transact(
        self,
        connection: sqlite3.Connection,
        function: Callable[[sqlite3.Connection], Result],
    ) -> Committed[Result]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            value = function(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return Committed(value, self._clock.monotonic_ns())


@contextmanager
def empty_database() -> Iterator[sqlite3.Connection]:
    """Yield a database in memory with our tables and none of their guards; it is gone after.

    References are not checked: what is laid into it may be a part of a record.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        _migrate(connection)
        named = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in named.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
    finally:
        connection.close()


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a database file, or a copy of one, for reading; the caller closes it."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def require_not_too_old(connection: sqlite3.Connection) -> int:
    """Return the schema of the file, 0 for an empty one.

    Raises SchemaUnknown below OLDEST_SCHEMA: its rows would only look changed.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if 0 < version < OLDEST_SCHEMA:
        raise SchemaUnknown(
            f"the file has schema {version}, of a version of sage-execd before its first release; "
            f"this one reads {OLDEST_SCHEMA} and newer: keep the file, and begin a new state folder"
        )
    return version


def _create_private(path: Path) -> None:
    path.touch(mode=0o600, exist_ok=True)


def _checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    for pragma in PRAGMAS:
        connection.execute(pragma).fetchall()
    connection.execute("BEGIN EXCLUSIVE")
    try:
        _migrate(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _migrate(connection: sqlite3.Connection) -> None:
    scripts = _migrations()
    version = require_not_too_old(connection)
    if version > len(scripts):
        raise SchemaUnknown(f"schema {version} is newer than this program's {len(scripts)}")
    for number, script in enumerate(scripts[version:], start=version + 1):
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number:d}")


def _migrations() -> tuple[str, ...]:
    folder = files("storage") / "migrations"
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".sql")),
        key=lambda path: path.name,
    )
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def _statements(script: str) -> Iterator[str]:
    """Split a script; `executescript` would commit the transaction we are in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise SchemaUnknown(f"a migration ends inside a statement: {statement.strip()[:60]}")
