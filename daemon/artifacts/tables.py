"""broker_orders_<run_id>.parquet and broker_fills_<run_id>.parquet, as bytes.

The primary key is run_id + client_order_id (+ fill_id and kind for fills); the schema's metadata
names run, plan and version. pyarrow costs half a second and 60 MB, so it is imported when a table
is made and not before.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, assert_never

from daemon.artifacts.columns import (
    FILL_COLUMNS,
    ORDER_COLUMNS,
    PLACES,
    Column,
    FillFacts,
    Kind,
    OrderFacts,
)
from statemachine.fill import Fill
from statemachine.order import Order
from statemachine.plan import Plan

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = "1"
PRECISION = 18
Facts = TypeVar("Facts")


def orders_parquet(plan: Plan, orders: Sequence[Order]) -> bytes:
    """Return the order table of a run: one row an order, by creation time and id."""
    weights = {line.symbol: line.target_weight for line in plan.lines}
    ordered = sorted(orders, key=lambda order: (order.created_at, order.client_order_id))
    facts = [OrderFacts(plan, order, weights[order.symbol]) for order in ordered]
    return _parquet(plan, ORDER_COLUMNS, facts)


def fills_parquet(plan: Plan, fills: Sequence[Fill]) -> bytes:
    """Return the fill table of a run: one row a fill, by time and key."""
    ordered = sorted(
        fills,
        key=lambda fill: (fill.fill_time, fill.venue_order_id, fill.fill_id, fill.kind),
    )
    return _parquet(plan, FILL_COLUMNS, [FillFacts(plan, fill) for fill in ordered])


def _parquet(plan: Plan, columns: Sequence[Column[Facts]], facts: Sequence[Facts]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    schema = pa.schema(
        [pa.field(column.name, _type_of(column.kind)) for column in columns],
        metadata={
            "run_id": plan.run_id,
            "plan_hash": plan.plan_hash,
            "schema_version": SCHEMA_VERSION,
        },
    )
    values = {column.name: [column.cell(row) for row in facts] for column in columns}
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(values, schema=schema), sink)
    return sink.getvalue().to_pybytes()


def _type_of(kind: Kind) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 - heavy

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
            return pa.timestamp("us", tz="UTC")
        case Kind.DATE:
            return pa.date32()
        case _:
            assert_never(kind)
