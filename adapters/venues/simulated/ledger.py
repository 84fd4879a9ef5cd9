"""The venue's own books: every movement of cash and of shares with the balance after it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from market.money import decimal_text
from market.symbol import Symbol


class EntryKind(StrEnum):
    """Why cash or shares moved."""

    OPENING = "OPENING"
    BUY = "BUY"
    SELL = "SELL"
    FEES = "FEES"
    DIVIDEND = "DIVIDEND"


@dataclass(frozen=True, slots=True)
class CashEntry:
    """Cash that moved; `amount` is signed, `balance` the cash after it, frozen cash included."""

    at: datetime
    kind: EntryKind
    amount: Decimal
    balance: Decimal
    symbol: Symbol | None
    client_order_id: str | None

    def as_json(self) -> dict[str, object]:
        """Return it with decimal strings."""
        return {
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "amount": decimal_text(self.amount),
            "balance": decimal_text(self.balance),
            "symbol": None if self.symbol is None else str(self.symbol),
            "client_order_id": self.client_order_id,
        }


@dataclass(frozen=True, slots=True)
class ShareEntry:
    """Shares that moved; `quantity` is signed, `balance` the holding after it."""

    at: datetime
    kind: EntryKind
    symbol: Symbol
    quantity: int
    balance: int
    client_order_id: str | None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "at": self.at.isoformat(),
            "kind": self.kind.value,
            "symbol": str(self.symbol),
            "quantity": self.quantity,
            "balance": self.balance,
            "client_order_id": self.client_order_id,
        }


@dataclass(slots=True)
class Ledger:
    """Append-only; the sum of the amounts of cash entries is the account's cash."""

    cash: list[CashEntry] = field(default_factory=list)
    shares: list[ShareEntry] = field(default_factory=list)
