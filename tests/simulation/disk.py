"""The disk under the daemon: real SQLite and real files, called inline, failing where told to."""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite

from tests.simulation.faults import Family, Fault, Kind
from tests.simulation.points import Points

Result = TypeVar("Result")
LATENCY_MAX_S = 0.004
SLOW_S = 5
WORDS = {
    Kind.DISK_EIO_LOST: "disk I/O error",
    Kind.DISK_EIO_KEPT: "disk I/O error",
    Kind.DISK_READ_EIO: "disk I/O error",
    Kind.DISK_FULL: "database or disk is full",
}


@dataclass(slots=True)
class Disk:
    """Carries out every call of one world; `open_connections` are closed as a kill closes them."""

    points: Points
    dice: random.Random
    open_connections: list["InlineConnection"] = field(default_factory=list)

    def connect(self, database: Path, **options: Any) -> "InlineConnection":
        """Stand in for `aiosqlite.connect`."""
        connection = InlineConnection(self, partial(sqlite3.connect, database, **options))
        self.open_connections.append(connection)
        return connection

    async def inline(self, work: Callable[[], Result], label: str) -> Result:
        """Do the work of a thread here, between two points."""
        self.points.reach(f"{label} begins")
        await self._pause(self.dice.random() * LATENCY_MAX_S)
        self.points.reach(f"{label} now")
        result = work()
        self.points.reach(f"{label} done")
        return result

    async def on_thread(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do here what a worker thread would do."""
        return await self.inline(lambda: function(*args), thread_label(function))

    async def slow(self) -> None:
        """Wait for a disk that is busy."""
        await self._pause(SLOW_S)

    def kill(self) -> None:
        """Close what a killed process left open, without its knowledge."""
        for connection in self.open_connections:
            connection.drop()
        self.open_connections.clear()

    async def _pause(self, seconds: float) -> None:
        if self.points.loop is not None:
            await self.points.loop.pause(seconds)


class InlineConnection(aiosqlite.Connection):
    """An aiosqlite connection without its thread: the same calls on the same file."""

    def __init__(self, disk: Disk, connector: Callable[[], sqlite3.Connection]) -> None:
        self._disk = disk
        self._running = True
        self._connection: sqlite3.Connection | None = None
        self._connector = connector
        self._thread = cast("Any", _NoThread())
        self._failing: _Failing | None = None

    def __await__(self) -> Generator[Any, None, Self]:
        return self._open().__await__()

    async def _open(self) -> Self:
        await asyncio.sleep(0)
        self._connection = self._connector()
        return self

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        label = label_of(args)
        fault = self._disk.points.script.strike(Family.DISK, label)
        if fault is not None and fault.kind is Kind.DISK_SLOW:
            await self._disk.slow()
        elif fault is not None:
            self._failing = _Failing(self._real(), fault)
        try:
            return await self._disk.inline(lambda: fn(*args, **kwargs), label)
        finally:
            self._failing = None

    @property
    def _conn(self) -> sqlite3.Connection:
        real = self._real()
        return real if self._failing is None else cast("sqlite3.Connection", self._failing)

    def _real(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("no active connection")
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._execute(self._connection.close)
            self._connection = None

    def drop(self) -> None:
        """Close the file behind the back of whoever used it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _NoThread:
    def is_alive(self) -> bool:
        return False


class _Failing:
    """A raw connection whose next word, or whose COMMIT, fails; a full disk has room for some."""

    def __init__(self, real: sqlite3.Connection, fault: Fault) -> None:
        self._real = real
        self._kind = fault.kind
        self._room = fault.size

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        is_commit = sql == "COMMIT"
        if self._kind is Kind.DISK_EIO_KEPT and is_commit:
            self._real.execute(sql)
            raise self._error()
        if self._kind is Kind.DISK_EIO_LOST and is_commit:
            raise self._error()
        if self._kind is Kind.DISK_READ_EIO or (self._kind is Kind.DISK_FULL and self._fills(sql)):
            raise self._error()
        return self._real.execute(sql, *args)

    def _fills(self, sql: str) -> bool:
        """Whether this write finds no room any more."""
        if sql.lstrip()[:6].upper() not in ("INSERT", "UPDATE"):
            return False
        self._room -= 1
        return self._room < 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def _error(self) -> sqlite3.OperationalError:
        return sqlite3.OperationalError(WORDS[self._kind])


def label_of(args: tuple[Any, ...]) -> str:
    """Return "commit VERB" or "read VERB" for a call the database queues."""
    if not args:
        return "close"
    function = args[-1]
    kind = "commit" if function.__qualname__.startswith("Database.commit") else "read"
    while (inner := _closed_over(function)) is not None:
        function = inner
    return f"{kind} {function.__name__}"


def _closed_over(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the function that a wrapper was made around: what is done is inside."""
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None)
    if code is None or cells is None or "function" not in code.co_freevars:
        return None
    inner: Callable[..., Any] = cells[code.co_freevars.index("function")].cell_contents
    return inner


def thread_label(work: Callable[..., Any]) -> str:
    """Return "file VERB" for what `asyncio.to_thread` was asked to do."""
    inner = work.args[0] if isinstance(work, partial) and work.args else work
    return f"file {getattr(inner, '__name__', 'call')}"
