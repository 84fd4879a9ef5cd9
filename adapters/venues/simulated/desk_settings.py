"""How a counter behaves where counters differ (a-share-rules.md sections 7 and 12)."""

from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum

from market.phases import DEFAULT_PHASE_POLICY, PhasePolicy


class DayEnd(StrEnum):
    """When the counter shows 已撤 or 部撤 for what was not filled (a-share-rules.md section 7, 8).

    AT_CLOSE does at 15:00; AT_CLEARING leaves 已报 or 部成 until `clearing_time`.
    """

    AT_CLOSE = "AT_CLOSE"
    AT_CLEARING = "AT_CLEARING"


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """How this counter behaves; `participation` is a share of each bar's volume.

    `lists_cancels`: a cancel is listed as a row of its own (cancel_rows_listed_as_orders).
    `phase_policy`: what it takes from 09:25 to 09:30 and over lunch.
    """

    participation: Decimal = Decimal("0.1")
    cancel_latency: timedelta = timedelta(seconds=1)
    day_end: DayEnd = DayEnd.AT_CLOSE
    clearing_time: time = time(15, 30)
    lists_cancels: bool = False
    phase_policy: PhasePolicy = DEFAULT_PHASE_POLICY
