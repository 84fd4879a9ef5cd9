"""Rows to targets: duplicate names are added, nothing is ever rescaled (issue 2 item 5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal

from adapters.intake.cells import Row
from adapters.intake.findings import Findings
from adapters.intake.numerals import DECIMAL_PLACES_MAX
from market.money import decimal_text
from market.symbol import Symbol
from statemachine.portfolio import Target
from statemachine.reasons import Reason

# Weights have at most 60 decimal places and a file has far fewer than 10^20 rows: sums are exact.
_EXACT = Context(prec=DECIMAL_PLACES_MAX + 20)
_LISTED_MAX = 20


def merge_rows(rows: Iterable[Row], findings: Findings) -> tuple[Target, ...]:
    """Return one target a name, sorted by code; weights of a name given twice are added.

    A merged target has the oldest row date and the line it stands on, since one old row is enough
    to refuse the file (issue 2 item 6), and the first industry that is not blank.
    """
    rows_of: dict[Symbol, list[Row]] = {}
    for row in rows:
        rows_of.setdefault(row.symbol, []).append(row)
    return tuple(_merge(rows_of[symbol], findings) for symbol in sorted(rows_of))


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """Return the sum of weights without any rounding."""
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    return total


def exact_distance(one: Decimal, other: Decimal) -> Decimal:
    """Return |one - other| without any rounding."""
    return _EXACT.abs(_EXACT.subtract(one, other))


def fill_industries(
    targets: Sequence[Target], industry_of: Mapping[Symbol, str] | None, findings: Findings
) -> tuple[Target, ...]:
    """Fill blank industries from instrument data and note which (trading-day.md rule 9)."""
    known = industry_of or {}
    blank = [target.symbol for target in targets if target.industry is None]
    filled = [symbol for symbol in blank if known.get(symbol)]
    unknown = [symbol for symbol in blank if not known.get(symbol)]
    if filled:
        sentence = f"industry of {_listed(filled)} taken from instrument data"
        findings.note(Reason.INDUSTRY_FILLED, sentence)
    if unknown:
        findings.note(Reason.INDUSTRY_UNKNOWN, f"industry of {_listed(unknown)} is not known")
    return tuple(
        target if target.industry else replace(target, industry=known.get(target.symbol) or None)
        for target in targets
    )


def _merge(rows: Sequence[Row], findings: Findings) -> Target:
    first = rows[0]
    if len(rows) == 1:
        return Target(first.symbol, first.weight, first.industry, first.line, first.row_date)
    oldest = min(rows, key=lambda row: (row.row_date or date.max, row.line))
    industries = [row.industry for row in rows if row.industry is not None]
    weight = exact_sum(row.weight for row in rows)
    findings.note(Reason.NAME_MERGED, _merged_sentence(rows, weight, industries, findings))
    return Target(
        symbol=first.symbol,
        weight=weight,
        industry=industries[0] if industries else None,
        line=oldest.line,
        row_date=oldest.row_date,
    )


def _merged_sentence(
    rows: Sequence[Row], weight: Decimal, industries: Sequence[str], findings: Findings
) -> str:
    lines = _listed([row.line for row in rows])
    sentence = (
        f"{rows[0].symbol} is on lines {lines} of {findings.file}; "
        f"its weights add up to {decimal_text(weight)}"
    )
    if len(set(industries)) > 1:
        sentence += f"; industries differ ({_listed(sorted(set(industries)))}), the first counts"
    return sentence


def _listed(items: Sequence[object]) -> str:
    text = ", ".join(str(item) for item in items[:_LISTED_MAX])
    more = len(items) - _LISTED_MAX
    return f"{text} and {more} more" if more > 0 else text
