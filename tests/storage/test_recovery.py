"""What a crash, a copy, or a second process does to the store."""

import asyncio
import hashlib
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from market.side import Side
from statemachine.events import VenueStatus
from statemachine.order import SendState
from statemachine.position import Movement
from statemachine.run import RunState
from storage.database import DatabaseFailure
from storage.sqlite_store import open_store
from storage.store import Conflict, Contradiction, SendOutcome, StaleEpoch, StampMismatch
from storage.verify import verify_file
from tests.support.book import (
    ACCOUNT,
    ENDPOINT,
    KEY,
    OPEN,
    RUN_ID,
    SESSION,
    VANKE,
    TickingClock,
    accepted,
    approved_run,
    closed,
    guard,
    make_fill,
    make_order,
    opened_store,
    report,
    submitted,
)


def crash_copy(path: Path, target: Path) -> Path:
    """Take the bytes of file and log as a kill leaves them: no close, no checkpoint."""
    target.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", target / f"{path.name}{suffix}")
    return target / path.name


async def test_a_crash_between_opening_and_closing_a_submit_is_unknown(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        sell = make_order(VANKE, Side.SELL, 500, "9.90")
        await store.create_orders([make_order(), sell])
        ids = (make_order().client_order_id, sell.client_order_id)
        await store.open_submit(ids, b"body", guard())
        copy = crash_copy(tmp_path / "a.sqlite", tmp_path / "copy")

    assert verify_file(copy) == ()
    async with opened_store(copy, instance_id="second") as reborn:
        assert await reborn.recover_open_wires(now=OPEN) == ids
        states = {order.send_state for order in await reborn.open_orders()}
        assert states == {SendState.UNKNOWN}
        assert await reborn.verify() == ()


async def test_a_crash_before_the_commit_leaves_nothing(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order()])
        copy = crash_copy(tmp_path / "a.sqlite", tmp_path / "copy")
        await store.open_submit([make_order().client_order_id], b"body", guard())

    async with opened_store(copy) as reborn:
        assert await reborn.recover_open_wires(now=OPEN) == ()
        assert [order.send_state for order in await reborn.open_orders()] == [SendState.PLANNED]


async def test_an_open_cancel_is_unknown_after_a_crash_and_the_order_lives_on(
    tmp_path: Path,
) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        order = await accepted(store, make_order())
        await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
        await store.open_cancel(order.client_order_id, now=OPEN)

        assert await store.recover_open_wires(now=OPEN) == (order.client_order_id,)

        (after,) = await store.open_orders()
        assert (after.state, after.cancel_outcome) == ("CANCEL_PENDING", "UNKNOWN")
        await store.open_cancel(order.client_order_id, now=OPEN)
        assert await store.verify() == ()


async def test_the_older_process_can_write_nothing_more(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as old:
        await approved_run(old)
        await old.create_orders([make_order()])
        async with opened_store(tmp_path / "a.sqlite", instance_id="second") as new:
            assert new.epoch == old.epoch + 1

            with pytest.raises(StaleEpoch, match="replaced by 2"):
                await old.open_submit([make_order().client_order_id], b"body", guard())
            with pytest.raises(StaleEpoch):
                await old.note("x", {}, actor="old", now=OPEN)

            await new.open_submit([make_order().client_order_id], b"body", guard())
            assert await new.verify() == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [("account", "B200"), ("mode", "live"), ("endpoint", "https://elsewhere")],
)
async def test_a_database_of_another_account_mode_or_endpoint_is_refused(
    tmp_path: Path,
    name: str,
    value: str,
) -> None:
    async with opened_store(tmp_path / "a.sqlite"):
        pass
    stamp = {"mode": "paper", "endpoint": ENDPOINT, "account": ACCOUNT} | {name: value}

    with pytest.raises(StampMismatch, match=value):
        await open_store(
            tmp_path / "a.sqlite",
            mode=stamp["mode"],
            endpoint=stamp["endpoint"],
            account=stamp["account"],
            instance_id="x",
            machine_clock=TickingClock(),
            approval_key=KEY,
        )
    async with opened_store(tmp_path / "a.sqlite") as store:
        assert store.epoch == 2


async def test_a_short_approval_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="5 bytes, not 32"):
        await open_store(
            tmp_path / "a.sqlite",
            mode="paper",
            endpoint=ENDPOINT,
            account=ACCOUNT,
            instance_id="x",
            machine_clock=TickingClock(),
            approval_key=b"short",
        )


async def test_an_approval_under_another_key_sends_nothing(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order()])

    other = await open_store(
        tmp_path / "a.sqlite",
        mode="paper",
        endpoint=ENDPOINT,
        account=ACCOUNT,
        instance_id="x",
        machine_clock=TickingClock(),
        approval_key=bytes(32),
    )
    try:
        with pytest.raises(Conflict, match="no valid approval"):
            await other.open_submit([make_order().client_order_id], b"body", guard())
        assert [found.invariant for found in await other.verify()] == ["I4"]
    finally:
        await other.close()


