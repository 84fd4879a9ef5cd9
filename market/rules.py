from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from itertools import combinations
from types import MappingProxyType
from typing import Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from market.board import board_of
from market.errors import MarketError
from market.records import (
    AfterHours,
    Cage,
    ClosingCall,
    CodeValidity,
    Commission,
    Confidence,
    DailyBuyMaximum,
    DailyLimit,
    Exclusion,
    HandlingFee,
    LimitRounding,
    Lot,
    OddLotRule,
    OrderMaximum,
    RegulatoryFee,
    RuleRecord,
    RuleValue,
    SecurityStatus,
    Settlement,
    StampDuty,
    Tick,
    TransferFee,
    UnlimitedDays,
)
from market.segments import Board, Exchange
from market.strict_yaml import load_strict_yaml
from market.symbol import Symbol

__all__ = [
    "Cage",
    "Confidence",
    "LimitRounding",
    "OddLotRule",
    "RuleBook",
    "RuleBookError",
    "RuleMissingError",
    "RuleRecord",
    "Rules",
    "SecurityStatus",
]

_RULES_FILE = "rules.yaml"

_NO_SOURCES: Mapping[str, str] = MappingProxyType({})

# Bounds the cache of answers; a rehearsal of a year needs about half of it.
_CACHE_ENTRIES_MAXIMUM = 8192

_Value = TypeVar("_Value", bound=RuleValue)


class RuleMissingError(MarketError):
    """No record, or a record that forbids, answers the question; the sentence names which.

    `code` is RULE_MISSING or CODE_NOT_VALID_ON_DATE.
    """


class RuleBookError(ValueError):
    """The rule files contradict themselves or do not have the shape of records."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one kind of security on one day. Prices in CNY, quantities in shares.

    Rates are shares of the traded amount. `limit_ratio` None: no daily limit on this day.
    `daily_buy_maximum` None: no cap. `no_trade`: the generator stays away, listing days and
    delisting period. `commission_minimum` is per order.
    """

    exchange: Exchange
    board: Board
    status: SecurityStatus
    day: date
    lot_minimum: int
    lot_step: int
    odd_lot_rule: OddLotRule
    order_quantity_maximum: int
    market_order_quantity_maximum: int
    after_hours_quantity_maximum: int
    daily_buy_maximum: int | None
    tick: Decimal
    limit_ratio: Decimal | None
    limit_rounding: LimitRounding
    cage: Cage
    t_plus: int
    unlimited_listing_days: int
    unlimited_delisting_days: int
    no_trade: bool
    has_closing_call: bool
    has_after_hours: bool
    stamp_duty_rate: Decimal
    transfer_fee_rate: Decimal
    commission_rate_maximum: Decimal
    commission_minimum: Decimal
    handling_fee_rate: Decimal
    regulatory_fee_rate: Decimal
    record_ids: tuple[str, ...]

    def is_unlimited_day(self, listing_day: int | None, delisting_day: int | None) -> bool:
        """Whether daily limits are off; days count sessions from 1, None means not in it."""
        listing = listing_day is not None and listing_day <= self.unlimited_listing_days
        delisting = delisting_day is not None and delisting_day <= self.unlimited_delisting_days
        return listing or delisting


class _RuleFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    records: tuple[RuleRecord, ...]


class RuleBook:
    """Answers what held for a security on a day, from dated records alone."""

    __slots__ = ("_answers", "_records", "_sources")

    def __init__(
        self, records: Iterable[RuleRecord], sources: Mapping[str, str] = _NO_SOURCES
    ) -> None:
        """Hold these records; `sources` tells what a short name such as "S1" stands for."""
        self._records = tuple(records)
        self._sources = MappingProxyType(dict(sources))
        self._answers: dict[tuple[Exchange, Board, str, date, SecurityStatus], Rules] = {}
        _require_unambiguous(self._records)

    @classmethod
    def load(cls, override_texts: Sequence[str] = ()) -> Self:
        """Read the shipped records; each override text (same YAML shape) replaces records by id.

        What the sources leave unverified is set this way. Raises StrictYamlError, RuleBookError.
        """
        shipped = files("market").joinpath(_RULES_FILE).read_text(encoding="utf-8")
        known = _read(shipped, _RULES_FILE)
        sources = dict(known.sources)
        by_id = {record.id: record for record in known.records}
        for number, text in enumerate(override_texts, start=1):
            override = _read(text, f"override {number}")
            sources |= override.sources
            by_id |= {record.id: record for record in override.records}
        return cls(by_id.values(), sources)

    def records(self) -> tuple[RuleRecord, ...]:
        """Return every record in the order of the files."""
        return self._records

    def sources(self) -> Mapping[str, str]:
        """Return the title behind each short name of a source, in the order of the files."""
        return self._sources

    def on(
        self, symbol: Symbol, day: date, status: SecurityStatus = SecurityStatus.NORMAL
    ) -> Rules:
        """Return the rules of that security on that day.

        Raises RuleMissingError naming every kind of rule for which no record holds.
        """
        board = board_of(symbol)
        key = (symbol.exchange, board, symbol.code[:3], day, status)
        rules = self._answers.get(key)
        if rules is None:
            rules = self._compose(symbol, board, day, status)
            if len(self._answers) >= _CACHE_ENTRIES_MAXIMUM:
                self._answers.clear()
            self._answers[key] = rules
        return rules

    def _compose(self, symbol: Symbol, board: Board, day: date, status: SecurityStatus) -> Rules:
        matches = _Matches(
            record
            for record in self._records
            if symbol.exchange in record.exchanges
            and board in record.boards
            and status in record.statuses
            and record.holds_on(day)
            and (not record.prefixes or symbol.code.startswith(record.prefixes))
        )
        question = f"{symbol} ({board}, {status}) on {day.isoformat()}"
        matches.require_complete(question)
        if not matches.value(CodeValidity).valid:
            raise RuleMissingError(
                "CODE_NOT_VALID_ON_DATE",
                f"{question}: no orders exist under this code",
                f"{question}：该代码当日不可交易",
            )
        return _rules(matches, symbol.exchange, board, status, day)


