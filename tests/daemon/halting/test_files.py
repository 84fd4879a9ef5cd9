import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.halting.files import BY_HAND, Grade, HaltFiles, HaltNote

NOON = datetime(2025, 11, 10, 4, 0, tzinfo=UTC)
NOTE = HaltNote(by="wang", reason="looks wrong", at=NOON, way="command")


def _empty(path: Path) -> None:
    path.touch()


def _unreadable(path: Path) -> None:
    path.write_bytes(b"\xff\x00 nothing of ours")
    path.chmod(0)


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "in it").touch()


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


BY_HANDS = [_empty, _unreadable, _folder, _dangling, _pipe]


def test_without_a_file_everything_may_be_sent(tmp_path: Path) -> None:
    assert HaltFiles(tmp_path).grade() is Grade.ACTIVE
    assert not HaltFiles(tmp_path).cancels_wanted()
    assert HaltFiles(tmp_path).remove() == ()


@pytest.mark.parametrize("make", BY_HANDS)
def test_whatever_is_named_halt_halts_cancels_and_is_told_by_its_owner(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "HALT")
    files = HaltFiles(tmp_path)

    assert files.grade() is Grade.HALTED
    assert files.cancels_wanted()
    note = files.note(Grade.HALTED)
    assert (note.reason, note.way, note.is_by_hand) == ("HALT file", BY_HAND, True)
    assert files.remove() == (note,)
    assert files.grade() is Grade.ACTIVE


@pytest.mark.parametrize("moment_s", [99_999_999_999_999, -99_999_999_999_999, 2**63])
def test_a_time_that_no_calendar_has_halts_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment_s: int
) -> None:
    (tmp_path / "HALT").touch()
    seen = os.stat_result((0o100644, 1, 1, 1, os.getuid(), 0, 0, moment_s, moment_s, moment_s))
    monkeypatch.setattr(Path, "lstat", lambda _path: seen)
    files = HaltFiles(tmp_path)

    assert files.grade() is Grade.HALTED
    assert files.cancels_wanted()
    assert files.note(Grade.HALTED).at == datetime.fromtimestamp(0, UTC)


def test_a_place_that_cannot_be_looked_at_counts_as_halted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert HaltFiles(tmp_path / "file").grade() is Grade.HALTED
    note = HaltFiles(tmp_path / "file").note(Grade.HALTED)
    assert (note.by, note.at) == ("somebody", datetime.fromtimestamp(0, UTC))


def test_a_halt_says_who_and_why_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    assert HaltFiles(tmp_path / "new").place(Grade.HALTED, NOTE)

    assert HaltFiles(tmp_path / "new").note(Grade.HALTED) == NOTE
    assert (tmp_path / "new" / "HALT").stat().st_mode & 0o777 == 0o600


def test_a_full_halt_is_stricter_than_sells_only_and_both_go_together(tmp_path: Path) -> None:
    files = HaltFiles(tmp_path)
    files.place(Grade.REDUCE_ONLY, NOTE)
    assert (files.grade(), files.cancels_wanted()) == (Grade.REDUCE_ONLY, False)

    files.place(Grade.HALTED, NOTE)
    assert files.grade() is Grade.HALTED
    assert files.remove() == (NOTE, NOTE)
    assert files.grade() is Grade.ACTIVE


def test_a_halt_that_cancels_is_not_weakened_to_one_that_keeps(tmp_path: Path) -> None:
    files = HaltFiles(tmp_path)
    keeping = NOTE.model_copy(update={"keep_orders": True})

    files.place(Grade.HALTED, keeping)
    assert not files.cancels_wanted()
    files.place(Grade.HALTED, NOTE)
    files.place(Grade.HALTED, keeping)
    assert files.cancels_wanted()


@pytest.mark.parametrize("words", ["\udcff\ud800", "停" * 5000, "\x00" * 5000, "𠮷" * 5000])
def test_words_of_any_kind_are_kept_so_that_the_file_reads(tmp_path: Path, words: str) -> None:
    files = HaltFiles(tmp_path)
    note = HaltNote(by=words, reason=words, at=NOON, way="command", keep_orders=True)

    assert files.place(Grade.HALTED, note)

    assert files.note(Grade.HALTED) == note
    assert not files.cancels_wanted()


def test_what_a_full_disk_refuses_stands_in_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("daemon.halting.files.write_atomically", full)
    files = HaltFiles(tmp_path)

    assert not files.place(Grade.HALTED, NOTE)
    assert (files.grade(), files.note(Grade.HALTED)) == (Grade.HALTED, NOTE)
    assert files.remove() == (NOTE,)
    assert files.grade() is Grade.ACTIVE


def test_a_folder_made_by_hand_stays_as_it_is_and_is_moved_aside(tmp_path: Path) -> None:
    files = HaltFiles(tmp_path)
    for number in (1, 2):
        _folder(tmp_path / "HALT")
        assert files.place(Grade.HALTED, NOTE)
        files.remove()
        assert (tmp_path / f"HALT.removed-{number}" / "in it").exists()


def test_an_owner_without_a_login_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("daemon.halting.files.pwd.getpwuid", unknown)
    (tmp_path / "HALT").touch()

    assert HaltFiles(tmp_path).note(Grade.HALTED).by == str(os.getuid())
