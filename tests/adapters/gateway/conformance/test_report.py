from adapters.gateway.conformance.catalogue import CASES
from adapters.gateway.conformance.report import line_of, object_of, page, sentence_of, summary_of
from adapters.gateway.conformance.verdict import CaseResult, Verdict
from tests.support.project import ROOT

PAGE = ROOT / "docs" / "conformance.md"
RESULTS = (
    CaseResult("C01", "health", "it answers", Verdict.PASS),
    CaseResult("C13", "session", "it ends", Verdict.SKIP, "too long"),
    CaseResult("C44", "submission", "lots", Verdict.FAIL, "it was accepted"),
)


def test_the_page_is_the_one_the_cases_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m adapters.gateway.conformance.report > docs/conformance.md"
    )
    assert page().count("\n| C") == len(CASES)


def test_a_line_names_number_group_verdict_title_and_reason() -> None:
    assert line_of(RESULTS[0]) == "C01   health       PASS  it answers"
    assert line_of(RESULTS[2]) == "C44   submission   FAIL  lots: it was accepted"


def test_a_run_counts_what_passed_failed_and_was_skipped() -> None:
    assert sentence_of(RESULTS) == "3 cases: 1 passed, 1 failed, 1 skipped (C44 failed)"
    assert sentence_of(RESULTS[:2]) == "2 cases: 1 passed, 0 failed, 1 skipped"
    assert summary_of(RESULTS)["failures"] == ["C44"]


def test_a_case_in_json_has_its_reason() -> None:
    assert object_of(RESULTS[1]) == {
        "number": "C13",
        "group": "session",
        "title": "it ends",
        "verdict": "SKIP",
        "reason": "too long",
    }
