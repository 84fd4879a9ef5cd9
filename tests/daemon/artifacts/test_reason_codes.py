from pathlib import Path

from daemon.artifacts.reason_codes import reason_codes_page
from statemachine.reason_texts import alerts
from statemachine.reasons import Reason

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reason-codes.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == reason_codes_page(), (
        "run: python -m daemon.artifacts.reason_codes > docs/reason-codes.md"
    )


def test_the_page_has_one_row_a_reason_and_one_an_alert() -> None:
    rows = [line for line in reason_codes_page().splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == [
        *(reason.value for reason in Reason),
        *alerts.TEXTS,
    ]
    assert {row.count("|") for row in rows} == {5}
