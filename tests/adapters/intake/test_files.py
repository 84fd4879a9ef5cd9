"""One safe read: what is checked is the open file, and odd files never reach the reader."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.intake import files
from adapters.intake.files import FileBytes, list_inputs, read_file, signature_of
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

NAME = "portfolio_20251107.csv"


def write(path: Path, data: bytes = b"abc", mode: int = 0o640) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def refused(path: Path, *, bytes_max: int = 100, owner_uids: tuple[int, ...] = ()) -> Refusal:
    outcome = read_file(path, bytes_max=bytes_max, owner_uids=owner_uids)
    assert isinstance(outcome, Refusal)
    assert outcome.file == path.name
    assert outcome.message.startswith(path.name)
    return outcome


def test_a_regular_file_of_ours_is_read_whole(tmp_path: Path) -> None:
    path = write(tmp_path / NAME)

    outcome = read_file(path, bytes_max=3)
    assert outcome == FileBytes(NAME, b"abc", signature_of(path.stat()))


def test_a_file_above_the_cap_is_refused_unread(tmp_path: Path) -> None:
    assert refused(write(tmp_path / NAME), bytes_max=2).code is Reason.FILE_TOO_LARGE


def test_a_sparse_file_of_100_mb_is_refused_by_its_size(tmp_path: Path) -> None:
    path = write(tmp_path / NAME)
    os.truncate(path, 100_000_000)

    assert refused(path).code is Reason.FILE_TOO_LARGE


def test_links_and_special_files_are_refused_without_waiting(tmp_path: Path) -> None:
    target = write(tmp_path / "target")
    (tmp_path / "symlink").symlink_to(target)
    (tmp_path / "hardlink").hardlink_to(target)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "directory").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))

        for name in ("symlink", "hardlink", "target", "fifo", "directory", "socket"):
            assert refused(tmp_path / name).code is Reason.FILE_NOT_REGULAR, name
    assert refused(Path("/dev/zero")).code is Reason.FILE_NOT_REGULAR


def test_a_world_writable_file_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path / NAME, mode=0o646)).code is Reason.FILE_PERMISSIONS


def test_a_group_writable_file_is_noted(tmp_path: Path) -> None:
    outcome = read_file(write(tmp_path / NAME, mode=0o660), bytes_max=9)

    assert isinstance(outcome, FileBytes)
    assert outcome.notes == (f"FILE_GROUP_WRITABLE: {NAME} can be written by its group",)


def test_a_file_of_another_owner_is_refused_unless_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / NAME)
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    monkeypatch.setattr(files, "_ROOT_UID", owner + 2)

    assert refused(path).code is Reason.FILE_PERMISSIONS
    assert isinstance(read_file(path, bytes_max=9, owner_uids=(owner,)), FileBytes)


def test_a_file_that_is_gone_is_an_incomplete_pair(tmp_path: Path) -> None:
    assert refused(tmp_path / NAME).code is Reason.PAIR_INCOMPLETE


def test_a_file_that_may_not_be_opened_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    refusal = refused(tmp_path / NAME)

    assert refusal.code is Reason.FILE_UNREADABLE
    assert refusal.message == f"{NAME}: cannot be opened: Permission denied"


def test_an_error_of_the_disk_while_reading_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    path = write(tmp_path / NAME)
    monkeypatch.setattr(os, "read", broken)

    assert refused(path).code is Reason.FILE_UNREADABLE


def test_a_file_that_grows_while_it_is_read_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / NAME)
    plain_read = os.read

    def read_while_growing(descriptor: int, size: int) -> bytes:
        with path.open("ab") as stream:
            stream.write(b"x")
        return plain_read(descriptor, size)

    monkeypatch.setattr(os, "read", read_while_growing)

    assert refused(path).code in {Reason.PAIR_INCOMPLETE, Reason.FILE_TOO_LARGE}


def test_a_file_replaced_since_it_was_sighted_is_not_taken(tmp_path: Path) -> None:
    path = write(tmp_path / NAME)
    seen = signature_of(path.stat())

    for other in (replace(seen, mtime_ns=1), replace(seen, size=9), replace(seen, inode=1)):
        outcome = read_file(path, bytes_max=9, expected=other)
        assert isinstance(outcome, Refusal)
        assert outcome.code is Reason.PAIR_INCOMPLETE
    assert isinstance(read_file(path, bytes_max=9, expected=seen), FileBytes)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = open_descriptors()
    path = write(tmp_path / NAME, mode=0o646)
    for _ in range(5):
        refused(path)
        refused(tmp_path)

    assert open_descriptors() == before


def test_the_listing_holds_inputs_only(tmp_path: Path) -> None:
    write(tmp_path / NAME)
    write(tmp_path / "broker_submit_20251107_093000.json")
    write(tmp_path / ".portfolio_20251107.csv")
    os.close(os.open(os.fsencode(tmp_path) + b"/portfolio_\xff.csv", os.O_CREAT, 0o600))

    assert list_inputs(tmp_path) == {NAME: signature_of((tmp_path / NAME).stat())}


def test_the_listing_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to(tmp_path / "nowhere")

    assert list_inputs(tmp_path) == {NAME: signature_of((tmp_path / NAME).lstat())}


def test_a_file_that_goes_away_during_the_listing_is_not_listed(tmp_path: Path) -> None:
    gone = write(tmp_path / NAME)
    with os.scandir(tmp_path) as entries:
        (entry,) = list(entries)
    gone.unlink()

    assert files._facts_or_gone(entry) is None


def test_a_listing_leaves_out_what_went_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / NAME)
    monkeypatch.setattr(files, "_facts_or_gone", lambda entry: None)

    assert list_inputs(tmp_path) == {}
