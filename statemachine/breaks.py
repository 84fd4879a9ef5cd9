"""A difference between our book and the broker's, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from market.symbol import Symbol
from statemachine.reasons import Reason


class BreakKind(StrEnum):
    """What differs. MISSING = we have it and the broker does not; UNKNOWN = the other way round.

    ORDER_TERMS = what was asked for differs; DUPLICATE_AT_BROKER = two venue orders carry one id;
    EXPIRY_UNCONFIRMED = an order of an earlier session that nobody told us the end of
    (trading-day.md rule 28).
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
    CASH = "CASH"
    EXPIRY_UNCONFIRMED = "EXPIRY_UNCONFIRMED"


HALTING: Mapping[str, Reason] = MappingProxyType(
    {
        BreakKind.ORDER_MISSING.value: Reason.MISSING_AT_BROKER,
        BreakKind.DUPLICATE_AT_BROKER.value: Reason.DUPLICATE_AT_BROKER,
    }
)
"""What no reading of the books can explain away stops everything until a person looked (A4, A7)."""


@dataclass(frozen=True, slots=True)
class Break:
    """One difference between our book and the broker's; locks its symbol while open."""

    run_id: str | None
    kind: str
    symbol: Symbol | None
    ours: str
    theirs: str
    detail: str
