"""A planted secret is found wherever it is written down, and not told again."""

import asyncio
import sqlite3
from pathlib import Path

from storage.canaries import in_files, in_record
from storage.offline import open_copy
from tests.support.book import OPEN, opened_store
from tests.support.full_book import fill_the_book

SECRET = "canary-4f1d2c"


async def test_a_secret_in_a_note_or_in_evidence_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        await store.note("LOGIN", {"token": SECRET}, actor="wang", now=OPEN)
    await asyncio.to_thread(plant, path)

    with open_copy(path) as connection:
        found = list(in_record(connection, [SECRET, "other"]))

    assert [one.subject for one in found] == ["events", "evidence"]
    assert {one.invariant for one in found} == {"I28"}
    assert all(SECRET not in one.detail for one in found)


def plant(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        content = f"Authorization: {SECRET}".encode().hex().encode()
        connection.execute("INSERT INTO evidence VALUES ('x', ?, '')", (content,))
        connection.commit()
    finally:
        connection.close()


def test_a_secret_in_any_file_of_a_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "trace.log").write_text(f"token={SECRET}\n")
    (tmp_path / "clean.log").write_text("nothing\n")

    assert [one.subject for one in in_files([tmp_path], [SECRET])] == [
        str(tmp_path / "deep" / "trace.log")
    ]
    assert list(in_files([tmp_path / "clean.log"], [SECRET])) == []
