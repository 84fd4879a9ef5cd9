from pathlib import Path

from statemachine.order import OrderState
from statemachine.run import RunState
from storage.census import ORDERS, counts_of
from storage.database import connect_read_only
from tests.support.book import SESSION, accepted, approved_run, make_order, opened_store


async def test_runs_and_the_orders_of_a_session_are_counted_by_state(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await approved_run(store)
        order = await accepted(store, make_order())

        counted = await store.counts(SESSION)
        elsewhere = await store.counts(SESSION.replace(year=2024))

    assert counted.runs[RunState.APPROVED] == 1
    assert sum(counted.runs.values()) == 1
    assert (counted.orders[OrderState.ACK], sum(counted.orders.values())) == (1, 1)
    assert set(counted.orders) == set(OrderState)
    assert sum(elsewhere.orders.values()) == 0
    assert order.session_date == SESSION


async def test_counting_a_session_costs_nothing_of_other_sessions(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with opened_store(path) as store:
        await approved_run(store)
    connection = connect_read_only(path)
    try:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {ORDERS}", (SESSION.isoformat(),)).fetchall()
        assert counts_of(connection, SESSION).orders[OrderState.NEW] == 0
    finally:
        connection.close()

    assert [row["detail"] for row in plan] == [
        "SEARCH orders USING COVERING INDEX orders_by_day (session_date=?)"
    ]
