import asyncio
import resource
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest

from storage.database import (
    OLDEST_SCHEMA,
    Database,
    DatabaseFailure,
    SchemaUnknown,
    _migrations,
    connect_read_only,
)
from tests.support.book import TickingClock

Pair = tuple[int, int]

MIGRATIONS = tuple((files("storage") / "migrations").iterdir())


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    await database.run(_create_pairs)
    yield database
    await database.close()


def _create_pairs(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE pairs (task INTEGER, half INTEGER) STRICT")


def _write_pair(connection: sqlite3.Connection, task: int) -> None:
    connection.execute("INSERT INTO pairs VALUES (?, 1)", (task,))
    connection.execute("INSERT INTO pairs VALUES (?, 2)", (task,))


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT COUNT(*) FROM pairs").fetchone()[0])


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("recursive_triggers", 1),
        ("user_version", len(MIGRATIONS)),
    ],
)
async def test_the_file_is_opened_durable_and_strict(
    database: Database,
    name: str,
    value: object,
) -> None:
    assert await database.read(lambda c: _pragma(c, name)) == value


async def test_every_table_is_strict(database: Database) -> None:
    def loose(connection: sqlite3.Connection) -> set[str]:
        rows = connection.execute("PRAGMA table_list").fetchall()
        return {row["name"] for row in rows if row["type"] == "table" and not row["strict"]}

    kept_by_sqlite = {"sqlite_schema", "sqlite_temp_schema", "sqlite_sequence"}
    assert await database.read(loose) == kept_by_sqlite


