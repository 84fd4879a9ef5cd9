from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from statemachine.portfolio import Refusal
from statemachine.reasons import Reason


class RunState(StrEnum):
    """The run machine of trading-day.md, last section."""

    RECEIVED = "RECEIVED"
    REFUSED = "REFUSED"
    DUPLICATE = "DUPLICATE"
    QUARANTINED = "QUARANTINED"
    NEEDS_BASELINE = "NEEDS_BASELINE"
    PLANNED = "PLANNED"
    DRY_RUN_DONE = "DRY_RUN_DONE"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    HOLD_INPUT_CHANGED = "HOLD_INPUT_CHANGED"
    SUBMITTING = "SUBMITTING"
    FAILED_BATCH = "FAILED_BATCH"
    WORKING = "WORKING"
    RECONCILING = "RECONCILING"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_EXCEPTIONS = "COMPLETED_WITH_EXCEPTIONS"


@dataclass(frozen=True, slots=True)
class Run:
    """One content of one pair on one account."""

    run_id: str
    account: str
    signal_date: date
    session_date: date | None
    state: RunState
    input_hash: str
    champion_id: str
    received_at: datetime
    csv_name: str
    context_name: str
    plan_hash: str | None = None
    parent_run_id: str | None = None
    superseded_by: str | None = None
    hold_reason: Reason | None = None
    refusals: tuple[Refusal, ...] = ()
    version: int = 0
