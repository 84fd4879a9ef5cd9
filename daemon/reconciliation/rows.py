"""Rows that the report and the summary have in common, in the words of the files."""

from dataclasses import dataclass
from datetime import datetime

from market.symbol import Symbol
from statemachine.breaks import Break, BreakCause


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A difference between the books; `ts_code` is None where it is about cash.

    `evidence` are the ids at the broker that show the cause; `since` is when it was seen first.
    """

    run_id: str | None
    kind: str
    ts_code: Symbol | None
    ours: str
    theirs: str
    detail: str
    cause: BreakCause
    evidence: tuple[str, ...]
    since: datetime | None


def break_row(found: Break) -> BreakRow:
    """Return a break as files spell it."""
    return BreakRow(
        run_id=found.run_id,
        kind=found.kind,
        ts_code=found.symbol,
        ours=found.ours,
        theirs=found.theirs,
        detail=found.detail,
        cause=found.cause,
        evidence=found.evidence,
        since=found.since,
    )
