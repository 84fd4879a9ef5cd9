"""Where a plan line stands beside its orders; the plan itself never changes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from market.symbol import Symbol
from statemachine.reasons import Reason


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Where a plan line stands beside its orders: held, deferred, released by a person.

    `reference_price` and `limit_worst` are set when the line was re-based: by a person's word to a
    live price, or by a published previous close that went ex-rights (trading-day.md rule 15).
    """

    run_id: str
    symbol: Symbol
    reason: Reason | None
    detail: str
    released_by: str | None = None
    reference_price: Decimal | None = None
    limit_worst: Decimal | None = None
    updated_at: datetime | None = None
