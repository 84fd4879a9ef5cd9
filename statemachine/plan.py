"""The plan: an envelope per line, approved by hash, never changed afterwards."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from market.side import Side
from market.symbol import Symbol
from statemachine.reasons import Reason


class Disposition(StrEnum):
    """What a line may become."""

    TRADE = "TRADE"
    KEEP = "KEEP"
    DEFERRED = "DEFERRED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One name's envelope: orders derived from it stay inside quantity_max and limit_worst.

    A DEFERRED line is an envelope too (it may trade when what stands in its way is gone);
    KEEP and DENIED lines have quantity_max 0. `full_exit` lines mean "all owned and sellable".
    """

    symbol: Symbol
    side: Side
    disposition: Disposition
    quantity_max: int
    reference_price: Decimal | None
    reference_kind: str
    limit_worst: Decimal | None
    target_weight: Decimal
    target_quantity: int
    owned_quantity: int
    sellable_quantity: int
    fees_estimate: Decimal
    industry: str
    full_exit: bool = False
    reason: Reason | None = None
    detail: str = ""

    @property
    def notional(self) -> Decimal:
        """quantity_max at the reference price, CNY; zero where there is no price."""
        return self.quantity_max * (self.reference_price or Decimal(0))


@dataclass(frozen=True, slots=True)
class CapitalBase:
    """Where strategy_capital comes from (trading-day.md rule 12), CNY."""

    kind: str
    owned_market_value: Decimal
    available_cash: Decimal
    cash_reserve: Decimal
    strategy_capital: Decimal
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the plan hash covers, and the notes beside it.

    The hash covers account, mode, endpoint, run_id, session_date, input_hash, settings_hash,
    snapshot_id, expires_at and per line ts_code, side, quantity_max, reference (price, kind) and
    limit_worst (trading-day.md rule 14). `plan_hash` is filled by `planning.identity`.
    """

    plan_hash: str
    account: str
    mode: str
    endpoint: str
    run_id: str
    parent_run_id: str | None
    signal_date: date
    session_date: date
    input_hash: str
    settings_hash: str
    snapshot_id: str
    expires_at: datetime
    created_at: datetime
    capital: CapitalBase
    lines: tuple[PlanLine, ...]
    shrink_factor: Decimal
    planned_exposure: Decimal
    target_exposure: Decimal
    message_count: int
    flags: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    def line_for(self, symbol: Symbol) -> PlanLine:
        """Return the line of a name; KeyError where the plan has none."""
        for line in self.lines:
            if line.symbol == symbol:
                return line
        raise KeyError(str(symbol))
