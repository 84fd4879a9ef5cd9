from adapters.intake.findings import NOTES_MAX, Findings
from statemachine.reasons import Reason


def test_notes_are_bounded_and_the_first_ones_stay() -> None:
    findings = Findings("portfolio_20251107.csv")
    for number in range(NOTES_MAX + 2):
        findings.note(Reason.NAME_MERGED, str(number))

    assert len(findings.notes) == NOTES_MAX
    assert findings.notes[0].endswith(": 0")
