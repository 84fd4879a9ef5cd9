"""A difference between our book and the broker's, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from market.symbol import Symbol
from statemachine.reasons import Reason


class BreakKind(StrEnum):
    """What differs. MISSING = we have it and the broker does not; UNKNOWN = the other way round.

    ORDER_TERMS = what was asked for differs; DUPLICATE_AT_BROKER = two venue orders carry one id;
    POSITION = the account holds another number of shares than we and other people are known to;
    OWNERSHIP = it holds less than is ours, and it is known why; SELLABLE = another number of them
    may be sold than should; EXPIRY_UNCONFIRMED = an order of an earlier session that nobody told
    us the end of (trading-day.md rule 28).
    """

    ORDER_MISSING = "ORDER_MISSING"
    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    DUPLICATE_AT_BROKER = "DUPLICATE_AT_BROKER"
    ORDER_TERMS = "ORDER_TERMS"
    ORDER_STATE = "ORDER_STATE"
    ORDER_FILLED = "ORDER_FILLED"
    FILL_MISSING = "FILL_MISSING"
    FILL_UNKNOWN = "FILL_UNKNOWN"
    FILL_DIFFERS = "FILL_DIFFERS"
    POSITION = "POSITION"
    OWNERSHIP = "OWNERSHIP"
    SELLABLE = "SELLABLE"
    CASH = "CASH"
    EXPIRY_UNCONFIRMED = "EXPIRY_UNCONFIRMED"


class BreakCause(StrEnum):
    """Why the books differ, as far as the broker's own record shows it.

    From DIVIDEND to CODE_CHANGE the words are the gateway's kinds of movement; TRANSFER is its
    MANUAL and every kind it may add. FOREIGN_TRADE and FOREIGN_ORDER are other people's;
    NOT_LISTED_YET = shares that came without a trade and may not be sold yet; QUERY_INCOMPLETE =
    the broker did not answer in full, so nothing was compared.
    """

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
    TRANSFER = "TRANSFER"
    FOREIGN_TRADE = "FOREIGN_TRADE"
    FOREIGN_ORDER = "FOREIGN_ORDER"
    NOT_LISTED_YET = "NOT_LISTED_YET"
    QUERY_INCOMPLETE = "QUERY_INCOMPLETE"
    UNKNOWN = "UNKNOWN"


HALTING: Mapping[str, Reason] = MappingProxyType(
    {
        BreakKind.ORDER_MISSING.value: Reason.MISSING_AT_BROKER,
        BreakKind.DUPLICATE_AT_BROKER.value: Reason.DUPLICATE_AT_BROKER,
    }
)
"""What no reading of the books can explain away stops everything until a person looked (A4, A7)."""


@dataclass(frozen=True, slots=True)
class Break:
    """One difference between our book and the broker's; locks its symbol while open.

    `subject` tells breaks of one kind and name apart: an order, a fill, a movement. `evidence`
    are the ids of what shows the cause. An `explained` one locks nothing: it is only told.
    `since` is when it was seen first, known once it was stored.
    """

    run_id: str | None
    kind: str
    symbol: Symbol | None
    ours: str
    theirs: str
    detail: str
    subject: str = ""
    cause: BreakCause = BreakCause.UNKNOWN
    evidence: tuple[str, ...] = ()
    explained: bool = False
    since: datetime | None = field(default=None, compare=False)
