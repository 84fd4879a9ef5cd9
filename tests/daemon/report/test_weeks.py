from decimal import Decimal
from typing import Any

from daemon.report.weeks import roll_up
from tests.daemon.report.given import document


def of_session(day: str, run_id: str) -> dict[str, Any]:
    found = document()
    return {**found, "run": {**found["run"], "session_date": day, "run_id": run_id}}


def test_runs_of_one_week_are_one_row_and_all_weeks_add_up() -> None:
    days = {"a": "2026-01-19", "c": "2025-12-31", "b": "2026-01-23", "d": "2026-01-01"}
    rolled = roll_up(of_session(day, run_id) for run_id, day in days.items())
    one = document()["costs"]["totals"]

    assert [(row.week, row.runs) for row in rolled.weeks] == [
        ("2026-W01", ("c", "d")),
        ("2026-W04", ("a", "b")),
    ]
    assert rolled.total.runs == ("c", "d", "a", "b")
    assert rolled.total.total == 4 * Decimal(one["total"])
    assert rolled.total.parts.delay == sum(row.parts.delay for row in rolled.weeks)
    assert rolled.weeks[0].shortfall_bp == rolled.total.shortfall_bp
    assert str(rolled.total.shortfall_bp) == one["shortfall_bp"]
    assert rolled.total.fees_billed == 4 * Decimal(one["fees_billed"])


def test_days_without_a_run_cost_nothing() -> None:
    rolled = roll_up([])

    assert rolled.weeks == ()
    assert (rolled.total.total, rolled.total.shortfall_bp) == (Decimal(0), None)
