from pathlib import Path

import pytest

from daemon.keys import KEY_BYTES, KeyUnusable, approval_key
from tests.fakes.fake_randomness import CountingRandomness


def test_the_key_is_made_once_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "approval.key"
    dice = CountingRandomness()

    first = approval_key(path, dice)

    assert len(first) == KEY_BYTES
    assert approval_key(path, dice) == first
    assert dice.drawn == 1


def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    path = tmp_path / "approval.key"
    approval_key(path, CountingRandomness())

    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["approval.key"]


@pytest.mark.parametrize("content", [b"", b"\n", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff"])
def test_a_key_file_that_holds_no_key_is_never_signed_with(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "approval.key"
    path.write_bytes(content)

    with pytest.raises(KeyUnusable, match=r"approval\.key holds"):
        approval_key(path, CountingRandomness())

    assert path.read_bytes() == content
