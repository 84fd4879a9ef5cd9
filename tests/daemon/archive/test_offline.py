"""Packs are made, walked and replayed with nothing but files."""

from pathlib import Path

import pytest

from daemon.archive.folders import write_folder
from daemon.archive.offline import audit_file, replay_file, what_if_file
from daemon.archive.pack import Pack, PackBroken, anchors_in
from storage import anchors
from tests.support.desk import KEY


@pytest.fixture
def place(pack: Pack, tmp_path: Path) -> Path:
    write_folder(tmp_path / "pack", pack.files)
    return tmp_path / "pack"


def test_a_pack_is_walked_with_anchors_and_key_from_elsewhere(
    pack: Pack, place: Path, tmp_path: Path
) -> None:
    for anchor in anchors_in(pack):
        anchors.append(tmp_path / "anchors.jsonl", anchor)
    (tmp_path / "approval.key").write_text(KEY.hex())
    (tmp_path / "another.key").write_text(bytes(32).hex())

    assert audit_file(place, tmp_path / "anchors.jsonl", tmp_path / "approval.key").findings == ()
    assert audit_file(place, None, tmp_path / "another.key").findings


def test_a_pack_is_replayed_and_planned_again(place: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("mode: paper\n")

    assert replay_file(place).differences == []
    assert what_if_file(place, settings).names == ()


def test_a_record_that_is_none_is_said_to_be_one(place: Path) -> None:
    (place / "chain" / "events.jsonl").write_text('{"sequence":1}\n')

    with pytest.raises(PackBroken):
        replay_file(place)


def test_what_cannot_be_opened_is_a_finding_and_no_replay(place: Path) -> None:
    (place / "link").symlink_to(place / "plan.json")

    assert len(audit_file(place, None, None).findings) == 1
    with pytest.raises(PackBroken):
        replay_file(place)
