"""What the store refuses, beyond what any store must: each leaves everything as it was."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from market.side import Side
from market.symbol import Symbol
from statemachine.events import VenueStatus
from statemachine.order import OrderState, SendState
from statemachine.plan import Disposition
from statemachine.position import Movement
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage import manual, orders
from storage.approvals import approval_mac
from storage.database import Database
from storage.leased_database import Identity, LeasedDatabase
from storage.sqlite_store import SqliteStore
from storage.store import Conflict, Contradiction, SendOutcome, StaleEpoch
from storage.transaction import Stamp
from tests.support.book import (
    ACCOUNT,
    BANK,
    ENDPOINT,
    KEY,
    LINES,
    OPEN,
    RECEIVED_AT,
    RUN_ID,
    SESSION,
    SIGNAL,
    TickingClock,
    accepted,
    approved_run,
    at,
    closed,
    make_approval,
    make_fill,
    make_order,
    make_plan,
    make_portfolio,
    make_run,
    opened_store,
    report,
    submitted,
)

CLOSE = at("15:20")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with opened_store(tmp_path / "a.sqlite") as store:
        yield store


async def test_a_run_of_another_account_is_refused(store: SqliteStore) -> None:
    other = replace(make_run(), account="B200")

    with pytest.raises(Conflict, match="of account B200"):
        await store.receive_run(other, make_portfolio(), b"csv", b"json")

    assert await store.runs() == ()


async def test_a_run_is_received_or_refused_and_nothing_else(store: SqliteStore) -> None:
    working = replace(make_run(), state=RunState.WORKING)
    unexplained = replace(make_run(), state=RunState.REFUSED)

    with pytest.raises(Conflict, match="received as WORKING"):
        await store.receive_run(working, make_portfolio(), b"csv", b"json")
    with pytest.raises(Conflict, match="0 refusals"):
        await store.refuse_input(unexplained, b"csv", b"json")
    with pytest.raises(Conflict, match="WORKING with 0 refusals"):
        await store.refuse_input(working, b"csv", b"json")


async def test_a_residual_run_needs_a_parent_and_is_made_once(store: SqliteStore) -> None:
    await approved_run(store)
    child = replace(make_run(RUN_ID + "-R"), parent_run_id=RUN_ID)
    plan = make_plan(child.run_id)
    for orphan in (replace(child, parent_run_id=None), replace(child, parent_run_id="none")):
        with pytest.raises(Conflict, match="no parent"):
            await store.save_residual(orphan, plan, now=CLOSE)
    with pytest.raises(Conflict, match="no run is born WORKING"):
        await store.save_residual(replace(child, state=RunState.WORKING), plan, now=CLOSE)

    await store.save_residual(child, plan, now=CLOSE)

    with pytest.raises(Conflict, match="exists already"):
        await store.save_residual(child, plan, now=CLOSE)


async def test_what_is_not_there_is_none_or_a_conflict(store: SqliteStore) -> None:
    assert await store.run("none") is None
    assert await store.plan("none") is None
    assert await store.portfolio("none") is None
    assert await store.order("none") is None
    with pytest.raises(Conflict, match="no run none"):
        await store.move_run("none", RunState.PLANNED, cause="x", actor="a", now=OPEN)
    with pytest.raises(Conflict, match="no order none"):
        await store.want_cancel("none", "x", now=OPEN)
    with pytest.raises(Conflict, match="no item 7"):
        await store.resolve_manual(7, "leave", actor="wang", now=OPEN)


async def test_the_same_plan_again_changes_nothing(store: SqliteStore) -> None:
    await store.receive_run(make_run(), make_portfolio(), b"csv", b"json")
    first = await store.save_plan(make_plan(), now=RECEIVED_AT)

    assert await store.save_plan(make_plan(), now=OPEN) == first


async def test_a_plan_for_another_mode_is_refused(store: SqliteStore) -> None:
    await store.receive_run(make_run(), make_portfolio(), b"csv", b"json")

    with pytest.raises(Contradiction, match="mode='live'"):
        await store.save_plan(replace(make_plan(), mode="live"), now=RECEIVED_AT)


async def test_a_plan_whose_rows_were_edited_is_not_approved(
    tmp_path: Path,
    store: SqliteStore,
) -> None:
    await store.receive_run(make_run(), make_portfolio(), b"csv", b"json")
    await store.save_plan(make_plan(), now=RECEIVED_AT)
    await store.move_run(
        RUN_ID, RunState.AWAITING_APPROVAL, cause="SHOWN", actor="daemon", now=RECEIVED_AT
    )
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    connection.execute("DROP TRIGGER plan_lines_are_never_deleted")
    connection.execute("DELETE FROM plan_lines WHERE ts_code = '600000.SH'")
    connection.commit()
    connection.close()

    with pytest.raises(Conflict, match="no stored plan"):
        await store.approve(make_approval(make_plan()), now=RECEIVED_AT)


def test_an_approval_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="3 bytes, not 32"):
        approval_mac(b"abc", make_approval(make_plan()))


async def test_only_trade_and_deferred_lines_take_orders(store: SqliteStore) -> None:
    denied = replace(LINES[0], disposition=Disposition.DENIED)
    unpriced = replace(LINES[2], limit_worst=None)
    await approved_run(store, make_plan(lines=(denied, LINES[1], unpriced)))

    with pytest.raises(Contradiction, match="is DENIED"):
        await store.create_orders([make_order()])
    with pytest.raises(Conflict, match="worse than None"):
        await store.create_orders([make_order(unpriced.symbol, Side.BUY, 400)])
    with pytest.raises(Contradiction, match="not in the plan"):
        await store.create_orders([make_order(Symbol.parse("600004.SH"))])


async def test_creating_no_orders_writes_nothing(store: SqliteStore) -> None:
    await store.create_orders([])

    assert await store.open_orders() == ()


async def test_an_order_that_never_left_is_not_absent(store: SqliteStore) -> None:
    await approved_run(store)
    await store.create_orders([make_order()])

    with pytest.raises(Conflict, match="not in doubt"):
        await store.close_absent(make_order().client_order_id, b"list", now=CLOSE)


@pytest.mark.parametrize("target", ["RESENT_ONCE", "ACCEPTED", "NOT_SENT"])
async def test_doubt_moves_only_within_doubt(store: SqliteStore, target: str) -> None:
    await approved_run(store)
    await submitted(store, make_order())
    await store.recover_open_wires(now=OPEN)

    with pytest.raises(Conflict, match="goes not from UNKNOWN"):
        await store.set_unresolved(make_order().client_order_id, target, cause="x", now=OPEN)


async def test_recovery_leaves_alone_what_the_venue_has_shown(store: SqliteStore) -> None:
    await approved_run(store)
    await submitted(store, make_order())
    shown = report(make_order(), VenueStatus.REPORTED, 1)
    await store.apply_news([shown], [], [], {}, now=OPEN)

    await store.recover_open_wires(now=OPEN)

    (order,) = await store.open_orders()
    assert (order.state, order.send_state) == (OrderState.ACK, SendState.ACCEPTED)


async def test_recovery_leaves_alone_what_has_ended(store: SqliteStore) -> None:
    await approved_run(store)
    await submitted(store, make_order())
    await store.apply_news([], [make_fill(make_order(), 1000)], [], {}, now=OPEN)

    assert await store.recover_open_wires(now=OPEN) == (make_order().client_order_id,)
    assert await store.verify() == ()


async def test_a_cancel_answer_after_the_end_changes_nothing(store: SqliteStore) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
    sequence = await store.open_cancel(order.client_order_id, now=OPEN)
    filled = (await store.apply_news([], [make_fill(order, 1000)], [], {}, now=OPEN)).orders[0]

    await store.close_cancel(sequence, SendOutcome.REFUSED, "NOT_CANCELABLE", b"", now=OPEN)

    assert await store.order(order.client_order_id) == filled
    assert await store.verify() == ()


async def test_a_cancel_of_an_order_the_venue_misses_halts(store: SqliteStore) -> None:
    await approved_run(store)
    order = await accepted(store, make_order())
    await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
    sequence = await store.open_cancel(order.client_order_id, now=OPEN)

    await store.close_cancel(sequence, SendOutcome.REFUSED, "ORDER_NOT_FOUND", b"", now=OPEN)

    (after,) = await store.open_orders()
    assert after.state is OrderState.CANCEL_PENDING
    (halt,) = await store.halts()
    assert halt.cause.startswith("MISSING_AT_BROKER")


async def test_an_unsent_order_the_venue_has_halts(store: SqliteStore) -> None:
    await approved_run(store)
    opened = await submitted(store, make_order())
    await store.close_submit([closed(opened, 0, SendOutcome.NOT_SENT)], b"", now=OPEN)

    shown = report(make_order(), VenueStatus.REPORTED, 1)
    change = await store.apply_news([shown], [], [], {}, now=OPEN)

    assert change.holds == ("FOUND_WITHOUT_SEND",)
    assert [halt.kind for halt in await store.halts()] == ["HALT"]


async def test_notes_and_movements_can_be_asked_for(store: SqliteStore) -> None:
    assert await store.latest_note("ARMED") is None
    await store.note("ARMED", {"digits": "0001"}, actor="li", now=OPEN)
    await store.note("ARMED", {"digits": "0002"}, actor="wang", now=CLOSE)
    early = Movement("m1", "DEPOSIT", None, 0, Decimal(5), SIGNAL, "")
    late = Movement("m2", "DIVIDEND", BANK, 0, Decimal("1.23"), SESSION, "除权除息")
    await store.apply_news([], [], [early, late], {}, now=OPEN)

    note = await store.latest_note("ARMED")

    assert note is not None
    assert (note.detail, note.actor, note.at) == ({"digits": "0002"}, "wang", CLOSE)
    assert await store.movements_from(SESSION) == (late,)
    assert await store.movements_from(SIGNAL) == (early, late)


async def test_two_processes_cannot_take_the_same_epoch(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    identity = Identity(Stamp("paper", ENDPOINT, ACCOUNT), 1, "boot", KEY)
    database = await Database.open(path, clock=TickingClock())
    twin = LeasedDatabase(database, TickingClock(), identity)
    try:
        async with opened_store(path) as first:
            assert first.epoch == 1
            with pytest.raises(StaleEpoch, match="taken by another"):
                await twin.acquire("twin", "here")
    finally:
        await twin.close()


async def test_open_orders_are_read_again_after_any_write(
    tmp_path: Path,
    store: SqliteStore,
) -> None:
    await approved_run(store)
    await store.create_orders([make_order()])
    assert await store.open_orders() == (make_order(),)
    assert await store.open_orders() is await store.open_orders()

    await store.never_send([make_order().client_order_id], Reason.CUT_OFF, now=OPEN)
    assert await store.open_orders() == ()

    connection = sqlite3.connect(tmp_path / "a.sqlite")
    connection.execute("UPDATE orders SET send_state = 'PLANNED', reject_code = NULL")
    connection.commit()
    connection.close()
    assert await store.open_orders() == (make_order(),)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (orders.FINDABLE, "orders_open"),
        (manual.LOCKED_BY_MANUAL, "orders_manual"),
        ("SELECT sequence FROM wire WHERE outcome IS NULL ORDER BY sequence", "wire_open"),
    ],
)
async def test_polls_read_the_partial_indexes(
    store: SqliteStore,
    tmp_path: Path,
    query: str,
    index: str,
) -> None:
    await store.note("x", {}, actor="a", now=OPEN)
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    try:
        marks = query.count("?")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("600000.SH",) * marks)
        assert any(index in row[3] for row in plan)
    finally:
        connection.close()
