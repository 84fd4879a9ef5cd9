import json
from pathlib import Path

import pytest

from daemon.actions import Person
from daemon.console.tokens import Tokens
from daemon.keys import KeyUnusable
from tests.fakes.fake_randomness import CountingRandomness
from tests.support.desk import WANG

LI = Person("li", 1001)


def tokens_in(folder: Path) -> Tokens:
    return Tokens(folder / "console_tokens.json", CountingRandomness())


def test_a_token_is_made_once_a_person_and_outlives_the_process(tmp_path: Path) -> None:
    first = tokens_in(tmp_path)
    ours, theirs = first.token_of(WANG), first.token_of(LI)

    assert first.token_of(WANG) == ours != theirs
    again = tokens_in(tmp_path)
    assert (again.person_of(ours), again.person_of(theirs)) == (WANG, LI)
    assert len(ours) == 64


def test_nobody_else_may_read_the_tokens(tmp_path: Path) -> None:
    tokens_in(tmp_path).token_of(WANG)

    assert (tmp_path / "console_tokens.json").stat().st_mode & 0o777 == 0o600


def test_a_fresh_token_voids_the_one_before(tmp_path: Path) -> None:
    tokens = tokens_in(tmp_path)
    before = tokens.token_of(WANG)
    after = tokens.token_of(WANG, fresh=True)

    assert tokens.person_of(before) is None
    assert tokens.person_of(after) == WANG


@pytest.mark.parametrize("given", ["", "0", "Ж" * 64, "0" * 63, " " * 64])
def test_anything_else_is_nobodys_token(tmp_path: Path, given: str) -> None:
    tokens = tokens_in(tmp_path)
    tokens.token_of(WANG)

    assert tokens.person_of(given) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}x",
        b"[1]",
        b'[{"name": "wang"}]',
        json.dumps([{"name": "wang", "uid": 1000, "token": ""}]).encode(),
    ],
)
def test_a_file_that_holds_no_tokens_logs_nobody_in(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "console_tokens.json").write_bytes(content)

    with pytest.raises(KeyUnusable, match=r"console_tokens\.json"):
        tokens_in(tmp_path)
