"""The views for people say what the record says, in whole numbers."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.reconciliation.shortfall import order_slippage_bp
from daemon.report.document import document_bytes, report_document
from market.money import from_e4
from market.side import Side
from storage.database import connect_read_only
from storage.sqlite_store import SqliteStore
from tests.daemon.report.given import document, facts
from tests.support.book import OPEN, RUN_ID, make_order, opened_store
from tests.support.full_book import FILLED, SOLD, fill_the_book

PARTS = ("delay", "spread", "execution", "limit_locked", "unfilled", "cash_drag", "fees")


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[sqlite3.Connection]:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        await store.keep_report(RUN_ID, document_bytes(report_document(facts())), now=OPEN)
        with closing(connect_read_only(path)) as connection:
            yield connection


def rows(connection: sqlite3.Connection, view: str) -> list[dict[str, Any]]:
    query = f"SELECT * FROM {view}"  # noqa: S608 - our own names
    return [dict(row) for row in connection.execute(query)]


async def test_an_orders_slippage_is_that_of_the_artifacts(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await fill_the_book(store)
        orders = await store.orders_of(RUN_ID)
    with closing(connect_read_only(path)) as connection:
        told = {row["client_order_id"]: row for row in rows(connection, "v_orders")}

    assert {order_slippage_bp(order) for order in orders} > {None}
    for order in orders:
        found = order_slippage_bp(order)
        wanted = None if found is None else found * 100
        assert told[order.client_order_id]["slippage_bp_e2"] == wanted
        assert from_e4(told[order.client_order_id]["arrival_spread_e4"]) == order.arrival_spread


@given(
    side=st.sampled_from(Side),
    quantity=st.integers(0, 1_000_000),
    amount_e4=st.integers(0, 10**13),
    arrival_e4=st.none() | st.integers(0, 10**7),
)
def test_sql_rounds_basis_points_as_we_do(
    side: Side, quantity: int, amount_e4: int, arrival_e4: int | None
) -> None:
    order = replace(
        make_order(side=side),
        filled_quantity=quantity,
        filled_amount=from_e4(amount_e4),
        arrival_price=None if arrival_e4 is None else from_e4(arrival_e4),
    )
    found = order_slippage_bp(order)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE TABLE orders (side, filled_quantity, filled_amount_e4, arrival_price_e4)"
        )
        connection.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?)", (side, quantity, amount_e4, arrival_e4)
        )
        (told,) = connection.execute(_formula()).fetchone()

    assert told == (None if found is None else found * 100)


def _formula() -> str:
    """Return the slippage of the view over a table that has only its inputs."""
    text = Path("storage/migrations/0013_views_for_people.sql").read_text(encoding="utf-8")
    view = text.partition("CREATE VIEW v_orders AS")[2].partition(";")[0]
    case = view[view.index("CASE WHEN") : view.index("AS slippage_bp_e2")]
    return f"SELECT {case} {view[view.index('FROM (SELECT') :]}"


async def test_the_shortfall_view_holds_the_report_to_the_last_place(
    book: sqlite3.Connection,
) -> None:
    told = {row["ts_code"]: row for row in rows(book, "v_shortfall")}
    names = document()["costs"]["names"]

    assert told.keys() == {name["ts_code"] for name in names}
    for name in names:
        row = told[name["ts_code"]]
        for column, value in row.items():
            if column.endswith("_e4"):
                wanted = Decimal(name[column.removesuffix("_e4")])
                assert from_e4(value) == wanted, column
        assert row["total_e4"] == sum(row[f"{part}_e4"] for part in PARTS)
        assert row["wanted_shares"] == name["wanted_quantity"]


async def test_the_cash_of_a_run_adds_up(book: sqlite3.Connection) -> None:
    (row,) = rows(book, "v_cash")
    flow = row["opening_e4"] + row["sells_e4"] - row["buys_e4"] - row["fees_e4"]

    assert flow + row["movements_e4"] == row["closing_expected_e4"]
    assert (row["opening_e4"], row["closing_broker_e4"]) == (10_000_000, 10_921_500)


async def test_fills_positions_and_the_rest_are_there(book: sqlite3.Connection) -> None:
    fills, runs = rows(book, "v_fills"), rows(book, "v_runs")

    assert sum(row["quantity_shares"] for row in fills) == 700
    assert {row["client_order_id"] for row in fills} == {
        FILLED.client_order_id,
        SOLD.client_order_id,
    }
    assert {row["state"] for row in runs} == {"SUBMITTING", "REFUSED"}
    assert [row["owned_shares"] for row in rows(book, "v_positions")] != []
    assert len(rows(book, "v_plan_lines")) == 3
    assert len(rows(book, "v_names")) == 6
    for view in ("v_approvals", "v_movements", "v_breaks", "v_manual_items"):
        rows(book, view)


async def test_a_report_that_is_no_json_any_more_stops_no_query(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await keep_nonsense(store)
        with closing(connect_read_only(path)) as connection:
            assert rows(connection, "v_shortfall") == rows(connection, "v_names") == []


async def keep_nonsense(store: SqliteStore) -> None:
    await fill_the_book(store)
    await store.keep_report(RUN_ID, b"\xff no report", now=OPEN)
