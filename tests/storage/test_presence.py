import json
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from storage.database import connect_read_only
from storage.sqlite_store import SqliteStore
from tests.support.book import OPEN, opened_store

LIMITS: dict[str, str | int] = {"first_send": "09:31:00", "absence_max_s": 600}
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened_store(tmp_path / "a.sqlite") as opened:
        yield opened


def returns(folder: Path) -> list[tuple[str, dict[str, object]]]:
    with closing(connect_read_only(folder / "a.sqlite")) as connection:
        rows = connection.execute("SELECT market_time, detail FROM events WHERE cause = 'RETURNED'")
        return [(row[0], json.loads(row[1])) for row in rows]


async def test_the_last_sign_of_life_is_kept_and_is_no_event(store: SqliteStore) -> None:
    events = await store.newest_event()
    assert await store.last_seen() is None

    for minute in range(3):
        await store.note_seen(now=OPEN + minute * MINUTE)

    assert await store.last_seen() == OPEN + 2 * MINUTE
    assert await store.newest_event() == events


async def test_a_return_says_how_long_nobody_was_there_and_is_a_sign_of_life(
    store: SqliteStore, tmp_path: Path
) -> None:
    await store.note_return(LIMITS, now=OPEN)
    await store.note_return(LIMITS, now=OPEN + MINUTE)

    assert await store.last_seen() == OPEN + MINUTE
    first, second = "2025-11-10T01:31:00.000000Z", "2025-11-10T01:32:00.000000Z"
    assert returns(tmp_path) == [
        (first, {**LIMITS, "last_seen": None}),
        (second, {**LIMITS, "last_seen": first}),
    ]
    assert await store.verify() == ()


async def test_only_a_persons_resume_is_a_word(store: SqliteStore) -> None:
    assert await store.last_resumed() is None
    await store.halt("HALT", "looks wrong", actor="wang", now=OPEN)
    assert await store.last_resumed() is None

    await store.resume("HALT", actor="wang", reason="looked", now=OPEN + MINUTE)
    await store.halt("AUTO_HOLD", "a doubt", actor="daemon", now=OPEN)
    for actor in ("daemon", "sage-execd"):
        await store.halt("AUTO_HOLD", actor, actor=actor, now=OPEN)
        await store.resume("AUTO_HOLD", actor=actor, reason="over", now=OPEN + 2 * MINUTE)

    assert await store.last_resumed() == OPEN + MINUTE