async def test_a_voided_approval_says_with_which_event(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.move_run(
            RUN_ID, RunState.HOLD_INPUT_CHANGED, cause="FILE_GONE", actor="daemon", now=OPEN
        )

    connection = sqlite3.connect(tmp_path / "a.sqlite")
    try:
        causes = connection.execute(
            "SELECT cause FROM approval JOIN events ON sequence = revoked_sequence"
        )
        assert causes.fetchall() == [("FILE_GONE",)]
    finally:
        connection.close()


async def test_cancelled_verbs_are_whole_or_absent(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        for number in range(100):
            noting = asyncio.ensure_future(
                store.halt("HALT", f"cause {number}", actor="wang", now=OPEN),
            )
            for _ in range(number % 5):
                await asyncio.sleep(0)
            noting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await noting

        written = await store.halts()
        assert len({halt.cause for halt in written}) == len(written) > 0
        assert await store.verify() == ()


async def test_a_poll_without_news_writes_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"

    def digest() -> str:
        content = path.read_bytes() + Path(f"{path}-wal").read_bytes()
        return hashlib.sha256(content).hexdigest()

    async with opened_store(path) as store:
        await approved_run(store)
        order = await accepted(store, make_order())
        shown = report(order, VenueStatus.PART_SUCC, 2, filled=300)
        foreign = replace(shown, client_order_id=None, venue_order_id="X1")
        fill = make_fill(order, 300)
        movement = Movement("m1", "DEPOSIT", None, 0, fill.amount, SESSION, "")
        news = ([shown, foreign], [fill], [movement], {"orders": "7"})
        await store.apply_news(*news, now=OPEN)
        before = digest()

        change = await store.apply_news(*news, now=OPEN)
        await store.set_line_statuses([], now=OPEN)
        await store.set_breaks([], now=OPEN)
        await store.recover_open_wires(now=OPEN)

        assert (change.orders, change.new_fills) == ((), ())
        assert digest() == before


async def test_changed_plan_rows_send_nothing(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order()])
        tamper(
            tmp_path / "a.sqlite",
            "DROP TRIGGER plan_lines_are_never_changed",
            "UPDATE plan_lines SET quantity_max = quantity_max + 100 WHERE ts_code = '600000.SH'",
        )

        with pytest.raises(Conflict, match="not what was approved"):
            await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_changed_plan_rows_leave_nothing_approved(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        plan = await approved_run(store)
        before = await store.standing_approvals(RUN_ID, plan.plan_hash, OPEN)
        tamper(
            tmp_path / "a.sqlite",
            "DROP TRIGGER plan_lines_are_never_changed",
            "UPDATE plan_lines SET quantity_max = quantity_max + 100 WHERE ts_code = '600000.SH'",
        )

        assert len(before) == 1
        assert await store.standing_approvals(RUN_ID, plan.plan_hash, OPEN) == ()
        assert await store.approved_plans(plan.session_date) == ()


async def test_an_order_edited_beyond_its_line_is_not_sent(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order()])
        tamper(tmp_path / "a.sqlite", "UPDATE orders SET quantity = 1100")

        with pytest.raises(Contradiction, match="1100 of 1000"):
            await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_a_plan_that_is_gone_sends_nothing(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order()])
        tamper(
            tmp_path / "a.sqlite",
            "DROP TRIGGER plan_is_never_deleted",
            "DELETE FROM plan",
        )

        with pytest.raises(Conflict, match="not what was approved"):
            await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_an_order_moved_to_another_day_is_not_sent(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order()])
        tamper(tmp_path / "a.sqlite", "UPDATE orders SET session_date = '2025-11-11'")

        with pytest.raises(Conflict, match="is for 2025-11-11"):
            await store.open_submit([make_order().client_order_id], b"body", guard())


async def test_orders_of_two_runs_are_no_batch(tmp_path: Path) -> None:
    first, second = make_order(), make_order(VANKE, Side.SELL, 500, "9.90")
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([first, second])
        tamper(
            tmp_path / "a.sqlite",
            f"UPDATE orders SET run_id = 'other' WHERE ts_code = '{VANKE}'",  # noqa: S608 - ours
        )

        with pytest.raises(Conflict, match="of one run"):
            await store.open_submit(
                [first.client_order_id, second.client_order_id], b"body", guard()
            )


async def test_a_wire_row_cannot_be_closed_under_another_order(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        opened = await submitted(store, make_order())
        result = closed(opened, 0, SendOutcome.UNKNOWN)

        with pytest.raises(Conflict, match="is not of"):
            await store.close_submit([replace(result, client_order_id="other")], b"", now=OPEN)

        assert await store.recover_open_wires(now=OPEN) == opened.client_order_ids


async def test_a_slice_has_each_leg_once_whatever_the_id(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        await store.create_orders([make_order(quantity=300)])
        twin = replace(make_order(quantity=300), client_order_id="S" + "A" * 20)

        with pytest.raises(Contradiction, match="this leg of its slice"):
            await store.create_orders([twin])

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        tamper(
            tmp_path / "a.sqlite",
            "CREATE TEMP TABLE twin AS SELECT * FROM orders",
            "UPDATE twin SET sequence = 99, client_order_id = 'S2'",
            "INSERT INTO orders SELECT * FROM twin",
        )


async def test_a_value_no_table_allows_is_found_in_the_live_file(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await store.halt("HALT", "why", actor="wang", now=OPEN)
        tamper(
            tmp_path / "a.sqlite",
            "PRAGMA ignore_check_constraints = ON",
            "UPDATE halts SET kind = 'OTHER'",
        )

        (found,) = await store.verify()

        assert found.invariant == "FILE"
        assert "halts" in found.detail


async def test_a_database_that_failed_refuses_every_verb(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "a.sqlite") as store:
        await approved_run(store)
        tamper(tmp_path / "a.sqlite", "DROP TABLE cursors")

        with pytest.raises(DatabaseFailure):
            await store.cursor("orders")
        with pytest.raises(DatabaseFailure):
            await store.run(RUN_ID)


def tamper(path: Path, *statements: str) -> None:
    """Change the database behind the store's back."""
    connection = sqlite3.connect(path)
    try:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()
