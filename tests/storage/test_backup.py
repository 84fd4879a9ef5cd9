import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import copy_online
from storage.offline import CopyUnreadable, open_copy
from tests.support.desk import open_room, two_buys


async def test_a_copy_of_a_database_in_use_is_whole_and_stands_alone(tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        copy_online(tmp_path / "execd.sqlite", copy)

    assert not copy.with_name("copy.sqlite-wal").exists()
    with open_copy(copy) as connection:
        assert [row[0] for row in connection.execute("SELECT run_id FROM runs")] == [plan.run_id]


def test_what_is_no_database_of_ours_is_not_copied(tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with pytest.raises(CopyUnreadable):
        copy_online(tmp_path / "nothing.sqlite", copy)
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(CopyUnreadable):
        copy_online(tmp_path / "other.sqlite", copy)

    assert not copy.exists()
