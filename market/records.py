from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from market.segments import Board, Exchange


class SecurityStatus(StrEnum):
    """The state of a security that changes its rules."""

    NORMAL = "NORMAL"
    ST = "ST"  # ST and *ST
    DELISTING = "DELISTING"  # the delisting period from its second day on
    UNLIMITED = "UNLIMITED"  # a day without daily limits: first listing days, delisting day 1
    UNREFORMED = "UNREFORMED"  # a share that never went through the share reform ("S" names)
    WIDE_FUND = "WIDE_FUND"  # a fund whose holdings are stocks with a 20 % limit


class OddLotRule(StrEnum):
    """How the odd remainder of a holding may be sold."""

    REMAINDER_WHOLE = "REMAINDER_WHOLE"  # whole lots, with or without the entire odd remainder
    ALL_BELOW_MINIMUM = "ALL_BELOW_MINIMUM"  # the minimum or more; less only if it is everything


class LimitRounding(StrEnum):
    """How an exchange rounds a computed daily limit to the tick."""

    HALF_UP = "HALF_UP"
    INWARD = "INWARD"  # the upper limit down, the lower limit up


class Confidence(StrEnum):
    """How well a rule is known, from exchange text (A) to not verified (U)."""

    A = "A"
    B = "B"
    C = "C"
    U = "U"


def _date(value: object) -> object:
    if value is None or type(value) is date:
        return value
    if not isinstance(value, str):
        raise ValueError("a date must be a quoted string")  # noqa: TRY004 - pydantic wants this
    return date.fromisoformat(value)


def _decimal(value: object) -> object:
    if value is None or isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise ValueError("a rate must be a quoted string")  # noqa: TRY004 - pydantic wants this
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a number") from error


_Date = Annotated[date, BeforeValidator(_date)]
_Ratio = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, lt=1)]
_Money = Annotated[Decimal, BeforeValidator(_decimal), Field(gt=0)]
_Quantity = Annotated[StrictInt, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeValidity(_Model):
    """Whether orders under such a code exist at all on that date."""

    kind: Literal["code_validity"]
    valid: StrictBool


class Lot(_Model):
    """Smallest order and step above it, in shares or units."""

    kind: Literal["lot"]
    minimum: _Quantity
    step: _Quantity
    odd_lot: OddLotRule


class OrderMaximum(_Model):
    """Largest quantity of one order by its type."""

    kind: Literal["order_maximum"]
    limit: _Quantity
    market: _Quantity
    after_hours: _Quantity


class Tick(_Model):
    """Price step in CNY."""

    kind: Literal["tick"]
    tick: _Money


class DailyLimit(_Model):
    """Daily band around the published previous close; no ratio means no limit that day."""

    kind: Literal["daily_limit"]
    ratio: _Ratio | None
    rounding: LimitRounding


class Cage(_Model):
    """Valid price range of a limit order in continuous trading, measured from its base.

    The bound lies `ratio` away, or `ticks` price steps where that is wider; no ratio, no cage.
    """

    kind: Literal["cage"]
    ratio: _Ratio | None
    ticks: StrictInt = Field(default=0, ge=0)


class Settlement(_Model):
    """Sessions until bought shares may be sold."""

    kind: Literal["settlement"]
    t_plus: StrictInt = Field(ge=0, le=1)


class DailyBuyMaximum(_Model):
    """Shares of one name that one account may buy in a day; none means no such cap."""

    kind: Literal["daily_buy_maximum"]
    quantity: _Quantity | None


class UnlimitedDays(_Model):
    """How many first days of a listing and of a delisting period have no daily limit."""

    kind: Literal["unlimited_days"]
    listing: StrictInt = Field(ge=0)
    delisting: StrictInt = Field(ge=0)


class Exclusion(_Model):
    """Whether the order generator stays away although the exchange would trade."""

    kind: Literal["exclusion"]
    no_trade: StrictBool


class StampDuty(_Model):
    """Share of the amount, charged to the seller."""

    kind: Literal["stamp_duty"]
    rate: _Ratio


class TransferFee(_Model):
    """Share of the amount, charged to both sides."""

    kind: Literal["transfer_fee"]
    rate: _Ratio


class Commission(_Model):
    """Highest rate a broker may charge, and the usual minimum of one order in CNY."""

    kind: Literal["commission"]
    rate_maximum: _Ratio
    minimum: _Money


class HandlingFee(_Model):
    """Exchange fee as a share of the amount; normally inside the commission."""

    kind: Literal["handling_fee"]
    rate: _Ratio


class RegulatoryFee(_Model):
    """Regulator's fee as a share of the amount; normally inside the commission."""

    kind: Literal["regulatory_fee"]
    rate: _Ratio


class ClosingCall(_Model):
    """Whether 14:57 to 15:00 is a closing call auction."""

    kind: Literal["closing_call"]
    held: StrictBool


class AfterHours(_Model):
    """Whether fixed-price trading at the close runs from 15:05 to 15:30."""

    kind: Literal["after_hours"]
    held: StrictBool


RuleValue = (
    CodeValidity
    | Lot
    | OrderMaximum
    | Tick
    | DailyLimit
    | Cage
    | Settlement
    | DailyBuyMaximum
    | UnlimitedDays
    | Exclusion
    | StampDuty
    | TransferFee
    | Commission
    | HandlingFee
    | RegulatoryFee
    | ClosingCall
    | AfterHours
)


class RuleRecord(_Model):
    """One rule, for whom and from when it holds, and who says so.

    A date of None is not stated by the source. `effective_until` is the last day it held.
    Prefixes narrow a record to codes that begin so, and win over a record without them.
    """

    id: StrictStr
    exchanges: tuple[Exchange, ...] = Field(min_length=1)
    boards: tuple[Board, ...] = Field(min_length=1)
    statuses: tuple[SecurityStatus, ...] = Field(default=tuple(SecurityStatus), min_length=1)
    prefixes: tuple[Annotated[StrictStr, Field(pattern="^[0-9]{2,3}$")], ...] = ()
    effective_from: _Date | None
    effective_until: _Date | None = None
    source: StrictStr = Field(min_length=1)
    confidence: Confidence
    note: StrictStr = ""
    value: Annotated[RuleValue, Field(discriminator="kind")]

    @property
    def kind(self) -> str:
        """The sort of rule, such as "tick" or "stamp_duty"."""
        return self.value.kind

    def holds_on(self, day: date) -> bool:
        """Whether the record is in force on that day."""
        started = self.effective_from is None or self.effective_from <= day
        return started and (self.effective_until is None or day <= self.effective_until)

    def overlaps(self, other: "RuleRecord") -> bool:
        """Whether both could answer the same question with the same claim to be right."""
        return (
            self.kind == other.kind
            and not set(self.exchanges).isdisjoint(other.exchanges)
            and not set(self.boards).isdisjoint(other.boards)
            and not set(self.statuses).isdisjoint(other.statuses)
            and _prefixes_meet(self.prefixes, other.prefixes)
            and _periods_meet(self, other)
        )


def _prefixes_meet(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    if not left or not right:
        return left == right
    return any(a.startswith(b) or b.startswith(a) for a in left for b in right)


def _periods_meet(left: RuleRecord, right: RuleRecord) -> bool:
    latest_start = max(left.effective_from or date.min, right.effective_from or date.min)
    earliest_end = min(left.effective_until or date.max, right.effective_until or date.max)
    return latest_start <= earliest_end


class SessionFile(_Model):
    """The known period, both ends included, and the weekdays in it without a session."""

    first: _Date
    last: _Date
    closed: tuple[_Date, ...]
