"""Artifacts that do not say what the record says are found, cell by cell."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.artifacts.check import check_artifacts
from daemon.artifacts.files import fills_path, orders_path, reconcile_path
from daemon.artifacts.tables import fills_parquet, orders_parquet
from statemachine.run import RunState
from storage import fills, orders, runs
from storage.offline import open_copy
from tests.support.book import RUN_ID, at, opened_store
from tests.support.full_book import FILLED, UNKNOWN, fill_the_book

pytestmark = pytest.mark.spoils_reports


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database of a run that ended and its artifacts."""
    folder = tmp_path_factory.mktemp("ended")
    asyncio.run(_end(folder / "a.sqlite"))
    with open_copy(folder / "a.sqlite") as connection:
        plan = runs.plan_of(connection, RUN_ID)
        assert plan is not None
        tables = (
            orders_parquet(plan, orders.find_of_run(connection, RUN_ID)),
            fills_parquet(plan, fills.find_of_run(connection, RUN_ID)),
        )
    orders_path(folder, RUN_ID).write_bytes(tables[0])
    fills_path(folder, RUN_ID).write_bytes(tables[1])
    reconcile_path(folder, RUN_ID).write_text(json.dumps({"run_id": RUN_ID}))
    return folder


async def _end(path: Path) -> None:
    async with opened_store(path) as store:
        await fill_the_book(store)
        await store.set_unresolved(
            UNKNOWN.client_order_id, "MANUAL", cause="ABSENT", now=at("15:20")
        )
        for state in (RunState.WORKING, RunState.RECONCILING, RunState.COMPLETED_WITH_EXCEPTIONS):
            await store.move_run(RUN_ID, state, cause="END", actor="daemon", now=at("15:20"))


def differences(folder: Path) -> list[str]:
    with open_copy(folder / "a.sqlite") as connection:
        found = list(check_artifacts(connection, folder))
    assert {(one.invariant, one.subject) for one in found} <= {("I26", RUN_ID)}
    return [one.detail for one in found]


def rewrite(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "a.sqlite")
    try:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount
        connection.commit()
    finally:
        connection.close()


def test_artifacts_of_the_same_rows_agree(ended: Path) -> None:
    assert differences(ended) == []


PLANTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "no order table": (lambda folder: orders_path(folder, RUN_ID).unlink(), "cannot be read"),
    "a torn table": (
        lambda folder: fills_path(folder, RUN_ID).write_bytes(b"PAR1"),
        "cannot be read",
    ),
    "a torn report": (
        lambda folder: reconcile_path(folder, RUN_ID).write_bytes(b"{"),
        "cannot be read",
    ),
    "a report of another run": (
        lambda folder: reconcile_path(folder, RUN_ID).write_bytes(b"{}"),
        "is of None",
    ),
    "a fill that is not in the table": (
        lambda folder: rewrite(folder, "UPDATE fills SET fill_id = '7' WHERE fill_id = '2'"),
        "lacks 2025-11-10/SH/",
    ),
    "a fill that is only in the table": (
        lambda folder: rewrite(folder, "DELETE FROM fills WHERE fill_id = '2'"),
        "the record has not",
    ),
    "another price": (
        lambda folder: rewrite(folder, "UPDATE fills SET price_e4 = 1 WHERE fill_id = '2'"),
        "fill_price of",
    ),
    "another state": (
        lambda folder: rewrite(
            folder,
            "UPDATE orders SET state = 'ACK' WHERE client_order_id ="  # noqa: S608 - of this file
            f" '{FILLED.client_order_id}'",
        ),
        "status of",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_difference_is_found(ended: Path, tmp_path: Path, name: str) -> None:
    plant, said = PLANTED[name]
    folder = tmp_path / "copy"
    shutil.copytree(ended, folder)
    plant(folder)

    assert any(said in detail for detail in differences(folder))


def test_fees_billed_after_the_table_was_written_are_no_difference(
    ended: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(ended, folder)
    with open_copy(folder / "a.sqlite") as connection:
        plan = runs.plan_of(connection, RUN_ID)
        told = fills.find_of_run(connection, RUN_ID)
    assert plan is not None
    rewrite(
        folder, "UPDATE fills SET commission_e4 = NULL, stamp_duty_e4 = NULL, transfer_e4 = NULL"
    )
    with open_copy(folder / "a.sqlite") as connection:
        unbilled = fills.find_of_run(connection, RUN_ID)
    fills_path(folder, RUN_ID).write_bytes(fills_parquet(plan, unbilled))
    shutil.copyfile(ended / "a.sqlite", folder / "a.sqlite")

    assert [fill.fees for fill in unbilled] != [fill.fees for fill in told]
    assert differences(folder) == []
