import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from statemachine.run import RunState
from storage.database import connect_read_only
from storage.sqlite_store import SqliteStore
from storage.verify import verify
from tests.support.book import OPEN, RUN_ID, SESSION, approved_run, opened_store

FIRST, SECOND = b'{"a":1}', b'{"a":2}'
ONE_DAY = timedelta(days=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened_store(tmp_path / "a.sqlite") as opened:
        yield opened


async def test_the_newest_report_counts_and_the_same_bytes_are_kept_once(
    store: SqliteStore,
) -> None:
    await approved_run(store)
    assert await store.report(RUN_ID) is None
    for document in (FIRST, FIRST, SECOND, FIRST):
        before = await store.newest_event()
        is_new = await store.report(RUN_ID) != document
        await store.keep_report(RUN_ID, document, now=OPEN)

        assert await store.report(RUN_ID) == document
        assert await store.newest_event() - before == is_new
    assert await store.verify() == ()


async def test_reports_are_found_by_the_session_of_their_run(store: SqliteStore) -> None:
    await approved_run(store)
    assert await store.reports(SESSION, SESSION) == ()
    for document in (FIRST, SECOND):
        await store.keep_report(RUN_ID, document, now=OPEN)

    assert await store.reports(SESSION - ONE_DAY, SESSION) == (SECOND,)
    assert await store.reports(SESSION + ONE_DAY, SESSION + ONE_DAY) == ()


async def test_the_story_of_a_run_is_its_moves_its_approvals_and_the_halts_of_its_day(
    store: SqliteStore,
) -> None:
    await approved_run(store)
    await store.halt("HALT", "a doubt", actor="wang", now=OPEN)
    await store.resume("HALT", actor="li", reason="looked", now=OPEN)
    await store.halt("HALT", "another day", actor="wang", now=OPEN + ONE_DAY)
    await store.move_run(RUN_ID, RunState.SUBMITTING, cause="SEND", actor="daemon", now=OPEN)
    story = await store.run_story(RUN_ID)

    assert [part.target for part in story if part.subject_kind == "RUN"] == [
        "RECEIVED",
        "PLANNED",
        "AWAITING_APPROVAL",
        "APPROVED",
        "SUBMITTING",
    ]
    assert [part.actor for part in story if part.subject_kind == "APPROVAL"] == ["wang"]
    assert [(part.cause, part.actor) for part in story if part.subject_kind == "HALT"] == [
        ("HALTED", "wang"),
        ("RESUMED", "li"),
    ]
    assert await store.run_story("20251107-unknown00000") == ()


async def test_a_report_that_was_changed_is_found(store: SqliteStore, tmp_path: Path) -> None:
    await approved_run(store)
    await store.keep_report(RUN_ID, json.dumps({"total": "1.0000"}).encode(), now=OPEN)
    await store.close()
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as writer:
        writer.execute("DROP TRIGGER evidence_is_never_changed")
        writer.execute(
            'UPDATE evidence SET content = CAST(\'{"total":"2.0000"}\' AS BLOB)'
            " WHERE sha256 IN (SELECT evidence_sha256 FROM run_reports)"
        )
        writer.commit()
    with closing(connect_read_only(tmp_path / "a.sqlite")) as connection:
        assert verify(connection) != ()
