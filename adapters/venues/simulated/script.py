"""What other people and the registrar do to the account, as a JSON list of events."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError, model_validator

from adapters.venues.simulated.desk_settings import DayEnd
from adapters.wire.models import Request
from adapters.wire.values import Money, SymbolText
from market.side import Side

REPO_SYMBOLS = ("204001.SH", "131810.SZ")
REPO_UNITS_MIN = 10


class Scripted(Request):
    """Something that happens at a market moment."""

    at: AwareDatetime


class TerminalOrder(Scripted):
    """A person places an order; `name` is how a later CANCEL calls it."""

    kind: Literal["ORDER"]
    name: str
    symbol: SymbolText
    side: Side
    limit_price: Money = Field(gt=0)
    quantity: int = Field(gt=0)


class TerminalCancel(Scripted):
    """A person cancels the order of that name."""

    kind: Literal["CANCEL"]
    name: str


class TerminalTrade(Scripted):
    """A person's order that trades at once and in full, at this price."""

    kind: Literal["TRADE"]
    name: str
    symbol: SymbolText
    side: Side
    price: Money = Field(gt=0)
    quantity: int = Field(gt=0)


class SharesForCash(Scripted):
    """Shares that come for cash, none may be sold before `sellable_on`: IPO or RIGHTS."""

    kind: Literal["IPO", "RIGHTS"]
    symbol: SymbolText
    quantity: int = Field(gt=0)
    price: Money = Field(gt=0)
    sellable_on: date


class BonusShares(Scripted):
    """New shares for those held, fractions dropped, none to be sold before `sellable_on`."""

    kind: Literal["BONUS_SHARES"]
    symbol: SymbolText
    ratio: Money = Field(gt=0)
    sellable_on: date


class Dividend(Scripted):
    """Cash for the shares held, and the tax on it, CNY a share."""

    kind: Literal["DIVIDEND"]
    symbol: SymbolText
    cash: Money = Field(gt=0)
    tax: Money = Field(default=Decimal(0), ge=0)


class ReverseRepo(Scripted):
    """Cash lent until the next session's opening: a SELL of `units` of 100 CNY at `rate` % a year.

    At least 10 units and a multiple of 10 (a-share-rules.md section 10).
    """

    kind: Literal["REPO"]
    symbol: Literal["204001.SH", "131810.SZ"]
    units: int = Field(ge=REPO_UNITS_MIN, multiple_of=REPO_UNITS_MIN)
    rate: Money = Field(gt=0)


class StandardBond(Scripted):
    """The row 888880 that a pledge leaves; a negative quantity takes it away again."""

    kind: Literal["STANDARD_BOND"]
    quantity: int


class CashKind(StrEnum):
    """Cash that comes or goes by itself."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    FEE_CORRECTION = "FEE_CORRECTION"
    INTEREST = "INTEREST"
    TAX = "TAX"
    MANUAL = "MANUAL"


CASH_WORD: Mapping[CashKind, str] = MappingProxyType(
    {
        CashKind.DEPOSIT: "银证转入",
        CashKind.WITHDRAWAL: "银证转出",
        CashKind.FEE_CORRECTION: "费用更正",
        CashKind.INTEREST: "利息归本",
        CashKind.TAX: "红利税补缴",
        CashKind.MANUAL: "资金调整",
    }
)


class CashMovement(Scripted):
    """Cash that comes (positive) or goes (negative), CNY."""

    kind: Literal["CASH"]
    reason: CashKind
    amount: Money = Field(decimal_places=2)
    text: str = ""


class ShareMovement(Scripted):
    """Shares that a person or the registrar moves in (positive) or out, without cash."""

    kind: Literal["SHARES"]
    symbol: SymbolText
    quantity: int
    text: str = ""


class HaltEvent(Scripted):
    """A name is halted from `at` until a moment: nothing of it matches, new orders are refused."""

    kind: Literal["HALT"]
    symbol: SymbolText
    until: AwareDatetime

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until <= self.at:
            raise ValueError(f"a halt cannot end at {self.until}, it starts at {self.at}")
        return self


class CodeChange(Scripted):
    """A name goes on under another code, shares and cost with it."""

    kind: Literal["CODE_CHANGE"]
    symbol: SymbolText
    new_symbol: SymbolText


class DayEndChange(Scripted):
    """The counter shows unfilled orders otherwise at the end of the day, from now on."""

    kind: Literal["DAY_END"]
    day_end: DayEnd
    clearing_time: time = time(15, 30)


ScriptEvent = Annotated[
    TerminalOrder
    | TerminalCancel
    | TerminalTrade
    | SharesForCash
    | BonusShares
    | Dividend
    | ReverseRepo
    | StandardBond
    | CashMovement
    | ShareMovement
    | HaltEvent
    | CodeChange
    | DayEndChange,
    Field(discriminator="kind"),
]

_SCRIPT = TypeAdapter(tuple[ScriptEvent, ...])


class ScriptError(ValueError):
    """The text is no list of events, or an event lies in the past."""


def read_script(text: str | bytes) -> tuple[ScriptEvent, ...]:
    """Read events, in any order. Raises ScriptError."""
    try:
        return _SCRIPT.validate_json(text)
    except ValidationError as error:
        raise ScriptError(str(error)) from error


def read_script_file(path: Path) -> tuple[ScriptEvent, ...]:
    """Read events from a file. Raises ScriptError, OSError."""
    return read_script(path.read_bytes())


def script_json(events: Iterable[ScriptEvent]) -> list[dict[str, object]]:
    """Return events as JSON values that `read_script` reads."""
    return [event.model_dump(mode="json") for event in events]
