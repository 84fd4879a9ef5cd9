import io
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pyarrow as pa
from pyarrow import parquet

from daemon.artifacts.tables import fills_parquet, orders_parquet
from market.phases import market_time
from tests.daemon.artifacts.given import FILLED_AT, FILLS, ORDERS, PLAN_HASH, RUN_ID, the_plan

ARCHITECTURE_COLUMNS = [
    "run_id",
    "client_order_id",
    "ts_code",
    "side",
    "target_weight",
    "order_qty",
    "order_price",
    "status",
    "status_time",
    "reject_reason",
    "filled_qty",
    "filled_amount",
    "avg_fill_price",
    "slippage_bp",
]
MONEY = pa.decimal128(18, 4)


def read(content: bytes) -> pa.Table:
    return parquet.read_table(io.BytesIO(content))


def orders_table() -> pa.Table:
    return read(orders_parquet(the_plan(), ORDERS))


def fills_table() -> pa.Table:
    return read(fills_parquet(the_plan(), FILLS))


def test_the_order_table_has_the_columns_of_the_house() -> None:
    assert set(ARCHITECTURE_COLUMNS) <= set(orders_table().column_names)


def test_money_is_decimal_and_nothing_is_a_float() -> None:
    for table in (orders_table(), fills_table()):
        assert not [field for field in table.schema if pa.types.is_floating(field.type)]
    types = {field.name: field.type for field in orders_table().schema}

    assert types["order_price"] == types["filled_amount"] == types["avg_fill_price"] == MONEY
    assert types["order_qty"] == pa.int64()
    assert types["status_time"] == pa.timestamp("us", tz="UTC")


def test_the_schema_names_run_plan_and_version() -> None:
    for table in (orders_table(), fills_table()):
        assert table.schema.metadata == {
            b"run_id": RUN_ID.encode(),
            b"plan_hash": PLAN_HASH.encode(),
            b"schema_version": b"1",
        }


def test_there_is_one_row_an_order_under_run_and_order_id() -> None:
    rows = orders_table().to_pylist()
    keys = [(row["run_id"], row["client_order_id"]) for row in rows]

    assert keys == [(RUN_ID, name) for name in ("SAAAA", "SBBBB", "SCCCC", "SDDDD")]


def test_an_order_row_tells_price_slippage_and_end() -> None:
    row = orders_table().to_pylist()[0]

    assert row["avg_fill_price"] == Decimal("10.0300")
    assert row["slippage_bp"] == Decimal("30.00")
    assert row["target_weight"] == Decimal("0.1234567890")
    assert row["status_time"] == market_time(date(2026, 1, 19), "09:35:00")
    assert (row["status"], row["final_reason"], row["raw_text"]) == ("FILLED", "FILLED", "已成")


def test_what_is_not_known_is_null() -> None:
    row = orders_table().to_pylist()[2]

    assert row["avg_fill_price"] is row["slippage_bp"] is row["closed_at"] is None
    assert row["status_time"] == row["created_at"]


def test_a_fill_row_tells_fees_as_billed_or_null() -> None:
    billed, unbilled = fills_table().to_pylist()

    assert (billed["fill_id"], billed["fees"]) == ("T1", Decimal("5.0500"))
    assert billed["fill_time"] == FILLED_AT
    assert billed["fill_amount"] == Decimal("4509.0000")
    assert unbilled["fees"] is unbilled["commission"] is None


def test_an_empty_run_makes_empty_tables_of_the_same_shape() -> None:
    for made, full in (
        (orders_parquet(the_plan(), ()), orders_table()),
        (fills_parquet(the_plan(), ()), fills_table()),
    ):
        assert read(made).schema == full.schema
        assert read(made).num_rows == 0


def test_the_same_facts_make_the_same_bytes() -> None:
    assert orders_parquet(the_plan(), ORDERS) == orders_parquet(the_plan(), ORDERS[::-1])
    assert fills_parquet(the_plan(), FILLS) == fills_parquet(the_plan(), FILLS[::-1])


def test_the_heavy_library_is_not_imported_before_a_table_is_made() -> None:
    code = "import sys, daemon.artifacts.tables; sys.exit('pyarrow' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_fill_keeps_its_microseconds() -> None:
    assert fills_table().to_pylist()[0]["fill_time"].microsecond == FILLED_AT.microsecond
