"""From its pack alone a run comes out again: plan, book and artifacts, byte for byte."""

import json
from dataclasses import replace
from typing import Any

from daemon.archive.document import as_bytes
from daemon.archive.pack import Pack, pack_of, record_in
from daemon.archive.replaying import UNRECORDED, planned_in, replay
from storage.run_record import Row, RunRecord
from tests.support.packed import MADE_AT


def with_rows(pack: Pack, table: str, *rows: Row) -> Pack:
    """Return the pack with other rows of a table, the chain left as it is."""
    record = record_in(pack)
    changed = replace(record, rows={**record.rows, table: rows})
    return pack_of(changed, pack.artifacts(), (), MADE_AT)


def events_of(record: RunRecord, kind: str) -> list[dict[str, Any]]:
    return [dict(row) for row in record.rows["events"] if row["subject_kind"] == kind]


def changed_events(pack: Pack, kind: str, **changes: object) -> Pack:
    """Return the pack with facts of the events of one kind changed in their detail."""
    rows = []
    for row in record_in(pack).rows["events"]:
        if row["subject_kind"] == kind:
            detail = {**json.loads(str(row["detail"])), **changes}
            rows.append({**row, "detail": json.dumps(detail)})
        else:
            rows.append(dict(row))
    return with_rows(pack, "events", *rows)


def with_evidence(pack: Pack, key: str, content: bytes) -> Pack:
    record = record_in(pack)
    evidence = {**record.blobs["evidence"], key: content}
    blobs = {**record.blobs, "evidence": evidence}
    return pack_of(replace(record, blobs=blobs), pack.artifacts(), (), MADE_AT)


def test_everything_comes_out_as_it_was(pack: Pack) -> None:
    done = replay(pack)

    assert done.differences == []
    assert done.plan_hashes == [record_in(pack).run()["plan_hash"]]
    assert set(done.artifacts) == pack.artifacts().keys()
    assert len(done.artifacts) == 5
    assert done.events == 12
    assert done.others == []


def test_another_price_is_another_plan_and_the_first_difference_says_where(pack: Pack) -> None:
    event = events_of(record_in(pack), "PLAN")[0]
    key = str(event["evidence_sha256"])
    document = json.loads(record_in(pack).blobs["evidence"][key])
    document["inputs"]["snapshot"]["funds"]["available"] = "500000"
    first, *_ = replay(with_evidence(pack, key, as_bytes(document))).differences

    assert first.file == "plan.json"
    assert first.field
    assert first.recorded != first.replayed


def test_a_plan_of_which_nothing_was_kept_is_said_to_be_one(pack: Pack) -> None:
    record = record_in(pack)
    rows = [
        {**row, "evidence_sha256": None} if row["subject_kind"] == "PLAN" else dict(row)
        for row in record.rows["events"]
    ]
    (difference,) = replay(with_rows(pack, "events", *rows)).differences

    assert difference.replayed == UNRECORDED
    assert planned_in(replace(record, rows={**record.rows, "events": tuple(rows)})) == {}


def test_an_unreadable_document_is_said_to_be_one(pack: Pack) -> None:
    key = str(events_of(record_in(pack), "PLAN")[0]["evidence_sha256"])
    (difference,) = [
        one
        for one in replay(with_evidence(pack, key, b'{"version":9}')).differences
        if one.file == "plan.json"
    ]

    assert "version 9" in str(difference.replayed)


def test_other_input_bytes_are_another_portfolio(pack: Pack) -> None:
    record = record_in(pack)
    csv = str(record.rows["inputs"][0]["csv_sha256"])
    blobs = {**record.blobs, "input_blob": {**record.blobs["input_blob"], csv: b"ts_code\n"}}
    first, *_ = replay(
        pack_of(replace(record, blobs=blobs), pack.artifacts(), (), MADE_AT)
    ).differences

    assert (first.file, first.field) == ("inputs", "portfolio")


def test_a_row_that_says_otherwise_than_the_evidence_is_found(pack: Pack) -> None:
    orders = [dict(row) for row in record_in(pack).rows["orders"]]
    orders[0]["filled_amount_e4"] = 1
    (difference,) = replay(with_rows(pack, "orders", *orders)).differences

    assert (difference.file, difference.row) == ("orders", orders[0]["client_order_id"])
    assert difference.field == "filled_amount_e4"
    assert difference.recorded != difference.replayed


def test_a_fill_that_was_told_otherwise_changes_the_book_and_the_artifacts(pack: Pack) -> None:
    differing = replay(changed_events(pack, "FILL", price_e4=1)).differences

    assert {"fills", "broker_fills_" + pack.run_id + ".parquet"} <= {one.file for one in differing}


def test_a_lost_fill_and_a_fill_too_many_are_found(pack: Pack) -> None:
    rows = record_in(pack).rows["fills"]

    assert replay(with_rows(pack, "fills")).differences[0].recorded is None
    twice = replay(with_rows(pack, "fills", *rows, *rows))
    assert twice.differences[0].replayed is None


def test_an_artifact_made_from_another_head_differs_in_its_fields(pack: Pack) -> None:
    event = next(
        row
        for row in events_of(record_in(pack), "ARTIFACT")
        if json.loads(row["detail"])["form"] == "PLAN_RECEIPT"
    )
    facts = json.loads(event["detail"])["facts"]
    facts["head"]["champion_id"] = "somebody_else"
    rows = [
        {**row, "detail": json.dumps({**json.loads(str(row["detail"])), "facts": facts})}
        if row["sequence"] == event["sequence"]
        else dict(row)
        for row in record_in(pack).rows["events"]
    ]
    (difference,) = replay(with_rows(pack, "events", *rows)).differences

    assert difference.file == event["subject"]
    assert difference.field == "active_champion_id"
    assert difference.replayed == "somebody_else"


def test_a_file_that_nothing_makes_again_is_named_apart(pack: Pack) -> None:
    done = replay(changed_events(pack, "ARTIFACT", form="OTHER"))

    assert set(done.others) == set(pack.artifacts())
    assert done.artifacts == []


def test_an_artifact_that_lies_elsewhere_is_compared_by_its_hash(pack: Pack) -> None:
    differing = replay(changed_events(pack, "ARTIFACT", sha256="0" * 64)).differences

    assert {one.field for one in differing} == {"sha256"}


def test_an_artifact_whose_plan_is_not_there_is_a_difference(pack: Pack) -> None:
    facts = {"plan_hash": "0" * 64, "shares_added": {}, "head": {}}
    differing = replay(changed_events(pack, "ARTIFACT", facts=facts)).differences

    assert differing
