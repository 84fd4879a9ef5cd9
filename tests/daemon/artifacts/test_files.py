import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.intake.names import part_of_name
from daemon.artifacts.files import (
    chart_path,
    fills_path,
    is_own_output,
    make_private_folder,
    orders_path,
    page_path,
    receipt_path,
    reconcile_path,
    write_atomically,
)

RUN_ID = "20260116-0123456789ab"
MOMENT = datetime(2026, 1, 19, 1, 31, 2, 345678, tzinfo=UTC)
OURS = (
    "broker_submit_20260119_093102.json",
    f"broker_orders_{RUN_ID}.parquet",
    f"broker_fills_{RUN_ID}.parquet",
    f"broker_reconcile_{RUN_ID}.json",
    f"broker_report_{RUN_ID}.html",
    f"broker_chart_weights_{RUN_ID}.png",
)


def test_a_file_is_replaced_as_a_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "broker_submit_x.json"
    path.write_bytes(b"an older and longer content")
    path.chmod(0o644)
    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_no_debris(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / OURS[0]
    path.write_bytes(b"old")

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_and_then_its_directory_are_synced(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(
        os,
        "fsync",
        lambda descriptor: synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode)),
    )
    write_atomically(tmp_path / OURS[0], b"new")

    assert synced == [False, True]


def test_the_leftover_of_a_crash_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / f".{OURS[0]}.partial").write_bytes(b"half of an ol")
    write_atomically(tmp_path / OURS[0], b"new")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / f".{OURS[0]}.partial").symlink_to(victim)

    with pytest.raises(OSError, match="symbolic"):
        write_atomically(tmp_path / OURS[0], b"new")
    assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize("name", [*OURS, *(f".{name}.partial" for name in OURS)])
def test_our_files_and_their_temporary_names_are_ours_and_never_input(name: str) -> None:
    assert is_own_output(name)
    assert part_of_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "portfolio_20260116.csv",
        "execution_context_20260116.json",
        "portfolio_20260116.ready",
        ".portfolio_20260116.csv.partial",
        "broker_submit_20260119_093102.json.bak",
        "broker_orders_.parquet",
        "xbroker_submit_20260119_093102.json",
    ],
)
def test_other_names_are_not_ours(name: str) -> None:
    assert not is_own_output(name)


def test_names_follow_the_house(tmp_path: Path) -> None:
    made = (
        receipt_path(tmp_path, MOMENT),
        orders_path(tmp_path, RUN_ID),
        fills_path(tmp_path, RUN_ID),
        reconcile_path(tmp_path, RUN_ID),
        page_path(tmp_path, RUN_ID),
        chart_path(tmp_path, RUN_ID, "weights"),
    )

    assert tuple(path.name for path in made) == OURS
    assert {path.parent for path in made} == {tmp_path}


def test_two_receipts_of_one_second_get_two_names(tmp_path: Path) -> None:
    receipt_path(tmp_path, MOMENT).touch()

    assert receipt_path(tmp_path, MOMENT).name == "broker_submit_20260119_093103.json"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_writes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 4711, 4712)

    make_private_folder(tmp_path / "inner")
    write_atomically(tmp_path / "inner" / "note", b"said")
    make_private_folder(tmp_path / "inner")

    for path in (tmp_path / "inner", tmp_path / "inner" / "note"):
        assert (path.stat().st_uid, path.stat().st_gid) == (4711, 4712)
    assert (tmp_path / "inner").stat().st_mode & 0o777 == 0o700


def test_whoever_is_not_root_gives_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "fchown", lambda *_: pytest.fail("gave it away"))

    make_private_folder(tmp_path / "inner")
    write_atomically(tmp_path / "inner" / "note", b"said")

    assert (tmp_path / "inner" / "note").read_bytes() == b"said"
