"""A pair in a directory to its bytes and what they say, with and without a `.ready` file."""

import os
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.intake.files import list_inputs
from adapters.intake.pair import Unreadable
from adapters.intake.pairing import Pair, observe, pairs_of
from adapters.intake.taking import Changing, Taken, take_pair
from config.settings import IntakeSettings
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

READY_NAME = "portfolio_20251107.ready"
NOW = datetime(2025, 11, 7, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    for name, data in ((CSV_NAME, csv_bytes()), (CONTEXT_NAME, context_bytes())):
        (tmp_path / name).write_bytes(data)
        (tmp_path / name).chmod(0o640)
    return tmp_path


def sighted(inbox: Path) -> Pair:
    (pair,) = pairs_of(observe({}, list_inputs(inbox), NOW))
    return pair


def take(inbox: Path) -> Taken:
    taken = take_pair(inbox, sighted(inbox), IntakeSettings())
    assert isinstance(taken, Taken)
    return taken


def refused(inbox: Path) -> Unreadable:
    outcome = take(inbox).outcome
    assert isinstance(outcome, Unreadable)
    return outcome


def write_ready(inbox: Path, text: str) -> None:
    (inbox / READY_NAME).write_text(text, encoding="utf-8")
    (inbox / READY_NAME).chmod(0o640)


def line(name: str, data: bytes, mark: str = " ") -> str:
    return f"{sha256(data).hexdigest()} {mark}{name}\n"


def both_lines() -> str:
    return line(CSV_NAME, csv_bytes()) + line(CONTEXT_NAME, context_bytes(), "*")


def test_a_good_pair_is_taken_with_the_bytes_it_was_read_from(inbox: Path) -> None:
    taken = take(inbox)

    assert isinstance(taken.outcome, TargetPortfolio)
    assert (taken.csv, taken.context) == (csv_bytes(), context_bytes())


@pytest.mark.parametrize("text", ["", both_lines()])
def test_a_ready_file_that_is_empty_or_matches_changes_nothing(inbox: Path, text: str) -> None:
    plain = take(inbox).outcome
    write_ready(inbox, text)

    assert take(inbox).outcome == plain


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (line(CSV_NAME, b"other") + line(CONTEXT_NAME, context_bytes()), [1]),
        (line(CSV_NAME, csv_bytes()) + line(CONTEXT_NAME, b"other"), [2]),
        (line(CSV_NAME, csv_bytes()), [None]),
        (both_lines() + line("other.csv", b""), [3]),
        (both_lines() + both_lines(), [3, 4]),
        (both_lines().upper(), [1, 2]),
        (f"{both_lines()}\n", [3]),
        ("ready\n", [1]),
        ("\n", [1]),
        ("就绪\n", [1]),
    ],
)
def test_a_ready_file_that_contradicts_the_pair_refuses_it(
    inbox: Path, text: str, lines: list[int | None]
) -> None:
    write_ready(inbox, text)
    refusals = refused(inbox).refusals

    assert {(refusal.code, refusal.file) for refusal in refusals} == {
        (Reason.READY_MISMATCH, READY_NAME)
    }
    assert [refusal.line for refusal in refusals] == lines


def test_a_ready_file_of_a_megabyte_is_refused(inbox: Path) -> None:
    write_ready(inbox, "x" * 1_000_000)

    assert refused(inbox).refusals[0].code is Reason.FILE_TOO_LARGE


def test_files_that_may_not_be_read_refuse_the_pair_with_all_reasons(inbox: Path) -> None:
    (inbox / CSV_NAME).chmod(0o666)
    (inbox / CONTEXT_NAME).unlink()
    (inbox / CONTEXT_NAME).symlink_to(inbox / CSV_NAME)
    taken = take(inbox)

    assert isinstance(taken.outcome, Unreadable)
    assert [refusal.code for refusal in taken.outcome.refusals] == [
        Reason.FILE_PERMISSIONS,
        Reason.FILE_NOT_REGULAR,
    ]
    assert (taken.csv, taken.context) == (b"", b"")
    assert taken.outcome.run_id.startswith("20251107-")


def test_two_deliveries_that_were_not_read_are_two_runs(inbox: Path) -> None:
    (inbox / CSV_NAME).chmod(0o666)
    first = refused(inbox)
    assert refused(inbox).run_id == first.run_id

    (inbox / CSV_NAME).write_bytes(csv_bytes() + b"600000.SH,0.01\n")
    os.utime(inbox / CSV_NAME, ns=(0, 0))

    assert refused(inbox).run_id != first.run_id


def test_a_group_writable_file_is_noted_in_the_portfolio(inbox: Path) -> None:
    (inbox / CONTEXT_NAME).chmod(0o660)
    outcome = take(inbox).outcome

    assert isinstance(outcome, TargetPortfolio)
    assert outcome.notes == (f"FILE_GROUP_WRITABLE: {CONTEXT_NAME} can be written by its group",)


@pytest.mark.parametrize(
    "change",
    [
        lambda inbox: (inbox / CSV_NAME).write_bytes(csv_bytes() + b"x"),
        lambda inbox: (inbox / CONTEXT_NAME).unlink(),
    ],
)
def test_a_pair_that_changed_since_the_sweep_is_not_decided(
    inbox: Path, change: Callable[[Path], object]
) -> None:
    pair = sighted(inbox)
    change(inbox)
    outcome = take_pair(inbox, pair, IntakeSettings())

    assert isinstance(outcome, Changing)
    assert outcome.refusal.code is Reason.PAIR_INCOMPLETE


def test_half_a_pair_is_a_mistake_of_the_caller(inbox: Path) -> None:
    (inbox / CONTEXT_NAME).unlink()

    with pytest.raises(ValueError, match="incomplete"):
        take_pair(inbox, sighted(inbox), IntakeSettings())
