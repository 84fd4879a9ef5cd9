"""The parquet files open in pandas, polars and DuckDB with the documented types, never a float."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_never

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from daemon.artifacts.columns import FILL_COLUMNS, ORDER_COLUMNS, PLACES, Column, Kind
from daemon.artifacts.tables import PRECISION, fills_parquet, orders_parquet
from tests.daemon.artifacts.given import FILLED_AT, FILLS, ORDERS, the_plan

COLUMNS: dict[str, tuple[Column[Any], ...]] = {"orders": ORDER_COLUMNS, "fills": FILL_COLUMNS}


@pytest.fixture(params=sorted(COLUMNS))
def table(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, tuple[Column[Any], ...]]:
    name = str(request.param)
    path = tmp_path / f"{name}.parquet"
    content = {
        "orders": lambda: orders_parquet(the_plan(), ORDERS),
        "fills": lambda: fills_parquet(the_plan(), FILLS),
    }[name]()
    path.write_bytes(content)
    return path, COLUMNS[name]


Table = tuple[Path, tuple[Column[Any], ...]]


def in_duckdb(kind: Kind) -> str:
    match kind:
        case Kind.TEXT:
            return "VARCHAR"
        case Kind.QUANTITY:
            return "BIGINT"
        case Kind.NUMBER:
            return "INTEGER"
        case Kind.MONEY | Kind.FRACTION | Kind.BASIS_POINTS:
            return f"DECIMAL({PRECISION},{PLACES[kind]})"
        case Kind.TIME:
            return "TIMESTAMP WITH TIME ZONE"
        case Kind.DATE:
            return "DATE"
        case _:
            assert_never(kind)


def in_polars(kind: Kind) -> pl.DataType:
    match kind:
        case Kind.TEXT:
            return pl.String()
        case Kind.QUANTITY:
            return pl.Int64()
        case Kind.NUMBER:
            return pl.Int32()
        case Kind.MONEY | Kind.FRACTION | Kind.BASIS_POINTS:
            return pl.Decimal(PRECISION, PLACES[kind])
        case Kind.TIME:
            return pl.Datetime("us", "UTC")
        case Kind.DATE:
            return pl.Date()
        case _:
            assert_never(kind)


def in_arrow(kind: Kind) -> pa.DataType:
    match kind:
        case Kind.TEXT:
            return pa.string()
        case Kind.QUANTITY:
            return pa.int64()
        case Kind.NUMBER:
            return pa.int32()
        case Kind.MONEY | Kind.FRACTION | Kind.BASIS_POINTS:
            return pa.decimal128(PRECISION, PLACES[kind])
        case Kind.TIME:
            return pa.timestamp("us", "UTC")
        case Kind.DATE:
            return pa.date32()
        case _:
            assert_never(kind)


def test_duckdb_reads_the_documented_types(table: Table) -> None:
    path, columns = table
    found = duckdb.read_parquet(str(path))

    assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
        column.name: in_duckdb(column.kind) for column in columns
    }


def test_polars_reads_the_documented_types(table: Table) -> None:
    path, columns = table

    assert dict(pl.read_parquet(path).schema) == {
        column.name: in_polars(column.kind) for column in columns
    }


def test_pandas_reads_the_documented_types_as_arrow_does(table: Table) -> None:
    path, columns = table
    frame = pd.read_parquet(path, dtype_backend="pyarrow")

    assert {name: kind.pyarrow_dtype for name, kind in frame.dtypes.items()} == {
        column.name: in_arrow(column.kind) for column in columns
    }


def test_plain_pandas_holds_decimals_and_no_float_of_money(table: Table) -> None:
    path, columns = table
    frame = pd.read_parquet(path)
    for column in columns:
        if column.kind in PLACES:
            values = [value for value in frame[column.name] if value is not None]
            assert all(isinstance(value, Decimal) for value in values), column.name


def test_all_three_add_up_to_the_same_cent(tmp_path: Path) -> None:
    path = tmp_path / "fills.parquet"
    path.write_bytes(fills_parquet(the_plan(), FILLS))
    total = Decimal("9027.0000")
    (asked,) = duckdb.read_parquet(str(path)).sum("fill_amount").fetchall()

    assert asked == (total,)
    assert pl.read_parquet(path)["fill_amount"].sum() == total
    assert pd.read_parquet(path)["fill_amount"].sum() == total


def test_moments_and_days_are_what_they_were(tmp_path: Path) -> None:
    path = tmp_path / "fills.parquet"
    path.write_bytes(fills_parquet(the_plan(), FILLS))
    row = pl.read_parquet(path).row(0, named=True)

    assert row["fill_time"].astimezone(UTC) == FILLED_AT
    assert row["trade_date"] == date(2026, 1, 19)
    assert pd.read_parquet(path)["fill_time"].iloc[0].to_pydatetime() == FILLED_AT
    assert isinstance(FILLED_AT, datetime)
