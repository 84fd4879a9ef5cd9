"""Whoever changes anything in a pack is found by walking it again, with nothing but the pack."""

import sqlite3
from dataclasses import replace

import pytest

from daemon.archive.checking import audit_pack
from daemon.archive.pack import ANCHORS, MANIFEST, Pack, anchors_in, opened, pack_of, record_in
from storage import anchors
from storage.run_record import check_record
from tests.daemon.archive.tamperings import forged, tamper, tamper_and_forge
from tests.support.desk import KEY
from tests.support.packed import MADE_AT

FEW, ALL = range(40), range(1000)


def unfound(pack: Pack, seeds: range) -> list[str]:
    """Play one tampering a seed; return those nobody would notice."""
    missed = []
    for seed in seeds:
        files, done = tamper(seed, dict(pack.files))
        if not audit_pack(files).findings:
            missed.append(f"{seed}: {done}")
    return missed


def unfound_forgeries(pack: Pack, seeds: range) -> list[str]:
    """Play one tampering a seed, with a manifest that agrees with it."""
    missed = []
    for seed in seeds:
        files, done = tamper_and_forge(seed, dict(pack.files))
        if not audit_pack(files).findings:
            missed.append(f"{seed}: {done}")
    return missed


def test_what_nobody_touched_has_no_finding(pack: Pack) -> None:
    audit = audit_pack(pack.files, anchors_in(pack), KEY)

    assert audit.findings == ()
    assert audit.run_id == pack.run_id
    assert audit.last > audit.first > 1
    assert audit.anchors == 1


def test_every_tampering_is_found(pack: Pack) -> None:
    assert unfound(pack, FEW) == []


def test_a_manifest_written_anew_hides_nothing_that_the_chain_seals(pack: Pack) -> None:
    assert unfound_forgeries(pack, FEW) == []


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_a_thousand_tamperings_are_found(pack: Pack) -> None:
    assert unfound(pack, ALL) == []
    assert unfound_forgeries(pack, ALL) == []


def test_a_pack_made_up_whole_contradicts_the_anchors_kept_elsewhere(pack: Pack) -> None:
    (anchor,) = anchors_in(pack)
    other = anchors.sealed(KEY, replace(anchor, hash="0" * 64))

    assert audit_pack(pack.files, (other,), KEY).findings
    assert audit_pack(pack.files, (replace(anchor, epoch=9),), KEY).findings
    assert not audit_pack(pack.files, (replace(anchor, epoch=9),)).findings


def test_an_artifact_that_was_bound_must_be_there(pack: Pack) -> None:
    name = next(name for name in pack.files if name.startswith("artifacts/"))
    files = {other: content for other, content in pack.files.items() if other != name}

    assert {found.file for found in audit_pack(forged(files)).findings} == {name}


def test_an_artifact_nobody_wrote_is_said_to_be_one(pack: Pack) -> None:
    files = forged({**pack.files, "artifacts/broker_orders_x.parquet": b"PAR1"})

    (found,) = audit_pack(files).findings
    assert found.detail == "was never written by this run"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format":1}', b'{"format":2}'])
def test_a_manifest_that_is_none_is_the_one_finding(pack: Pack, content: bytes) -> None:
    (found,) = audit_pack({**pack.files, MANIFEST: content}).findings
    assert found.file == MANIFEST


def test_without_a_manifest_there_is_no_pack() -> None:
    assert audit_pack({}).findings


def test_a_torn_line_of_rows_or_anchors_is_a_finding(pack: Pack) -> None:
    for name in ("rows/orders.jsonl", ANCHORS):
        assert audit_pack(forged({**pack.files, name: b'{"client'})).findings
        assert audit_pack(forged({**pack.files, name: b"[]\n"})).findings
        assert audit_pack(forged({**pack.files, name: b'{"x":1}\n'})).findings


def test_the_record_comes_out_of_the_pack_as_it_went_in(pack: Pack) -> None:
    record = record_in(pack)
    again = pack_of(record, pack.artifacts(), anchors_in(pack), MADE_AT)

    assert again.files == pack.files
    assert opened(again.files).manifest == pack.manifest
    assert check_record(record, KEY) == ()


def test_rows_no_database_could_hold_raise(pack: Pack) -> None:
    record = record_in(pack)
    odd = replace(record, rows={**record.rows, "orders": ({"no_such_column": 1},)})

    with pytest.raises(sqlite3.Error):
        check_record(odd)
