"""I26: the artifacts of a run that ended say what the record says, row by row."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from daemon.artifacts.files import fills_path, orders_path, reconcile_path
from daemon.artifacts.tables import fills_parquet, orders_parquet
from statemachine.plan import Plan
from statemachine.run import Run, RunState
from storage import fills, orders, plans, runs
from storage.queries import latest_note
from storage.store import Violation

# The note that the artifacts of a run were removed, because its pack holds them.
RETIRED = "ARTIFACTS_RETIRED"
ENDED = (RunState.COMPLETED, RunState.COMPLETED_WITH_EXCEPTIONS)
ORDER_KEY = ("client_order_id",)
FILL_KEY = ("trade_date", "market", "venue_order_id", "fill_id", "kind")
# Fees may be billed after the table was written.
LATER = frozenset({"commission", "stamp_duty", "transfer_fee", "fees"})

Row = dict[str, Any]
Key = tuple[Any, ...]


def check_artifacts(connection: sqlite3.Connection, folder: Path) -> Iterator[Violation]:
    """Yield what is missing in the folder, cannot be read, or differs from the rows."""
    for run in runs.find_all(connection, ENDED):
        plan = None if run.plan_hash is None else plans.find(connection, run.plan_hash)
        if plan is not None and latest_note(connection, f"{RETIRED}:{run.run_id}") is None:
            yield from _tables(connection, folder, run, plan)
            yield from _report(reconcile_path(folder, run.run_id), run)


def _tables(
    connection: sqlite3.Connection, folder: Path, run: Run, plan: Plan
) -> Iterator[Violation]:
    told = {
        orders_path(folder, run.run_id): (
            orders_parquet(plan, orders.find_of_run(connection, run.run_id)),
            ORDER_KEY,
        ),
        fills_path(folder, run.run_id): (
            fills_parquet(plan, fills.find_of_run(connection, run.run_id)),
            FILL_KEY,
        ),
    }
    for path, (wanted, key) in told.items():
        yield from _table(path, wanted, key, run.run_id)


def _table(path: Path, wanted: bytes, key: Sequence[str], run_id: str) -> Iterator[Violation]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    try:
        written = _rows(path.read_bytes(), key)
    except (OSError, pa.ArrowException) as error:
        yield Violation("I26", f"{path.name} cannot be read: {error}", run_id)
        return
    recorded = _rows(wanted, key)
    for missing in recorded.keys() - written.keys():
        yield Violation("I26", f"{path.name} lacks {_text(missing)}", run_id)
    for unknown in written.keys() - recorded.keys():
        yield Violation("I26", f"{path.name} has {_text(unknown)}, the record has not", run_id)
    for name in recorded.keys() & written.keys():
        yield from _cells(path, name, recorded[name], written[name], run_id)


def _cells(path: Path, name: Key, recorded: Row, written: Row, run_id: str) -> Iterator[Violation]:
    for column, value in recorded.items():
        there = written.get(column)
        if there != value and not (column in LATER and there is None):
            where = f"{path.name}: {column} of {_text(name)}"
            yield Violation("I26", f"{where} is {there}, in the record {value}", run_id)


def _report(path: Path, run: Run) -> Iterator[Violation]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        yield Violation("I26", f"{path.name} cannot be read: {error}", run.run_id)
        return
    told = content.get("run_id") if isinstance(content, dict) else None
    if told != run.run_id:
        yield Violation("I26", f"{path.name} is of {told}", run.run_id)


def _rows(content: bytes, key: Sequence[str]) -> dict[Key, Row]:
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    rows: list[Row] = parquet.read_table(BytesIO(content)).to_pylist()
    return {tuple(row[name] for name in key): row for row in rows}


def _text(key: Key) -> str:
    return "/".join(str(part) for part in key)
