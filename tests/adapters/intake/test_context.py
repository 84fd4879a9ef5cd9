from adapters.intake.context import read_context
from adapters.intake.findings import Findings
from statemachine.reasons import Reason
from tests.support.pairs import context_text


def test_a_number_beyond_what_a_decimal_holds_is_refused_by_its_field() -> None:
    text = context_text(target_exposure=0.5).replace("0.5", "1e99999999999999999999")
    findings = Findings("execution_context_20251107.json")

    context, _ = read_context(text.encode(), findings)

    assert context is None
    assert [(refusal.code, refusal.field) for refusal in findings.refusals] == [
        (Reason.CONTEXT_FIELD, "target_exposure")
    ]
