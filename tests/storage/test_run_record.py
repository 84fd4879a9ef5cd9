"""The record of one run, by itself: complete, restored, and held to the invariants."""

from pathlib import Path

from statemachine.order import OrderState
from storage.bindings import Artifact, Form
from storage.database import empty_database
from storage.reapply import events_of, is_told_by_the_broker, reapplied
from storage.run_record import RunRecord, check_record, record_of, restored
from storage.store import Store
from tests.support.book import KEY, OPEN, RUN_ID, opened_store
from tests.support.full_book import FILLED, fill_the_book

ARTIFACT = Artifact("broker_orders.parquet", "0" * 64, Form.ORDERS, 1, {"made": "from this"})


async def full(store: Store) -> RunRecord:
    await fill_the_book(store)
    record = await store.run_record(RUN_ID)
    assert record is not None
    return record


async def test_the_record_of_a_run_breaks_nothing_by_itself(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)

        assert check_record(record, KEY) == ()
        assert record.run()["run_id"] == RUN_ID
        assert len(record.rows["events"]) == record.last - record.first + 1
        assert await store.run_record("20251107-unknown") is None
        with restored(record) as connection:
            assert record_of(connection, RUN_ID) == record


async def test_answers_reports_and_fills_give_the_book_again(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)
        with reapplied(record) as book:
            created = next(event for event in events_of(record))
            assert list(book.advance(created.sequence)) == []
            assert [order.state for order in book.orders()] == [OrderState.NEW]
            assert list(book.finish()) == []
            assert book.orders() == await store.orders_of(RUN_ID)
            assert book.fills() == await store.fills_of(RUN_ID)
            assert book.applied == len(events_of(record))


async def test_what_the_venue_told_is_in_the_event_it_made(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)
        told = [event for event in events_of(record) if "report" in event.detail]

        assert {event.row["cause"] for event in told} == {"ACKNOWLEDGED", "CANCEL_CONFIRMED"}
        assert is_told_by_the_broker(told)
        assert not is_told_by_the_broker(events_of(record)[:1])


async def test_an_artifact_is_bound_to_the_chain_with_what_it_was_made_from(
    tmp_path: Path,
) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await fill_the_book(store)
        await store.bind_artifacts(RUN_ID, [ARTIFACT], now=OPEN, evidence=b"made from")
        record = await store.run_record(RUN_ID)

        assert await store.bound_artifacts(RUN_ID) == {ARTIFACT.name: ARTIFACT.sha256}
        assert record is not None
        assert b"made from" in record.blobs["evidence"].values()
        assert (await store.verify_since(None)).violations == ()


async def test_the_book_of_a_run_is_as_of_one_event(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await fill_the_book(store)
        book = await store.run_book(RUN_ID)

        assert book.sequence == await store.newest_event()
        assert book.orders == await store.orders_of(RUN_ID)
        assert FILLED.client_order_id in {fill.client_order_id for fill in book.fills}


def test_an_empty_database_has_our_tables_and_no_guards() -> None:
    with empty_database() as connection:
        kinds = {row[0] for row in connection.execute("SELECT type FROM sqlite_schema")}

    assert "table" in kinds
    assert "trigger" not in kinds
