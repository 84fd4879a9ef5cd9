import pytest

from daemon.rehearsal.rehearse import Rehearsal
from daemon.rehearsal.results import RunResult, result_of
from tests.daemon.rehearsal.given import Json, played, shown_order, shown_run, summary


def result(**changes: object) -> RunResult:
    content = {**summary(), "ledger_match": True, "restarts": 0, "artifacts": [], **changes}
    return RunResult(content, [], ())


def test_a_result_is_the_summary_and_what_only_the_rehearsal_knows() -> None:
    shown = shown_run([shown_order(0)])

    found = result_of(played(shown, restarts=3))

    assert found.content == {
        **summary(),
        "ledger_match": True,
        "restarts": 3,
        "artifacts": ["broker_submit_20251107_180110.json"],
    }
    assert found.orders == shown["orders"]
    assert not found.is_faulty


def test_books_that_differ_are_told_and_are_a_fault() -> None:
    found = result_of(played(shown_run(), "cash: 2 is explained, the venue has 1"))

    assert found.content["ledger_match"] is False
    assert found.ledger_differences == ("cash: 2 is explained, the venue has 1",)
    assert found.is_faulty


@pytest.mark.parametrize(
    "changes",
    [
        {"breaks": [{"kind": "CASH"}]},
        {"ledger_match": False},
        {"status": "FAILED_BATCH"},
        {"status": "NEEDS_BASELINE"},
        {"status": "WORKING"},
        {"status": "EXPIRED"},
    ],
)
def test_anything_broken_unequal_failed_or_unfinished_is_a_fault(changes: Json) -> None:
    assert result(**changes).is_faulty
    assert Rehearsal((result(), result(**changes))).exit_code == 70


def test_a_fault_weighs_more_than_a_refusal_and_a_refusal_more_than_nothing() -> None:
    sound, refused, faulty = result(), result(status="REFUSED"), result(status="WORKING")

    assert refused.is_refused
    assert not refused.is_faulty
    assert Rehearsal((sound,)).exit_code == 0
    assert Rehearsal((sound, refused)).exit_code == 65
    assert Rehearsal((refused, faulty, sound)).exit_code == 70


def test_a_run_completed_with_exceptions_is_sound() -> None:
    assert not result(status="COMPLETED_WITH_EXCEPTIONS").is_faulty