class _Matches:
    """The records that hold, one a kind; a record with prefixes wins over one without."""

    def __init__(self, records: Iterable[RuleRecord]) -> None:
        general_first = sorted(records, key=lambda record: bool(record.prefixes))
        self._by_type: dict[type[BaseModel], RuleRecord] = {
            type(record.value): record for record in general_first
        }

    def require_complete(self, question: str) -> None:
        missing = [
            kind.model_fields["kind"].annotation
            for kind in get_args(RuleValue)
            if kind not in self._by_type
        ]
        if missing:
            names = ", ".join(get_args(kind)[0] for kind in missing)
            raise RuleMissingError(
                "RULE_MISSING",
                f"{question}: no record for {names}",
                f"{question}：规则库缺少 {names} 的记录",
            )

    def value(self, kind: type[_Value]) -> _Value:
        value = self._by_type[kind].value
        if not isinstance(value, kind):
            raise TypeError(f"{kind} holds {value}")
        return value

    def ids(self) -> tuple[str, ...]:
        return tuple(sorted(record.id for record in self._by_type.values()))


def _rules(
    matches: _Matches, exchange: Exchange, board: Board, status: SecurityStatus, day: date
) -> Rules:
    lot = matches.value(Lot)
    maximum = matches.value(OrderMaximum)
    limit = matches.value(DailyLimit)
    unlimited = matches.value(UnlimitedDays)
    commission = matches.value(Commission)
    return Rules(
        exchange=exchange,
        board=board,
        status=status,
        day=day,
        lot_minimum=lot.minimum,
        lot_step=lot.step,
        odd_lot_rule=lot.odd_lot,
        order_quantity_maximum=maximum.limit,
        market_order_quantity_maximum=maximum.market,
        after_hours_quantity_maximum=maximum.after_hours,
        daily_buy_maximum=matches.value(DailyBuyMaximum).quantity,
        tick=matches.value(Tick).tick,
        limit_ratio=limit.ratio,
        limit_rounding=limit.rounding,
        cage=matches.value(Cage),
        t_plus=matches.value(Settlement).t_plus,
        unlimited_listing_days=unlimited.listing,
        unlimited_delisting_days=unlimited.delisting,
        no_trade=matches.value(Exclusion).no_trade,
        has_closing_call=matches.value(ClosingCall).held,
        has_after_hours=matches.value(AfterHours).held,
        stamp_duty_rate=matches.value(StampDuty).rate,
        transfer_fee_rate=matches.value(TransferFee).rate,
        commission_rate_maximum=commission.rate_maximum,
        commission_minimum=commission.minimum,
        handling_fee_rate=matches.value(HandlingFee).rate,
        regulatory_fee_rate=matches.value(RegulatoryFee).rate,
        record_ids=matches.ids(),
    )


def _read(text: str, name: str) -> _RuleFile:
    try:
        file = _RuleFile.model_validate(load_strict_yaml(text, name))
    except ValidationError as error:
        raise RuleBookError(f"{name}: {error}") from error
    if len({record.id for record in file.records}) != len(file.records):
        raise RuleBookError(f"{name}: a record id appears twice")
    return file


def _require_unambiguous(records: Sequence[RuleRecord]) -> None:
    for left, right in combinations(records, 2):
        if left.overlaps(right):
            raise RuleBookError(f"records {left.id} and {right.id} answer the same question")
