"""A copy is read wherever it lies, and is left as it was."""

import asyncio
import shutil
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from storage.database import OLDEST_SCHEMA, connect_read_only
from storage.offline import CopyUnreadable, open_copy
from storage.verify import verify_file
from tests.support.book import KEY, OPEN, opened_store
from tests.support.full_book import fill_the_book


async def running_copy(folder: Path) -> Path:
    """Copy a database with its log while its process runs; the newest rows are in the log only."""
    source, target = folder / "a.sqlite", folder / "copy"
    target.mkdir()
    async with opened_store(source) as store:
        await fill_the_book(store)
        await store.note("NEWEST", {}, actor="wang", now=OPEN)
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{source}{suffix}", target / f"{source.name}{suffix}")
    return target / source.name


def newest_note(path: Path) -> str:
    with open_copy(path) as connection:
        row = connection.execute("SELECT cause FROM events ORDER BY sequence DESC").fetchone()
        return str(row["cause"])


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.iterdir() if path.suffix != ".sqlite-shm"]
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}


async def test_a_copy_taken_while_running_is_read_with_its_log(tmp_path: Path) -> None:
    copy = await running_copy(tmp_path)
    before = digests(copy.parent)

    assert verify_file(copy, KEY) == ()
    assert newest_note(copy) == "NEWEST"
    assert digests(copy.parent) == before | {
        name: digest for name, digest in digests(copy.parent).items() if name.endswith("-shm")
    }


async def test_a_log_that_cannot_be_read_in_place_is_read_elsewhere(tmp_path: Path) -> None:
    copy = await running_copy(tmp_path)
    # A folder where SQLite wants its shared memory stops even a user who may write everywhere.
    await asyncio.to_thread(Path(f"{copy}-shm").mkdir)

    assert newest_note(copy) == "NEWEST"
    assert verify_file(copy, KEY) == ()


@pytest.mark.parametrize("with_log", [True, False])
async def test_a_file_that_somebody_locks_is_read_from_a_copy_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_log: bool
) -> None:
    copy = await running_copy(tmp_path)
    if not with_log:
        writer = sqlite3.connect(copy)
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.close()

    def in_place_or_not(path: Path) -> sqlite3.Connection:
        if path == copy:
            raise sqlite3.OperationalError("database is locked")
        return connect_read_only(path)

    monkeypatch.setattr("storage.offline.connect_read_only", in_place_or_not)

    assert newest_note(copy) == "NEWEST"


async def test_a_copy_without_its_log_is_an_older_state(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await fill_the_book(store)
    shutil.copyfile(tmp_path / "a.sqlite", tmp_path / "copy.sqlite")

    assert verify_file(tmp_path / "copy.sqlite", KEY) == ()


def invariants_of(path: Path) -> set[str]:
    """Return what a file breaks; one that cannot be read breaks FILE."""
    try:
        return {found.invariant for found in verify_file(path)}
    except CopyUnreadable:
        return {"FILE"}


@pytest.mark.parametrize("content", [b"", b"no database" * 100, b"SQLite format 3\0" + b"\0" * 99])
def test_what_is_no_database_of_ours_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)

    with pytest.raises(CopyUnreadable, match=r"a\.sqlite"):
        verify_file(path)


async def test_a_copy_of_before_the_first_release_is_named_and_not_called_changed(
    tmp_path: Path,
) -> None:
    copy = await running_copy(tmp_path)
    writer = sqlite3.connect(copy)
    writer.execute(f"PRAGMA user_version = {OLDEST_SCHEMA - 1}")
    writer.close()

    with pytest.raises(CopyUnreadable, match="before its first release"):
        verify_file(copy, KEY)


def test_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CopyUnreadable):
        verify_file(tmp_path / "none.sqlite")


async def test_a_torn_file_is_a_violation_or_unreadable_and_never_a_crash(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await fill_the_book(store)
    content = (tmp_path / "a.sqlite").read_bytes()
    torn = tmp_path / "torn.sqlite"
    torn.write_bytes(content[: len(content) // 2 // 4096 * 4096])

    assert "FILE" in invariants_of(torn)
