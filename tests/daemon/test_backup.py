import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.backup import BackupFailed, back_up, finished
from tests.support.desk import KEY, Room, open_room, two_buys

FRIDAY = datetime(2025, 11, 7, 8, 30, tzinfo=UTC)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A daemon's record with an approved plan, in use."""
    async with open_room(tmp_path) as opened:
        (tmp_path / "approval.key").write_text(KEY.hex())
        await opened.approved(*two_buys())
        yield opened


async def test_a_backup_of_a_running_daemon_is_verified_and_complete(
    room: Room, tmp_path: Path
) -> None:
    done = back_up(tmp_path, tmp_path / "backups", FRIDAY, keep=3)

    assert done.folder == tmp_path / "backups" / "20251107T083000Z"
    assert sorted(path.name for path in done.folder.iterdir()) == ["approval.key", "execd.sqlite"]
    assert done.folder.stat().st_mode & 0o777 == 0o700


async def test_only_the_newest_are_kept_and_leftovers_go(room: Room, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    (into / ".20251101T000000Z.partial").mkdir(parents=True)
    (into / "a note of a person").mkdir()
    days = [FRIDAY + timedelta(days=day) for day in range(4)]

    removed = [path.name for day in days for path in back_up(tmp_path, into, day, keep=2).removed]

    assert removed == ["20251107T083000Z", "20251108T083000Z"]
    assert [path.name for path in finished(into)] == ["20251109T083000Z", "20251110T083000Z"]
    assert max(path.name for path in into.iterdir()) == "a note of a person"
    assert not list(into.glob(".*"))


async def test_a_record_that_breaks_its_promises_is_no_backup_and_costs_no_older_one(
    room: Room, tmp_path: Path
) -> None:
    into = tmp_path / "backups"
    back_up(tmp_path, into, FRIDAY, keep=1)
    with closing(sqlite3.connect(tmp_path / "execd.sqlite")) as other:
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
        for (name,) in other.execute(guards).fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute("UPDATE events SET actor = 'somebody' WHERE sequence = 2")
        other.commit()

    with pytest.raises(BackupFailed, match="the copy breaks"):
        back_up(tmp_path, into, FRIDAY + timedelta(days=1), keep=1)

    assert [path.name for path in finished(into)] == ["20251107T083000Z"]


def test_without_a_record_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="no backup of"):
        back_up(tmp_path, tmp_path / "backups", FRIDAY, keep=1)

    assert finished(tmp_path / "backups") == []
