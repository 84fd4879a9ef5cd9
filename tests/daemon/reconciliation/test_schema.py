import json
from typing import Any

import pytest

from daemon.reconciliation.report import build_report, report_json
from daemon.reconciliation.schema import schema_page
from tests.daemon.reconciliation.test_report import inputs
from tests.support.json_schema import violations
from tests.support.reconcile_files import SCHEMA, published_schema


def report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(report_json(build_report(inputs())))
    return content


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_page(), (
        "run: python -m daemon.reconciliation.schema > docs/schemas/broker_reconcile.schema.json"
    )


def test_a_report_has_the_published_shape() -> None:
    assert violations(report(), published_schema()) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema_version": 2}, "schema_version is not 1"),
        ({"surprise": 1}, "unknown field surprise"),
        ({"status": "LATER"}, "status is none of"),
        ({"session_date": "10.11.2025"}, "session_date does not match"),
        ({"totals": 5}, "totals is no object"),
        ({"breaks": [{"kind": "CASH"}]}, r"breaks\[0\] lacks run_id"),
        ({"cash": 1.5}, "cash has none of the 2 shapes"),
    ],
)
def test_another_shape_is_found(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        assert not violations(report() | change, published_schema())


def test_a_missing_field_is_found() -> None:
    content = report()
    del content["explained"]

    assert violations(content, published_schema()) == ["$ lacks explained"]
