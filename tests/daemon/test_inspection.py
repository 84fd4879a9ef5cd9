"""A record is held against everything that is at hand, and nothing else."""

import json
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from daemon.inspection import Exhibits, ExhibitUnreadable, inspect
from storage import anchors
from storage.anchors import Anchor
from tests.daemon.test_metrics_check import counted
from tests.support.book import KEY, opened_store
from tests.support.full_book import fill_the_book
from tests.support.full_ledger import ledger


async def filled(path: Path) -> None:
    async with opened_store(path) as store:
        await fill_the_book(store)


async def test_a_sound_record_with_everything_at_hand_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    await filled(path)

    found = inspect(
        Exhibits(
            path,
            anchors=tmp_path / "anchors.jsonl",
            approval_key=KEY,
            ledger=json.dumps(ledger()).encode(),
            artifacts=tmp_path,
            canaries=("canary-1",),
            searched=(tmp_path,),
        )
    )

    assert found == ()


async def test_each_exhibit_adds_its_own_invariants(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    await filled(path)
    anchors.append(tmp_path / "anchors.jsonl", anchors.sealed(KEY, Anchor(9999, "0", 1, "")))
    emptied = {**ledger(), "fills": []}
    metrics = counted(buys=5)

    def broken(exhibits: Exhibits) -> set[str]:
        return {violation.invariant for violation in inspect(exhibits)}

    assert broken(Exhibits(path)) == set()
    assert broken(Exhibits(path, approval_key=bytes(32))) == {"I4"}
    assert broken(Exhibits(path, anchors=tmp_path / "anchors.jsonl")) == {"I14"}
    assert broken(Exhibits(path, ledger=json.dumps(emptied).encode())) == {"I8"}
    assert broken(Exhibits(path, metrics=generate_latest(metrics.registry).decode())) == {"I27"}
    assert broken(Exhibits(path, canaries=("wang",))) == {"I28"}


async def test_whatever_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    await filled(path)
    broken_anchors = tmp_path / "anchors.jsonl"
    broken_anchors.write_bytes(b"x\n")

    for exhibits in (
        Exhibits(tmp_path / "none.sqlite"),
        Exhibits(path, anchors=broken_anchors),
        Exhibits(path, ledger=b"{}"),
        Exhibits(path, metrics=""),
    ):
        with pytest.raises(ExhibitUnreadable):
            inspect(exhibits)
