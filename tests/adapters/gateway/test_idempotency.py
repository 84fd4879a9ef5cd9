import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from adapters.gateway.idempotency import Claim, IdempotencyStore

DAY = date(2025, 11, 10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[IdempotencyStore]:
    opened = await IdempotencyStore.open(tmp_path / "gateway.sqlite")
    yield opened
    await opened.close()


async def test_an_id_is_claimed_once_and_then_uncertain_until_settled(
    store: IdempotencyStore,
) -> None:
    first = await store.reserve("A", {"id": "digest"}, DAY)
    second = await store.reserve("A", {"id": "digest"}, DAY)
    await store.settle("A", {"id": "result"}, ())
    third = await store.reserve("A", {"id": "digest"}, DAY)

    claims = [reservations["id"].claim for reservations in (first, second, third)]
    assert claims == [Claim.NEW, Claim.UNCERTAIN, Claim.REPLAY]
    assert third["id"].result == "result"


async def test_another_digest_conflicts_whatever_became_of_the_first(
    store: IdempotencyStore,
) -> None:
    await store.reserve("A", {"id": "digest"}, DAY)
    unsettled = await store.reserve("A", {"id": "other"}, DAY)
    await store.settle("A", {"id": "result"}, ())
    settled = await store.reserve("A", {"id": "other"}, DAY)

    assert [unsettled["id"].claim, settled["id"].claim] == [Claim.CONFLICT, Claim.CONFLICT]


async def test_accounts_do_not_share_ids(store: IdempotencyStore) -> None:
    await store.reserve("A", {"id": "digest"}, DAY)

    assert (await store.reserve("B", {"id": "other"}, DAY))["id"].claim is Claim.NEW


async def test_a_released_id_is_free_and_a_settled_one_cannot_be_released(
    store: IdempotencyStore,
) -> None:
    await store.reserve("A", {"free": "digest", "kept": "digest"}, DAY)
    await store.settle("A", {"kept": "result"}, ["free"])
    await store.settle("A", {}, ["kept"])

    again = await store.reserve("A", {"free": "other", "kept": "digest"}, DAY)

    assert again["free"].claim is Claim.NEW
    assert again["kept"].claim is Claim.REPLAY


async def test_epochs_rise_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    epochs = []
    for _ in range(3):
        store = await IdempotencyStore.open(path)
        epochs.append((store.session_epoch("A"), await store.next_session_epoch("A")))
        await store.close()

    assert epochs == [(0, 1), (1, 2), (2, 3)]


async def test_orders_are_counted_by_day(store: IdempotencyStore) -> None:
    await store.reserve("A", {"one": "digest", "two": "digest"}, DAY)
    await store.reserve("A", {"three": "digest"}, date(2025, 11, 11))

    assert await store.orders_on("A", DAY) == 2


async def test_a_claim_is_on_disk_before_the_call_returns(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    store = await IdempotencyStore.open(path)
    await store.reserve("A", {"id": "digest"}, DAY)

    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
        rows = reader.execute("SELECT client_order_id, result FROM reservation").fetchall()
    reader.close()
    await store.close()

    assert rows == [("id", None)]


async def test_a_claim_waits_for_the_disk(tmp_path: Path) -> None:
    store = await IdempotencyStore.open(tmp_path / "gateway.sqlite")
    settings = await store._transaction(
        lambda: [
            store._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode")
        ],
    )
    await store.close()

    assert settings == [2, "wal"]


async def test_a_cancelled_caller_leaves_no_open_transaction(store: IdempotencyStore) -> None:
    for number in range(50):
        task = asyncio.create_task(store.reserve("A", {f"id{number}": "digest"}, DAY))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert (await store.reserve("A", {"last": "digest"}, DAY))["last"].claim is Claim.NEW
    assert await store.orders_on("A", DAY) == 51


async def test_a_file_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()

    with pytest.raises(sqlite3.OperationalError):
        await IdempotencyStore.open(tmp_path / "missing" / "gateway.sqlite")
    for thread in threading.enumerate():
        if thread.name.startswith("idempotency"):
            thread.join(timeout=10)

    assert threading.active_count() == before


async def test_a_failing_transaction_changes_nothing(store: IdempotencyStore) -> None:
    def fail() -> None:
        store._connection.execute("INSERT INTO session VALUES ('A', 7)")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await store._transaction(fail)

    assert await store.next_session_epoch("A") == 1
