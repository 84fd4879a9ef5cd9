"""The part of a page that shows the rehearsal of a plan."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon.console.charts.session_cash import CashAt, session_cash_chart
from daemon.console.texts.language import Texts
from daemon.plan_rehearsal.rehearsals import BEFORE_SENDING


def rehearsal_content(
    standing: Mapping[str, Any], run_id: str, state: str, texts: Texts
) -> dict[str, Any]:
    """Return what fills the part; `standing` is what the verb `rehearsal` answered."""
    played = standing["rehearsal"]
    return {
        "rehearsal": standing,
        "rehearsal_run_id": run_id,
        "may_rehearse": state in BEFORE_SENDING,
        "rehearsal_chart": None
        if played is None
        else session_cash_chart(
            [_cash_at(point) for point in played["cash_path"]], _cash_at(played["lowest"]), texts
        ),
    }


def _cash_at(point: Mapping[str, str]) -> CashAt:
    return CashAt(datetime.fromisoformat(point["at"]), Decimal(point["cash"]))
