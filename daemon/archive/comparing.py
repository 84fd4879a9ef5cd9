"""Where two files of one kind differ first: row and field, and both values."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from storage.reapply import Difference

TABLE = ".parquet"


def file_differences(name: str, recorded: bytes, replayed: bytes) -> Iterator[Difference]:
    """Yield the differences of two artifacts; of files with equal content, that bytes differ."""
    is_table = name.endswith(TABLE)
    read = _table if is_table else json.loads
    found = False
    for difference in document_differences(name, read(recorded), read(replayed)):
        found = True
        yield difference
    if not found:
        length = f"{len(recorded)} bytes", f"{len(replayed)} bytes, other ones"
        yield Difference(name, "", "", *length)


def document_differences(file: str, recorded: Any, replayed: Any) -> Iterator[Difference]:
    """Yield every place of a JSON document whose values differ, in the order of the document."""
    yield from _walk(file, (), recorded, replayed)


def _walk(file: str, path: tuple[str, ...], recorded: Any, replayed: Any) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        for name in dict.fromkeys((*recorded, *replayed)):
            yield from _walk(file, (*path, name), recorded.get(name), replayed.get(name))
    elif isinstance(recorded, list) and isinstance(replayed, list):
        for place in range(max(len(recorded), len(replayed))):
            pair = (_item(recorded, place), _item(replayed, place))
            yield from _walk(file, (*path, _row_name(place, *pair)), *pair)
    elif recorded != replayed or type(recorded) is not type(replayed):
        row, name = ".".join(path[:-1]), path[-1] if path else ""
        yield Difference(file, row, name, _text(recorded), _text(replayed))


def _item(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else None


def _row_name(place: int, *rows: Any) -> str:
    """Name a row as its reader would: by its order, its fill or its code."""
    for row in rows:
        if isinstance(row, dict):
            for key in ("client_order_id", "ts_code", "symbol"):
                if isinstance(row.get(key), str):
                    return f"{place}:{row[key]}"
    return str(place)


def _table(content: bytes) -> list[dict[str, Any]]:
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    rows: list[dict[str, Any]] = parquet.read_table(BytesIO(content)).to_pylist()
    return rows


def _text(value: object) -> str | None:
    return None if value is None else str(value)
