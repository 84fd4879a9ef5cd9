"""Market files as columns in memory, addressed by name and day. pyarrow stays in here."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_CODE = "ts_code"
_DAY = "trade_date"
_BATCH_ROWS = 32_768
_BUFFER_BYTES = 65_536


class MarketDataError(ValueError):
    """A market file is missing or does not have the columns data/README.md describes."""


class SymbolTable:
    """Rows of one parquet file ordered by name and day.

    Columns stay in Arrow; a row becomes Python only when it is asked for, so a whole market costs
    tens of megabytes and opens in a fraction of a second.
    """

    __slots__ = ("_days", "_spans", "_table")

    def __init__(self, table: "pa.Table") -> None:
        """Take ownership of a table that has the columns ts_code and trade_date."""
        import pyarrow as pa  # noqa: PLC0415

        self._table = table.sort_by([(_CODE, "ascending"), (_DAY, "ascending")])
        del table
        pa.default_memory_pool().release_unused()
        self._spans = _spans(self._table)
        self._days: dict[str, list[str]] = {}

    @classmethod
    def read(cls, path: Path, columns: Sequence[str], day: date | None = None) -> Self:
        """Read these columns beside ts_code and trade_date, of one day or of all.

        Raises MarketDataError for a file that is missing or lacks a column.
        """
        import pyarrow as pa  # noqa: PLC0415 - half a second that a process without data is spared
        import pyarrow.parquet as pq  # noqa: PLC0415

        wanted = [_CODE, _DAY, *columns]
        try:
            with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
                missing = set(wanted) - set(file.schema_arrow.names)
                if missing:
                    raise MarketDataError(f"{path} lacks the columns {', '.join(sorted(missing))}")
                return cls(_read(file, wanted, day))
        except (OSError, pa.ArrowInvalid) as error:
            raise MarketDataError(f"{path}: {error}") from error

    def __contains__(self, code: str) -> bool:
        return code in self._spans

    def rows(self, code: str) -> list[dict[str, object]]:
        """Return all rows of a name, oldest first."""
        start, stop = self._spans.get(code, (0, 0))
        return self._table.slice(start, stop - start).to_pylist()

    def on(self, code: str, day: date) -> Mapping[str, object] | None:
        """Return the row of that day, or None."""
        days = self._days_of(code)
        index = bisect_left(days, day_text(day))
        if index == len(days) or days[index] != day_text(day):
            return None
        return self._row(code, index)

    def before(self, code: str, day: date) -> Mapping[str, object] | None:
        """Return the newest row strictly before that day, or None."""
        index = bisect_left(self._days_of(code), day_text(day))
        return self._row(code, index - 1) if index else None

    def last_day(self, before: date) -> date | None:
        """Return the newest day of any row strictly before that day, or None."""
        import pyarrow.compute as pc  # noqa: PLC0415

        known = [str(day) for day in pc.unique(self._table[_DAY]).to_pylist()]
        earlier = [day for day in known if day < day_text(before)]
        return date.fromisoformat(max(earlier)) if earlier else None

    def _days_of(self, code: str) -> list[str]:
        if code not in self._days:
            start, stop = self._spans.get(code, (0, 0))
            days = self._table[_DAY].slice(start, stop - start).to_pylist()
            self._days[code] = [str(day) for day in days]
        return self._days[code]

    def _row(self, code: str, index: int) -> dict[str, object]:
        start, _ = self._spans[code]
        return self._table.slice(start + index, 1).to_pylist()[0]


def day_text(day: date) -> str:
    """Return a date as the files spell it, YYYYMMDD."""
    return f"{day:%Y%m%d}"


def _read(file: "pq.ParquetFile", columns: Sequence[str], day: date | None) -> "pa.Table":
    """Decode batch by batch and keep only what is wanted, so that the whole is never in memory."""
    import pyarrow as pa  # noqa: PLC0415

    groups = None if day is None else _groups_with(file.metadata, day)
    batches = file.iter_batches(
        _BATCH_ROWS, row_groups=groups, columns=list(columns), use_threads=False
    )
    tables = (pa.Table.from_batches([batch]) for batch in batches)
    kept = [table if day is None else _only(table, day) for table in tables]
    if not kept:
        schema = pa.schema([file.schema_arrow.field(name) for name in columns])
        return schema.empty_table()
    return pa.concat_tables(kept)


def _groups_with(metadata: "pq.FileMetaData", day: date) -> list[int]:
    """Return the row groups whose statistics do not rule the day out."""
    found = []
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        columns = (group.column(number) for number in range(group.num_columns))
        told = next(c.statistics for c in columns if c.path_in_schema == _DAY)
        first, last = (None, None) if told is None else (told.min, told.max)
        if first is None or last is None or first <= day_text(day) <= last:
            found.append(index)
    return found


def _only(table: "pa.Table", day: date) -> "pa.Table":
    """Return the rows of one day, compared inside Arrow without making a Python scalar."""
    import pyarrow.compute as pc  # noqa: PLC0415

    days = pc.unique(table[_DAY])
    known = days.to_pylist()
    if day_text(day) not in known:
        return table.slice(0, 0)
    wanted = days.slice(known.index(day_text(day)), 1)
    return table.filter(pc.is_in(table[_DAY], value_set=wanted))


def _spans(ordered: "pa.Table") -> dict[str, tuple[int, int]]:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if not ordered.num_rows:
        return {}
    column = pa.concat_arrays(ordered[_CODE].chunks)
    runs = pc.call_function("run_end_encode", [column])
    stops = runs.run_ends.to_pylist()
    return {
        code: (start, stop)
        for code, start, stop in zip(runs.values.to_pylist(), [0, *stops[:-1]], stops, strict=True)
    }
