"""What the broker told gives the book again, whatever happened; and where it does not, it shows."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import BilledFees
from storage.reapply import Difference, reapplied
from storage.run_record import Row, RunRecord
from storage.store import SendOutcome, Store
from tests.contract.test_store_adoptions import (
    adopt,
    left_to_a_person,
    nameless,
    nameless_fill,
    told,
)
from tests.support.book import (
    OPEN,
    RUN_ID,
    STAR,
    VANKE,
    accepted,
    approved_run,
    make_fill,
    make_order,
    opened_store,
    report,
    submitted,
)
from tests.support.full_book import fill_the_book

SOLD = make_order(VANKE, Side.SELL, 300, "9.90")


async def record_of(store: Store) -> RunRecord:
    record = await store.run_record(RUN_ID)
    assert record is not None
    return record


def differences(record: RunRecord) -> list[Difference]:
    with reapplied(record) as book:
        return list(book.finish())


async def cancelled(store: Store, outcome: SendOutcome) -> None:
    await approved_run(store)
    order = await accepted(store, SOLD)
    await store.want_cancel(order.client_order_id, "STALE", now=OPEN)
    sequence = await store.open_cancel(order.client_order_id, now=OPEN)
    await store.close_cancel(sequence, outcome, "CODE", b"answer", now=OPEN)


@pytest.mark.parametrize("outcome", list(SendOutcome))
async def test_an_answered_cancel_is_answered_again(tmp_path: Path, outcome: SendOutcome) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await cancelled(store, outcome)

        assert differences(await record_of(store)) == []


async def test_a_send_that_a_dead_process_left_open_is_unknown_again(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await approved_run(store)
        await submitted(store, make_order(STAR, Side.BUY, 400))
        await store.recover_open_wires(now=OPEN)

        assert differences(await record_of(store)) == []


async def test_fees_that_were_billed_later_are_learnt_again(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await approved_run(store)
        order = await accepted(store, SOLD)
        fill = make_fill(order, 100, "1")
        await store.apply_news([], [replace(fill, fees=None)], [], {}, now=OPEN)
        billed = BilledFees(fill.price, fill.price, fill.price)
        await store.apply_news([], [replace(fill, fees=billed)], [], {}, now=OPEN)
        record = await record_of(store)

        assert {row["cause"] for row in record.rows["events"]} >= {"NEW", "FEES_LEARNT"}
        assert differences(record) == []


async def test_what_a_person_adopted_is_taken_as_he_did(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await left_to_a_person(store)
        await told(store, nameless(VenueStatus.PART_SUCC, 1, 200), fills=(nameless_fill(200),))
        await adopt(store)
        await told(store, nameless(VenueStatus.SUCCEEDED, 2, 500), fills=(nameless_fill(300, "2"),))

        assert differences(await record_of(store)) == []


async def test_several_reports_of_one_order_are_applied_in_turn(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        await approved_run(store)
        order = await accepted(store, SOLD)
        part = report(order, VenueStatus.PART_SUCC, 2, filled=100)
        await store.apply_news([part], [make_fill(order, 100, "1")], [], {}, now=OPEN)
        whole = report(order, VenueStatus.SUCCEEDED, 3, filled=300)
        await store.apply_news([whole], [make_fill(order, 200, "2")], [], {}, now=OPEN)

        assert differences(await record_of(store)) == []


def with_detail(record: RunRecord, cause: str, **changes: Any) -> RunRecord:
    """Return the record with the detail of events of one cause changed."""
    rows: list[Row] = []
    for row in record.rows["events"]:
        if row["cause"] == cause:
            detail = {**json.loads(str(row["detail"])), **changes}
            rows.append({**row, "detail": json.dumps(detail)})
        else:
            rows.append(row)
    return replace(record, rows={**record.rows, "events": tuple(rows)})


async def full(store: Store) -> RunRecord:
    await fill_the_book(store)
    return await record_of(store)


async def test_another_answer_than_the_one_that_was_taken_shows(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)
        found = differences(with_detail(record, "SUBMIT_CLOSED", message="another"))

    assert {one.file for one in found} <= {"events", "orders"}
    assert found


async def test_an_answer_that_cannot_have_come_shows(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)
        (first, *_) = differences(with_detail(record, "SUBMIT_CLOSED", wire=99))

    assert first.recorded is not None
    assert first.recorded.endswith("SUBMIT_CLOSED")
    assert first.replayed == "wire row 99 is no open SUBMIT"


async def test_an_event_that_nothing_makes_and_one_that_is_missing_show(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)
    last = [row for row in record.rows["events"] if row["cause"] == "FILL"][-1]
    without = tuple(row for row in record.rows["events"] if row is not last)
    (missing, *_) = differences(replace(record, rows={**record.rows, "events": without}))
    twice = sorted((*record.rows["events"], last), key=lambda row: int(row["sequence"] or 0))
    (more, *_) = differences(replace(record, rows={**record.rows, "events": tuple(twice)}))

    assert missing.recorded is None
    assert missing.row.startswith("after event")
    assert more.replayed is None
    assert more.recorded == "FILL"


async def test_a_row_that_is_missing_or_too_many_shows(tmp_path: Path) -> None:
    async with opened_store(tmp_path / "execd.sqlite") as store:
        record = await full(store)
    orders = record.rows["orders"]
    fewer = replace(record, rows={**record.rows, "fills": record.rows["fills"][:-1]})
    more = replace(record, rows={**record.rows, "orders": (*orders, orders[-1])})

    assert [one.recorded for one in differences(fewer)] == [None]
    assert [one.replayed for one in differences(more)] == [None]
