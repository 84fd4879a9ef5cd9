"""docs/data.md lists every column there is, with its unit, and its examples run."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.artifacts.columns import FILL_COLUMNS, ORDER_COLUMNS
from daemon.artifacts.files import orders_path
from daemon.artifacts.tables import orders_parquet
from daemon.report.document import document_bytes, report_document
from storage.database import connect_read_only
from tests.daemon.artifacts.given import ORDERS, the_plan
from tests.daemon.artifacts.given import RUN_ID as ARTIFACT_RUN
from tests.daemon.report.given import document, facts
from tests.support.book import OPEN, RUN_ID, opened_store
from tests.support.full_book import fill_the_book
from tests.support.project import ROOT, text_of

PAGE = text_of(Path("docs/data.md"))
SECTION = re.compile(r"^### (?P<name>[a-z_]+)\n(?P<body>.*?)(?=^#|\Z)", re.DOTALL | re.MULTILINE)
ROW = re.compile(
    r"^\| (?!column )(?P<column>[a-z0-9_]+) \| (?P<unit>[^|]+) \| [^|]+ \|$", re.MULTILINE
)
BLOCK = re.compile(r"^```(?P<language>[a-z]+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
# How a column of a view ends says its unit.
UNITS = {
    "_bp_e2": "1/100 bp",
    "_e4": "1/10000 CNY",
    "_shares": "shares",
    "_weight": "decimal text",
    "_date": "day",
    "_on": "day",
    "_at": "UTC",
    "_time": "UTC",
    "_as_of": "UTC",
}
WHOLE = {"slice", "leg", "approver_uid", "break_id", "item_id"}


def described() -> dict[str, dict[str, str]]:
    """Return the columns of each section with their units."""
    return {
        match["name"]: {row["column"]: row["unit"] for row in ROW.finditer(match["body"])}
        for match in SECTION.finditer(PAGE)
    }


def blocks(language: str) -> list[str]:
    return [match["body"] for match in BLOCK.finditer(PAGE) if match["language"] == language]


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[sqlite3.Connection]:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        await store.keep_report(RUN_ID, document_bytes(report_document(facts())), now=OPEN)
        with closing(connect_read_only(path)) as connection:
            yield connection


def test_every_column_of_the_parquet_files_is_described_with_its_unit() -> None:
    for name, columns in (("broker_orders", ORDER_COLUMNS), ("broker_fills", FILL_COLUMNS)):
        assert described()[name] == {column.name: column.kind.value for column in columns}


async def test_every_column_of_the_views_is_described_in_its_order(
    book: sqlite3.Connection,
) -> None:
    names = [row[0] for row in book.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")]
    views = {name for name in names if name.startswith("v_")}
    pages = {name: columns for name, columns in described().items() if name.startswith("v_")}

    assert pages.keys() == views
    for view, columns in pages.items():
        found = [row["name"] for row in book.execute("SELECT * FROM pragma_table_info(?)", (view,))]
        assert list(columns) == found, view


def test_the_name_of_a_views_column_says_its_unit() -> None:
    for view, columns in described().items():
        if not view.startswith("v_"):
            continue
        for column, unit in columns.items():
            assert unit == unit_of(column), f"{view}.{column}"


def unit_of(column: str) -> str:
    for ending, unit in UNITS.items():
        if column.endswith(ending):
            return unit
    if column.startswith("is_"):
        return "0 or 1"
    return "number" if column in WHOLE else "text"


async def test_no_view_holds_a_float(book: sqlite3.Connection) -> None:
    for view in (name for name in described() if name.startswith("v_")):
        for row in book.execute(f"SELECT * FROM {view}"):  # noqa: S608 - our own names
            assert not any(isinstance(value, float) for value in row), view


async def test_the_example_in_sql_answers(book: sqlite3.Connection) -> None:
    (query,) = blocks("sql")
    (row,) = book.execute(query).fetchall()
    total = document()["costs"]["totals"]["total"]

    assert row["session_date"] == "2025-11-10"
    assert f"{row['shortfall_cny']:.4f}" == total


def test_the_example_in_python_answers(tmp_path: Path) -> None:
    (program,) = blocks("python")
    path = orders_path(tmp_path, ARTIFACT_RUN)
    path.write_bytes(orders_parquet(the_plan(), ORDERS))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "('BUY', Decimal('9027.0000'))\n('SELL', Decimal('0.0000'))\n"


def test_the_pictures_it_shows_are_there_and_small() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)

    assert len(shown) == 2
    for picture in shown:
        assert (ROOT / "docs" / picture).stat().st_size < 300_000
