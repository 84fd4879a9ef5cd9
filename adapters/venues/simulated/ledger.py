"""The venue's own books: every movement of cash and of shares with the balance after it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from adapters.venues.simulated.orders import VenueOrder
from market.money import decimal_text
from market.symbol import Symbol


class EntryKind(StrEnum):
    """Why cash or shares moved; from DIVIDEND on, a kind is also that of a movement on the wire."""

    OPENING = "OPENING"
    BUY = "BUY"
    SELL = "SELL"
    FEES = "FEES"
    BUST = "BUST"
    DIVIDEND = "DIVIDEND"
    TAX = "TAX"
    BONUS_SHARES = "BONUS_SHARES"
    RIGHTS = "RIGHTS"
    IPO = "IPO"
    REPO = "REPO"
    INTEREST = "INTEREST"
    STANDARD_BOND = "STANDARD_BOND"
    FEE_CORRECTION = "FEE_CORRECTION"
    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    CODE_CHANGE = "CODE_CHANGE"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class Origin:
    """What made an entry: an order, or a movement by its id, or neither at the opening."""

    client_order_id: str | None = None
    venue_order_id: str | None = None
    movement_id: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "client_order_id": self.client_order_id,
            "venue_order_id": self.venue_order_id,
            "movement_id": self.movement_id,
        }


NO_ORIGIN = Origin()


def origin_of(order: VenueOrder | None) -> Origin:
    """Return the origin of what an order did."""
    if order is None:
        return NO_ORIGIN
    return Origin(order.wire_id, order.venue_order_id)


@dataclass(frozen=True, slots=True)
class CashEntry:
    """Cash that moved, CNY, signed; `balance` includes frozen cash, `available` does not."""

    at: datetime
    kind: EntryKind
    amount: Decimal
    balance: Decimal
    available: Decimal
    symbol: Symbol | None
    origin: Origin

    def as_json(self) -> dict[str, object]:
        """Return it with decimal strings."""
        return {
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "amount": decimal_text(self.amount),
            "balance": decimal_text(self.balance),
            "available": decimal_text(self.available),
            "symbol": None if self.symbol is None else str(self.symbol),
            **self.origin.as_json(),
        }


@dataclass(frozen=True, slots=True)
class ShareEntry:
    """Shares that moved; `quantity` is signed, `balance` the holding after it."""

    at: datetime
    kind: EntryKind
    symbol: Symbol
    quantity: int
    balance: int
    origin: Origin

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "symbol": str(self.symbol),
            "quantity": self.quantity,
            "balance": self.balance,
            **self.origin.as_json(),
        }


@dataclass(frozen=True, slots=True)
class HoldEntry:
    """What an order froze (positive) or gave back: cash in CNY for a buy, shares for a sell.

    `frozen_cash`, `frozen_shares` (of the name) and `available` stand after it.
    """

    at: datetime
    symbol: Symbol
    amount: Decimal
    quantity: int
    frozen_cash: Decimal
    frozen_shares: int
    available: Decimal
    origin: Origin

    def as_json(self) -> dict[str, object]:
        """Return it with decimal strings."""
        return {
            "at": self.at.isoformat(),
            "kind": "FREEZE" if self.amount > 0 or self.quantity > 0 else "RELEASE",
            "symbol": str(self.symbol),
            "amount": decimal_text(self.amount),
            "quantity": self.quantity,
            "frozen_cash": decimal_text(self.frozen_cash),
            "frozen_shares": self.frozen_shares,
            "available": decimal_text(self.available),
            **self.origin.as_json(),
        }


@dataclass(slots=True)
class Ledger:
    """Append-only; the sum of the amounts of cash entries is the account's cash."""

    cash: list[CashEntry] = field(default_factory=list)
    shares: list[ShareEntry] = field(default_factory=list)
    holds: list[HoldEntry] = field(default_factory=list)
