"""What a rehearsal of a plan is asked and what it answers, as values that travel in JSON."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from config.settings import Settings
from market.money import round_half_up
from market.side import Side
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.plan import Plan
from statemachine.reasons import Reason

_AVERAGE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Holding:
    """What of a name is ours and what the account can sell of it on the session, shares."""

    symbol: Symbol
    owned: int
    sellable: int


@dataclass(frozen=True, slots=True)
class Question:
    """A plan, and the account and the standing of its lines as they were last known.

    `cash` is what the account has to spend, CNY. `locked` names may not trade.
    """

    plan: Plan
    settings: Settings
    market: Path
    cash: Decimal
    holdings: tuple[Holding, ...]
    statuses: tuple[LineStatus, ...]
    locked: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class RehearsedLine:
    """What became of one line; money and prices in CNY.

    `reason` says why it was not filled whole, None where it was. Without `has_bars` the name did
    not trade on the session that was played, or its bars are missing.
    """

    symbol: Symbol
    side: Side
    quantity: int
    filled_quantity: int
    filled_amount: Decimal
    fees: Decimal
    has_bars: bool
    reason: Reason | None

    @property
    def average_price(self) -> Decimal | None:
        """What a share was filled at on average, to 0.0001 CNY; None while nothing is."""
        if not self.filled_quantity:
            return None
        return round_half_up(self.filled_amount / self.filled_quantity, _AVERAGE_STEP)


@dataclass(frozen=True, slots=True)
class CashPoint:
    """The cash of the account at a moment, what waits in open buys included, CNY."""

    at: datetime
    cash: Decimal


@dataclass(frozen=True, slots=True)
class PlanRehearsal:
    """A plan as it was played on the bars of `bars_date`; it holds for `plan_hash` alone.

    `sells` and `buys` are filled amounts without fees, CNY. `hold` is what would have asked a
    person about the whole plan. Times are of the plan's own session. Orders have no ids here.
    """

    plan_hash: str
    run_id: str
    session_date: date
    bars_date: date
    lines: tuple[RehearsedLine, ...]
    sells: Decimal
    buys: Decimal
    fees: Decimal
    cash_path: tuple[CashPoint, ...]
    lowest: CashPoint
    hold: Reason | None


@cache
def question() -> TypeAdapter[Question]:
    """How a question is written."""
    return TypeAdapter(Question)


@cache
def rehearsal() -> TypeAdapter[PlanRehearsal]:
    """How an answer is written."""
    return TypeAdapter(PlanRehearsal)
