"""What happened to a run and when, in one list: its moves, its approvals, halts, first and last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from statemachine.fill import Fill
from statemachine.order import Order, SendState
from storage.chronicle import Chapter

NEVER_LEFT = (SendState.PLANNED, SendState.NOT_SENT, SendState.NEVER_SENT)


class Moment(StrEnum):
    """What a moment of the timeline is about."""

    STATE = "STATE"
    APPROVAL = "APPROVAL"
    HALT = "HALT"
    FIRST_ORDER = "FIRST_ORDER"
    LAST_ORDER = "LAST_ORDER"
    FIRST_FILL = "FIRST_FILL"
    LAST_FILL = "LAST_FILL"


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One moment of market time; `value` is a state, a cause or a name, as `kind` says."""

    at: datetime
    kind: Moment
    value: str
    actor: str


def timeline(
    story: Iterable[Chapter], orders: Iterable[Order], fills: Iterable[Fill]
) -> tuple[TimelineRow, ...]:
    """Return the moments in their order; `orders` and `fills` are the run's own."""
    rows = [row for row in map(_told, story) if row is not None]
    sent = sorted(order.created_at for order in orders if order.send_state not in NEVER_LEFT)
    rows += _ends(sent, Moment.FIRST_ORDER, Moment.LAST_ORDER)
    rows += _ends(sorted(fill.fill_time for fill in fills), Moment.FIRST_FILL, Moment.LAST_FILL)
    return tuple(sorted(rows, key=lambda row: row.at))


def _told(chapter: Chapter) -> TimelineRow | None:
    """Return the moment of an event, None for one in which nothing moved."""
    if chapter.subject_kind == "RUN":
        if chapter.target is None or chapter.target == chapter.source:
            return None
        return TimelineRow(chapter.at, Moment.STATE, chapter.target, chapter.actor)
    kind = Moment.APPROVAL if chapter.subject_kind == "APPROVAL" else Moment.HALT
    return TimelineRow(chapter.at, kind, chapter.cause, chapter.actor)


def _ends(moments: Sequence[datetime], first: Moment, last: Moment) -> list[TimelineRow]:
    if not moments:
        return []
    rows = [TimelineRow(moments[0], first, "", "")]
    if moments[-1] > moments[0]:
        rows.append(TimelineRow(moments[-1], last, "", ""))
    return rows
