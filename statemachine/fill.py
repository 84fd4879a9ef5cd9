from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from market.side import Side
from market.symbol import Symbol


class FillKind(StrEnum):
    """A trade, the reversal of one, or one inferred at day close with a person's word."""

    TRADE = "TRADE"
    BUST = "BUST"
    INFERRED = "INFERRED"


@dataclass(frozen=True, slots=True)
class BilledFees:
    """Fees as the broker billed them, CNY; broker cash is the truth, never our estimate."""

    commission: Decimal
    stamp_duty: Decimal
    transfer: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of the three, CNY."""
        return self.commission + self.stamp_duty + self.transfer


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution as the venue reported it.

    Primary key: (account, trade_date, market, venue_order_id, fill_id, kind); the same key
    again is a repetition and is ignored. `client_order_id` is None for trades that somebody
    else made on the account.
    """

    account: str
    trade_date: date
    market: str
    venue_order_id: str
    fill_id: str
    kind: FillKind
    client_order_id: str | None
    symbol: Symbol
    side: Side
    quantity: int
    price: Decimal
    amount: Decimal
    fees: BilledFees | None
    fill_time: datetime
