import json
from typing import Any

import pytest

from tests.daemon.cli.conftest import TinyDaemon


@pytest.mark.parametrize(
    ("words", "target", "body", "said"),
    [
        (
            ("adopt", "600000.SH", "500"),
            "/v1/adopt",
            {"ts_code": "600000.SH", "quantity": 500, "owner": "ours"},
            "600000.SH 500 is ours",
        ),
        (
            ("adopt", "600000.SH", "0", "--foreign"),
            "/v1/adopt",
            {"ts_code": "600000.SH", "quantity": 0, "owner": "foreign"},
            "600000.SH 0 is foreign",
        ),
        (
            ("resume", "--reason", "no doubt", "--by", "wang"),
            "/v1/resume",
            {"reason": "no doubt", "by": "wang"},
            "resumed: sending is active",
        ),
        (
            ("arm-live", "1234"),
            "/v1/arm-live",
            {"digits": "1234", "champion": ""},
            "armed for today",
        ),
        (
            ("arm-live", "1234", "--champion", "new"),
            "/v1/arm-live",
            {"digits": "1234", "champion": "new"},
            "armed for today",
        ),
        (("reconcile",), "/v1/reconcile", {}, "0 breaks"),
    ],
)
def test_a_verb_posts_what_was_typed_and_says_what_it_did(
    tiny_daemon: TinyDaemon, words: tuple[str, ...], target: str, body: Any, said: str
) -> None:
    tiny_daemon.says({"breaks": 0, "grade": "active"})

    done = tiny_daemon.run(*words)

    assert done.exit_code == 0, done.output
    assert tiny_daemon.asked == [("POST", target, body)]
    assert done.stdout.startswith(said)


def test_resuming_needs_a_reason_and_adopting_a_count(tiny_daemon: TinyDaemon) -> None:
    assert tiny_daemon.run("resume", "--by", "wang").exit_code == 2
    assert tiny_daemon.run("resume", "--reason", "no doubt").exit_code == 2
    assert tiny_daemon.run("adopt", "600000.SH", "-5").exit_code == 2
    assert tiny_daemon.run("adopt", "600000.SH", "1.5").exit_code == 2
    assert tiny_daemon.asked == []


def test_each_difference_is_told_with_its_cause_and_age(tiny_daemon: TinyDaemon) -> None:
    lock = {
        "kind": "POSITION",
        "ts_code": "600000.SH",
        "ours": "1000",
        "theirs": "900",
        "cause": "UNKNOWN",
        "since": "2025-11-10T15:10:00+08:00",
    }
    known = {**lock, "kind": "CASH", "ts_code": None, "ours": "", "cause": "FEE_CORRECTION"}
    tiny_daemon.says({"breaks": 1, "differences": {"breaks": [lock], "explained": [known]}})

    lines = tiny_daemon.run("reconcile").stdout.splitlines()

    assert lines[0] == "1 breaks"
    assert lines[1].startswith("locks      POSITION  600000.SH  ours 1000 theirs 900  UNKNOWN  ")
    assert lines[1].endswith("since 2025-11-10T15:10:00+08:00")
    assert lines[2].startswith("explained  CASH  account  ours - theirs 900  FEE_CORRECTION")


def test_breaks_end_with_70_after_they_are_told(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"breaks": 2})

    done = tiny_daemon.run("reconcile", "--json")

    assert done.exit_code == 70
    assert json.loads(done.stdout) == {"breaks": 2}
