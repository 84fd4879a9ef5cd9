"""What a plan was computed from is kept whole: the same plan comes of it, to the last character."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from daemon.archive.document import DocumentUnreadable
from daemon.archive.planning import Remainder, plan_document, planned_from
from daemon.planning.residual import residual_plan
from daemon.planning.sizing import plan_run
from statemachine.plan import Plan
from storage import documents
from tests.daemon.planning.builders import inputs, planned, position, target

BANK, VANKE = "600000.SH", "000002.SZ"
GIVEN = inputs(
    target(BANK, "0.30"),
    target(VANKE, "0.2500", industry=None),
    positions=[position("600028.SH", 5000)],
    owned={"600028.SH": 5000},
)


def test_the_same_plan_comes_of_the_document() -> None:
    plan = plan_run(GIVEN)
    again = planned_from(plan_document(GIVEN)).again()

    assert isinstance(plan, Plan)
    assert isinstance(again, Plan)
    assert documents.encode(documents.plan(), again) == documents.encode(documents.plan(), plan)


def test_equal_inputs_have_one_text() -> None:
    content = plan_document(GIVEN)

    assert plan_document(planned_from(content).inputs) == content


def test_a_residual_plan_comes_of_its_document() -> None:
    parent, evening = planned(plan_run(GIVEN)), replace(GIVEN, session_date=date(2025, 11, 11))
    plan = residual_plan(parent, (), {}, evening)
    document = plan_document(evening, Remainder.of(parent, (), {}, ()))

    assert isinstance(plan, Plan)
    assert planned_from(document).again() == plan


def test_other_inputs_are_another_plan() -> None:
    dearer = replace(GIVEN, owned={}, settings=GIVEN.settings)

    assert planned_from(plan_document(dearer)).again() != plan_run(GIVEN)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"version":2}', b'{"version":1}', b'{"version":1,"settings":{"x":1}}'],
)
def test_what_holds_no_inputs_is_said_to(content: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        planned_from(content)


def test_a_field_that_is_gone_is_said_to() -> None:
    content = plan_document(GIVEN).replace(b'"messages_used"', b'"messages_spent"')

    with pytest.raises(DocumentUnreadable):
        planned_from(content)


def test_decimals_keep_their_digits() -> None:
    again = planned_from(plan_document(GIVEN)).inputs

    assert str(again.portfolio.targets[0].weight) == "0.2500"
    assert again.snapshot.funds.available == Decimal(1000000)
