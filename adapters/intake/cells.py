"""The cells of one CSV record to one row; each problem is told, not only the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from adapters.intake.findings import Findings, shown
from adapters.intake.numerals import is_fraction, parse_cell_day, strict_decimal
from market.symbol import Symbol, SymbolError
from statemachine.reasons import Reason

Value = TypeVar("Value", Symbol, Decimal)

_BARE_CODE_LENGTH = 6

_REASON_OF_SYMBOL_ERROR = {
    "CODE_UNKNOWN_SEGMENT": Reason.CODE_UNKNOWN_SEGMENT,
    "CODE_WRONG_EXCHANGE": Reason.CODE_WRONG_EXCHANGE,
    "CODE_NOT_IN_UNIVERSE": Reason.CODE_NOT_IN_UNIVERSE,
}


class Row(NamedTuple):
    """One line of the portfolio; `weight` exact as written, `line` where the record begins."""

    line: int
    symbol: Symbol
    weight: Decimal
    industry: str | None
    row_date: date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column we read and where it stands, counted from zero."""

    name: str
    index: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns we read stand; everything else in the file is ignored."""

    codes: tuple[Column, ...]
    weights: tuple[Column, ...]
    industries: tuple[Column, ...]
    days: tuple[Column, ...]
    count: int


class Record(NamedTuple):
    """The cells of one CSV record and the 1-based line it begins on."""

    line: int
    cells: list[str]


def read_row(record: Record, columns: Columns, findings: Findings) -> Row | None:
    """Return the row, or None where code or weight cannot be read; `findings` says why."""
    if len(record.cells) != columns.count:
        problem = f"{len(record.cells)} fields where the header has {columns.count}"
        findings.refuse(Reason.CSV_FIELD_COUNT, problem, line=record.line)
        return None
    symbol = _read_symbol(record, columns.codes, findings)
    weight = _read_weight(record, columns.weights, findings)
    row_date = _read_day(record, columns.days, findings)
    if symbol is None or weight is None:
        return None
    industry = _read_industry(record, columns.industries)
    return Row(record.line, symbol, weight, industry, row_date)


def _read_symbol(record: Record, columns: tuple[Column, ...], findings: Findings) -> Symbol | None:
    """Return what the code cells agree on; one of two may be blank."""
    written = [column for column in columns if record.cells[column.index]]
    if not written:
        field = columns[0].name
        findings.refuse(Reason.CODE_MISSING, "the code is blank", line=record.line, field=field)
        return None
    symbols = [_parse_symbol(record, column, findings) for column in written]
    return _agreed(record, written, symbols, Reason.CODE_CONFLICT, findings)


def _agreed(
    record: Record,
    columns: Sequence[Column],
    values: Sequence[Value | None],
    conflict: Reason,
    findings: Findings,
) -> Value | None:
    """Return the value of one cell, or of two that say the same; None if one cannot be read."""
    first, last = values[0], values[-1]
    if first is None or last is None:
        return None
    if first != last:
        problem = f"{columns[0].name} says {first}, {columns[-1].name} says {last}"
        findings.refuse(conflict, problem, line=record.line, field=columns[-1].name)
        return None
    return first


def _parse_symbol(record: Record, column: Column, findings: Findings) -> Symbol | None:
    text = record.cells[column.index]
    try:
        symbol = Symbol.from_stock_target(text)
    except SymbolError as error:
        reason = _REASON_OF_SYMBOL_ERROR.get(error.code, Reason.CODE_SYNTAX)
        problem = f"{shown(text)} is refused: {_without_text(error, text)}"
        findings.refuse(reason, problem, line=record.line, field=column.name)
        return None
    if len(text) == _BARE_CODE_LENGTH:
        note = f"{findings.file}, line {record.line}: {text} was read as {symbol}"
        findings.note(Reason.SUFFIX_INFERRED, note)
    return symbol


def _without_text(error: SymbolError, text: str) -> str:
    """Return the rule book's sentence; of an overlong text it would repeat every character."""
    return error.message.replace(repr(text), "this")


def _read_weight(record: Record, columns: tuple[Column, ...], findings: Findings) -> Decimal | None:
    values = [_parse_weight(record, column, findings) for column in columns]
    return _agreed(record, columns, values, Reason.WEIGHT_CONFLICT, findings)


def _parse_weight(record: Record, column: Column, findings: Findings) -> Decimal | None:
    text = record.cells[column.index]
    value = strict_decimal(text)
    if value is None:
        problem = f"{shown(text)} is not a plain decimal number" if text else "the weight is blank"
        findings.refuse(Reason.NUMBER_SYNTAX, problem, line=record.line, field=column.name)
        return None
    if not is_fraction(value):
        problem = f"{text} is outside 0 to 1"
        findings.refuse(Reason.WEIGHT_RANGE, problem, line=record.line, field=column.name)
        return None
    return value


def _read_day(record: Record, columns: tuple[Column, ...], findings: Findings) -> date | None:
    """Return the row's own date; None where the column or the cell is blank."""
    text = record.cells[columns[0].index] if columns else ""
    if not text:
        return None
    day = parse_cell_day(text)
    if day is None:
        problem = f"{shown(text)} is not a day"
        findings.refuse(Reason.DATE_SYNTAX, problem, line=record.line, field=columns[0].name)
    return day


def _read_industry(record: Record, columns: tuple[Column, ...]) -> str | None:
    """Return the first industry that is not blank, in the order of INDUSTRY_COLUMNS."""
    for column in columns:
        text = record.cells[column.index].strip()
        if text:
            return text
    return None
