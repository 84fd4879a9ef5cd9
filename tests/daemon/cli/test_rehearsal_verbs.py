import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from daemon.cli.main import main
from daemon.cli.socket_client import DaemonRefused
from daemon.randomness import Randomness
from daemon.rehearsal import rehearse as rehearsing
from daemon.rehearsal.options import RehearsalOptions
from daemon.rehearsal.rehearse import Rehearsal
from daemon.rehearsal.results import RunResult, result_of
from daemon.rehearsal.sample import sample_directory
from tests.daemon.rehearsal.given import played, shown_run

SAMPLE = sample_directory()
RUNS = ("--runs", str(SAMPLE / "runs"), "--market", str(SAMPLE / "market"))


class Stagehand:
    """Stands in for a whole rehearsal: every pair ends at once."""

    def __init__(self) -> None:
        self.asked: list[RehearsalOptions] = []
        self.failure: Exception | None = None

    async def __call__(
        self,
        options: RehearsalOptions,
        _randomness: Randomness,
        say: Callable[[str], None],
        on_result: Callable[[RunResult], None],
    ) -> Rehearsal:
        self.asked.append(options)
        say("daemon pid 7")
        if self.failure is not None:
            raise self.failure
        result = result_of(played(shown_run()))
        on_result(result)
        return Rehearsal((result,))


@pytest.fixture
def stagehand(monkeypatch: pytest.MonkeyPatch) -> Stagehand:
    hand = Stagehand()
    monkeypatch.setattr(rehearsing, "rehearse", hand)
    return hand


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_json_is_one_object_a_run_on_stdout_and_the_talk_goes_to_stderr(
    stagehand: Stagehand, tmp_path: Path
) -> None:
    done = run("rehearse", *RUNS, "--out", str(tmp_path / "out"), "--json")

    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    content: dict[str, Any] = json.loads(line)
    assert content["ledger_match"] is True
    assert done.stderr == "daemon pid 7\n"


def test_a_person_reads_a_sentence_a_run(stagehand: Stagehand, tmp_path: Path) -> None:
    done = run("rehearse", *RUNS, "--out", str(tmp_path / "out"))

    assert done.stdout.startswith("20251107-0123456789ab  COMPLETED")


def test_what_is_typed_is_what_is_played(stagehand: Stagehand, tmp_path: Path) -> None:
    run(
        *("rehearse", *RUNS, "--out", str(tmp_path / "out"), "--cash", "500_000", "--seed", "3"),
        *("--no-approve-gaps", "--message-limit", "40", "--speed", "600"),
    )

    (options,) = stagehand.asked
    assert (str(options.cash), options.seed, str(options.speed)) == ("500000", 3, "600")
    assert (options.approve_gaps, options.messages_per_day) == (False, 40)
    assert [pair.portfolio.name for pair in options.pairs] == ["portfolio_20260116.csv"]


def test_the_demo_plays_the_bundled_week_again_and_again(
    stagehand: Stagehand, tmp_path: Path
) -> None:
    for _ in range(2):
        done = run("demo", "--out", str(tmp_path / "demo"))
        assert done.exit_code == 0, done.output

    assert "Run 20251107-0123456789ab" in done.stdout


def test_an_earlier_rehearsal_is_never_played_over(stagehand: Stagehand, tmp_path: Path) -> None:
    words = ("rehearse", *RUNS, "--out", str(tmp_path / "out"))
    assert run(*words).exit_code == 0

    again = run(*words)

    assert again.exit_code == 70
    assert "earlier rehearsal" in again.stderr
    assert len(stagehand.asked) == 1


def test_a_daemon_that_refuses_the_account_ends_with_a_sentence(
    stagehand: Stagehand, tmp_path: Path
) -> None:
    stagehand.failure = DaemonRefused(400, {"detail": "quantity is no count: many"})

    done = run("rehearse", *RUNS, "--out", str(tmp_path / "out"))

    assert done.exit_code == 70
    assert done.stderr.endswith("sage-execd: the daemon refused: quantity is no count: many\n")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--runs", str(SAMPLE / "runs"), "--portfolio", str(SAMPLE / "positions.csv")),
        ("--portfolio", str(SAMPLE / "positions.csv")),
        ("--context", str(SAMPLE / "positions.csv")),
        ("--portfolio", str(SAMPLE), "--context", str(SAMPLE)),
    ],
)
def test_a_pair_or_a_folder_of_runs_is_needed_and_not_both(
    stagehand: Stagehand, tmp_path: Path, words: tuple[str, ...]
) -> None:
    market = ("--market", str(SAMPLE / "market"), "--out", str(tmp_path / "out"))

    assert run("rehearse", *words, *market).exit_code == 2
    assert stagehand.asked == []


def test_nothing_to_play_is_told(stagehand: Stagehand, tmp_path: Path) -> None:
    done = run("rehearse", *RUNS, "--exclude", "20260116", "--out", str(tmp_path / "out"))

    assert done.exit_code == 70
    assert "was chosen" in done.stderr
