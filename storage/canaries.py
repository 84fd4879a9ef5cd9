"""I28: a secret is nowhere. Looks for planted values in every cell of a record and in files."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.records import Violation

TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
SHOWN = 4


def in_record(connection: sqlite3.Connection, canaries: Sequence[str]) -> Iterator[Violation]:
    """Yield every table that holds one of the values, as text or as hexadecimal."""
    wanted = _spellings(canaries)
    for (table,) in connection.execute(TABLES).fetchall():
        quoted = str(table).replace('"', '""')
        rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - its own table
        found = {canary for row in rows for cell in row for canary in _found(_bytes(cell), wanted)}
        for canary in sorted(found):
            yield Violation("I28", f"a secret ({_shown(canary)}) is in the table {table}", table)


def in_files(paths: Sequence[Path], canaries: Sequence[str]) -> Iterator[Violation]:
    """Yield every file, also of folders, that holds one of the values. Raises OSError."""
    wanted = _spellings(canaries)
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file():
                for canary in sorted(set(_found(file.read_bytes(), wanted))):
                    detail = f"a secret ({_shown(canary)}) is in {file}"
                    yield Violation("I28", detail, str(file))


def _spellings(canaries: Sequence[str]) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        (canary, spelling)
        for canary in canaries
        for spelling in (canary.encode(), canary.encode().hex().encode())
    )


def _found(content: bytes, wanted: Sequence[tuple[str, bytes]]) -> Iterator[str]:
    return (canary for canary, spelling in wanted if spelling in content)


def _bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def _shown(canary: str) -> str:
    """Name a secret without telling it again."""
    return f"{canary[:SHOWN]}..., {len(canary)} characters"
