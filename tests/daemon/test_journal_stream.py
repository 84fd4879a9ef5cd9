import os

import pytest

from daemon.journal_stream import end, is_journal


def stderr_stream() -> str:
    there = os.fstat(2)
    return f"{there.st_dev}:{there.st_ino}"


def test_only_the_stream_that_is_stderr_is_the_journal() -> None:
    assert is_journal({"JOURNAL_STREAM": stderr_stream()})
    assert not is_journal({"JOURNAL_STREAM": "1:1"})
    assert not is_journal({})


def test_the_last_words_are_an_error_of_the_journal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    assert end("a: wrong\nb: wrong", 78) == 78
    monkeypatch.setenv("JOURNAL_STREAM", stderr_stream())
    end("a: wrong\nb: wrong", 78)

    plain = "sage-execd: a: wrong\nb: wrong\n"
    assert capsys.readouterr().err == plain + "<3>sage-execd: a: wrong\n<3>b: wrong\n"
