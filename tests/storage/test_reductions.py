from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import connect_read_only
from storage.sqlite_store import SqliteStore
from tests.support.book import OPEN, opened_store

EVENTS = "SELECT cause, actor FROM events WHERE subject = 'REDUCE_ONLY' ORDER BY sequence"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened_store(tmp_path / "a.sqlite") as opened:
        yield opened


async def test_only_sells_stands_once_a_cause_until_it_is_lifted(
    store: SqliteStore, tmp_path: Path
) -> None:
    for cause in ("no more buys", "no more buys", "a doubt"):
        await store.reduce(cause, actor="wang", now=OPEN)

    standing = await store.reductions()
    assert [(found.kind, found.cause, found.actor) for found in standing] == [
        ("REDUCE_ONLY", "no more buys", "wang"),
        ("REDUCE_ONLY", "a doubt", "wang"),
    ]
    assert await store.halts() == ()
    for _ in range(2):
        await store.end_reductions(actor="li", reason="looked", now=OPEN)
    assert await store.reductions() == ()
    with closing(connect_read_only(tmp_path / "a.sqlite")) as connection:
        events = [tuple(row) for row in connection.execute(EVENTS)]
    assert events == [("HALTED", "wang"), ("HALTED", "wang"), ("RESUMED", "li")]
