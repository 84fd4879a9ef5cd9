import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.last_answer import LastAnswer


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    opened.execute("CREATE TABLE names (name TEXT)")
    yield opened
    opened.close()


class Question:
    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, connection: sqlite3.Connection, prefix: str = "") -> tuple[str, ...]:
        self.asked += 1
        rows = connection.execute("SELECT name FROM names WHERE name LIKE ?", (f"{prefix}%",))
        return tuple(name for (name,) in rows)


def test_while_nothing_is_written_the_rows_are_read_once(connection: sqlite3.Connection) -> None:
    question = Question()
    answer = LastAnswer(question)

    assert answer.read(connection) == answer.read(connection) == ()
    assert question.asked == 1


def test_a_write_of_ours_is_seen(connection: sqlite3.Connection) -> None:
    answer = LastAnswer(Question())
    answer.read(connection)
    connection.execute("INSERT INTO names VALUES ('wang')")

    assert answer.read(connection) == ("wang",)


def test_a_write_of_another_connection_is_seen(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    answer = LastAnswer(Question())
    answer.read(connection)
    other = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    other.execute("INSERT INTO names VALUES ('wang')")
    other.close()

    assert answer.read(connection) == ("wang",)


def test_another_question_gets_its_own_answer(connection: sqlite3.Connection) -> None:
    answer = LastAnswer(Question())
    connection.execute("INSERT INTO names VALUES ('wang'), ('li')")

    assert answer.read(connection, "w") == ("wang",)
    assert answer.read(connection, "l") == ("li",)
    assert answer.read(connection, prefix="w") == ("wang",)