async def test_the_file_is_private(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    await database.close()

    assert stat.S_IMODE((tmp_path / "a.sqlite").stat().st_mode) == 0o600


async def test_what_a_function_raises_rolls_it_back(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO pairs VALUES (1, 1)")
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        await database.run(half)

    assert await database.read(_count) == 0


async def test_a_broken_constraint_is_an_error_of_ours_and_stops_nothing(
    database: Database,
) -> None:
    def wrong(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO pairs VALUES (1, 'one')")

    with pytest.raises(sqlite3.IntegrityError):
        await database.run(wrong)

    await database.run(lambda c: _write_pair(c, 1))
    assert await database.read(_count) == 2


async def test_a_broken_foreign_key_at_commit_leaves_no_transaction_open(
    database: Database,
) -> None:
    def orphan(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute(
            "INSERT INTO inputs VALUES (1, 'none', 'a', 'b', 'c', 'd', 'NEW', 'e')",
        )

    with pytest.raises(sqlite3.IntegrityError):
        await database.run(orphan)

    assert not await database.read(lambda c: c.in_transaction)


async def test_a_full_disk_stops_every_later_call(database: Database) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO evidence VALUES ('a', zeroblob(1000000), 'now')")

    pages = await database.read(lambda c: _pragma(c, "page_count"))
    await database.read(lambda c: _pragma(c, f"max_page_count = {pages}"))

    with pytest.raises(DatabaseFailure, match="full"):
        await database.run(fill)
    with pytest.raises(DatabaseFailure, match="failed before"):
        await database.run(lambda c: _write_pair(c, 1))
    with pytest.raises(DatabaseFailure, match="failed before"):
        await database.read(_count)


async def test_cancelled_transactions_are_whole_or_absent_and_none_stays_open(
    database: Database,
) -> None:
    async def cancel_late(task: int) -> None:
        running = asyncio.ensure_future(database.run(lambda c: _write_pair(c, task)))
        for _ in range(task % 4):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    for task in range(100):
        await cancel_late(task)
        assert not await database.read(lambda c: c.in_transaction)

    def halves(connection: sqlite3.Connection) -> set[int]:
        rows = connection.execute("SELECT COUNT(*) FROM pairs GROUP BY task")
        return {row[0] for row in rows}

    assert await database.read(halves) == {2}


async def test_a_log_the_file_cannot_take_at_the_end_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = await Database.open(path, clock=TickingClock())
    await database.run(_create_pairs)
    await database.run(lambda c: _write_pair(c, 1))

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(DatabaseFailure):
            await database.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    again = await Database.open(path, clock=TickingClock())
    assert await again.read(_count) == 2
    await again.close()


async def test_a_cancelled_close_still_ends_the_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    database = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    closing = asyncio.ensure_future(database.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing

    await database.close()
    assert threading.active_count() == before


async def test_a_file_that_is_no_database_is_refused_and_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    (tmp_path / "a.sqlite").write_bytes(b"not a database at all" * 100)

    with pytest.raises(DatabaseFailure):
        await Database.open(tmp_path / "a.sqlite", clock=TickingClock())

    assert threading.active_count() == before


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    await database.read(lambda c: c.execute("PRAGMA user_version = 99").fetchall())
    await database.close()

    with pytest.raises(SchemaUnknown, match="99"):
        await Database.open(tmp_path / "a.sqlite", clock=TickingClock())


async def test_a_file_of_before_the_first_release_is_refused_and_left_as_it_is(
    tmp_path: Path,
) -> None:
    database = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    await database.read(lambda c: c.execute(f"PRAGMA user_version = {OLDEST_SCHEMA - 1}"))
    await database.close()

    with pytest.raises(SchemaUnknown, match="begin a new state folder"):
        await Database.open(tmp_path / "a.sqlite", clock=TickingClock())

    reader = connect_read_only(tmp_path / "a.sqlite")
    assert reader.execute("PRAGMA user_version").fetchone()[0] == OLDEST_SCHEMA - 1
    reader.close()


async def test_the_oldest_schema_that_is_read_is_brought_up_to_date(tmp_path: Path) -> None:
    everything = _migrations()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.database._migrations", lambda: everything[:OLDEST_SCHEMA])
        await (await Database.open(tmp_path / "a.sqlite", clock=TickingClock())).close()

    await (await Database.open(tmp_path / "a.sqlite", clock=TickingClock())).close()

    reader = connect_read_only(tmp_path / "a.sqlite")
    assert reader.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    reader.close()


@pytest.mark.parametrize(
    ("script", "failure", "why"),
    [
        ("CREATE TABLE a (b INTEGER)", SchemaUnknown, "ends inside a statement"),
        ("CREATE TABLE a (b INTEGER);\nNO SQL;", DatabaseFailure, "syntax error"),
        ("ROLLBACK;\nNO SQL;", DatabaseFailure, "syntax error"),
    ],
)
async def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    failure: type[Exception],
    why: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("storage.database._migrations", lambda: (script,))
        with pytest.raises(failure, match=why):
            await Database.open(tmp_path / "a.sqlite", clock=TickingClock())

    reader = connect_read_only(tmp_path / "a.sqlite")
    assert reader.execute("SELECT name FROM sqlite_schema").fetchall() == []
    reader.close()


async def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    first = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    await first.run(_create_pairs)
    await first.run(lambda c: _write_pair(c, 1))
    await first.close()

    second = await Database.open(tmp_path / "a.sqlite", clock=TickingClock())
    try:
        assert await second.read(_count) == 2
    finally:
        await second.close()


async def test_commit_tells_when_it_was_durable(tmp_path: Path) -> None:
    clock = TickingClock()
    database = await Database.open(tmp_path / "a.sqlite", clock=clock)
    try:
        committed = await database.commit(lambda _: clock.monotonic_ns())
        assert committed.monotonic_ns > committed.value
    finally:
        await database.close()


async def test_a_reader_beside_it_cannot_write(tmp_path: Path, database: Database) -> None:
    await database.run(lambda c: _write_pair(c, 1))
    reader = connect_read_only(tmp_path / "a.sqlite")
    try:
        assert _count(reader) == 2
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            _write_pair(reader, 2)
    finally:
        reader.close()
