"""Random tamperings of a closed database and its anchors: one drawn from one seed."""

# ruff: noqa: S608 - the statements tamper on purpose, with names made in this file

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ANCHORS = "anchors.jsonl"
DATABASE = "execd.sqlite"

Value = str | int | bytes | None
Change = Callable[[random.Random, sqlite3.Connection, str], str | None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is tampered with: what finds a row, what orders the rows."""

    key: tuple[str, ...]
    order: str


TABLES = {
    "events": Table(("sequence",), "sequence"),
    "evidence": Table(("sha256",), "kept_utc"),
    "approval": Table(("approval_id",), "approval_id"),
    "orders": Table(("sequence",), "sequence"),
    "fills": Table(("sequence",), "sequence"),
    "plan_lines": Table(("plan_hash", "ts_code"), "ts_code"),
    "wire": Table(("sequence",), "sequence"),
}


def tamper(seed: int, folder: Path) -> str:
    """Change one thing in the database or the anchors of a folder; return what was done.

    What would change nothing is drawn again.
    """
    chance = random.Random(seed)
    while True:
        subject = chance.choice((*TABLES, ANCHORS))
        done = _anchors(chance, folder) if subject == ANCHORS else _rows(chance, folder, subject)
        if done is not None:
            return done


def closed_copy(closed: Path, folder: Path) -> Path:
    """Copy a closed database, its anchors and its key into a new folder."""
    shutil.copytree(closed, folder)
    return folder


def _rows(chance: random.Random, folder: Path, table: str) -> str | None:
    connection = sqlite3.connect(folder / DATABASE)
    try:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        change = chance.choice((edit, delete, reorder, truncate, swap))
        try:
            done = change(chance, connection, table)
        except sqlite3.IntegrityError:
            return None  # the file itself would not have it
        if done is not None:
            connection.commit()
        return done
    finally:
        connection.close()


def edit(chance: random.Random, connection: sqlite3.Connection, table: str) -> str | None:
    """Give one column of one row another value."""
    row = chance.choice(_all(connection, table))
    column = chance.choice(sorted(row))
    after = _other(chance, row[column])
    _set(connection, table, row, {column: after})
    return f"{table} {_key(table, row)}: {column} {row[column]!r} -> {after!r}"


def delete(chance: random.Random, connection: sqlite3.Connection, table: str) -> str | None:
    """Take one row away."""
    row = chance.choice(_all(connection, table))
    _delete(connection, table, row)
    return f"{table} {_key(table, row)} deleted"


def reorder(chance: random.Random, connection: sqlite3.Connection, table: str) -> str | None:
    """Let two rows change their places: each has the other's place in the order, or its name."""
    rows, column = _all(connection, table), TABLES[table].order
    if len(rows) < 2:
        return None
    one, other = chance.sample(rows, 2)
    if one[column] == other[column]:
        return None
    if column in TABLES[table].key:
        aside = 10**9 if isinstance(one[column], int) else "aside"
        _set(connection, table, one, {column: aside})
        _set(connection, table, other, {column: one[column]})
        _set(connection, table, one | {column: aside}, {column: other[column]})
    else:
        _set(connection, table, one, {column: other[column]})
        _set(connection, table, other, {column: one[column]})
    return f"{table} {_key(table, one)} and {_key(table, other)} change places"


def truncate(chance: random.Random, connection: sqlite3.Connection, table: str) -> str | None:
    """Cut the last rows off, with every trace in the file's own counters."""
    rows = _all(connection, table)
    count = chance.randint(1, len(rows))
    for row in rows[-count:]:
        _delete(connection, table, row)
    connection.execute(
        "UPDATE sqlite_sequence SET seq ="
        " (SELECT COALESCE(MAX(sequence), 0) FROM events) WHERE name = 'events'"
    )
    return f"{table}: the last {count} rows cut"


def swap(chance: random.Random, connection: sqlite3.Connection, table: str) -> str | None:
    """Exchange one value of two rows."""
    rows = _all(connection, table)
    column = chance.choice(sorted(rows[0]))
    if len(rows) < 2 or column in TABLES[table].key:
        return None
    one, other = chance.sample(rows, 2)
    if one[column] == other[column]:
        return None
    _set(connection, table, one, {column: other[column]})
    _set(connection, table, other, {column: one[column]})
    return f"{table}: {column} of {_key(table, one)} and {_key(table, other)} exchanged"


def _anchors(chance: random.Random, folder: Path) -> str | None:
    """Edit, delete, exchange or cut lines; the newest lines cut whole leave nothing to see."""
    path = folder / ANCHORS
    lines = path.read_text(encoding="utf-8").splitlines()
    index = chance.randrange(len(lines) - 1)
    how = chance.choice(("edit", "delete", "swap", "truncate"))
    match how:
        case "edit":
            anchor = json.loads(lines[index])
            name = chance.choice(sorted(anchor))
            anchor[name] = _other(chance, anchor[name])
            lines[index] = json.dumps(anchor)
        case "delete":
            del lines[index]
        case "swap":
            lines[index], lines[index + 1] = lines[index + 1], lines[index]
        case _:
            lines[index] = lines[index][: chance.randrange(1, len(lines[index]))]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return f"anchors: line {index + 1}: {how}"


def _other(chance: random.Random, value: Value) -> Value:
    """Return a value near the one that is there, of its kind."""
    match value:
        case None:
            return chance.choice((0, 1, "x"))
        case int():
            return value + chance.choice((-100, -1, 1, 100))
        case bytes():
            return _text(chance, value.decode("latin-1")).encode("latin-1")
        case str():
            return _text(chance, value)


def _text(chance: random.Random, value: str) -> str:
    at = chance.randrange(len(value) + 1)
    return chance.choice((value[:at] + "x" + value[at:], value[:at] + "0" + value[at + 1 :] + "1"))


def _all(connection: sqlite3.Connection, table: str) -> list[dict[str, Value]]:
    connection.row_factory = sqlite3.Row
    order = f"{TABLES[table].order}, {', '.join(TABLES[table].key)}"
    return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]


def _set(
    connection: sqlite3.Connection, table: str, row: dict[str, Value], values: dict[str, Value]
) -> None:
    words = ", ".join(f"{name} = ?" for name in values)
    where, key = _where(table, row)
    connection.execute(f"UPDATE {table} SET {words} WHERE {where}", (*values.values(), *key))


def _delete(connection: sqlite3.Connection, table: str, row: dict[str, Value]) -> None:
    where, key = _where(table, row)
    connection.execute(f"DELETE FROM {table} WHERE {where}", key)


def _where(table: str, row: dict[str, Value]) -> tuple[str, tuple[Value, ...]]:
    return " AND ".join(f"{name} = ?" for name in TABLES[table].key), _key(table, row)


def _key(table: str, row: dict[str, Value]) -> tuple[Value, ...]:
    return tuple(row[name] for name in TABLES[table].key)
