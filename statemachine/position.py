from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from market.symbol import Symbol


@dataclass(frozen=True, slots=True)
class Position:
    """A holding as the broker reports it; quantities in shares, money in CNY."""

    symbol: Symbol
    quantity: int
    sellable: int
    frozen: int
    in_transit: int
    cost_price: Decimal
    market_value: Decimal


@dataclass(frozen=True, slots=True)
class Funds:
    """The broker's cash figures, CNY; the truth for every cash decision."""

    available: Decimal
    frozen: Decimal
    market_value: Decimal
    total_asset: Decimal
    withdrawable: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """Positions and funds read together; `snapshot_id` is a hash of their content.

    `verified_at` is set once two reads at least 5 s apart agreed (trading-day.md rule 13).
    """

    snapshot_id: str
    positions: tuple[Position, ...]
    funds: Funds
    as_of: datetime
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """Cash or shares that moved without a trade (dividend, allotment, fee correction, ...)."""

    movement_id: str
    kind: str
    symbol: Symbol | None
    quantity: int
    amount: Decimal
    date: date
    text: str
