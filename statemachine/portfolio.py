"""What the researcher asks for, after the files were read and before anything was decided."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from market.symbol import Symbol
from statemachine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a pair, or a run, may not trade: one code and where it was found.

    `line` is the 1-based line of the file (the header is line 1), None where no line applies.
    """

    code: Reason
    message: str
    file: str | None = None
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One wanted holding; weight is a fraction of strategy capital, exact as written."""

    symbol: Symbol
    weight: Decimal
    industry: str | None
    line: int
    row_date: date | None = None


@dataclass(frozen=True, slots=True)
class TargetPortfolio:
    """A pair of files that could be read; names are unique and sorted by code.

    `input_hash` is the SHA-256 of the canonical contract fields (codes, weights, industry,
    trade_date, champion, risk_checks, target_exposure); `run_id` derives from it alone.
    `market_volatility_known` is False where the producer wrote null (trading-day.md rule 10).
    """

    run_id: str
    input_hash: str
    signal_date: date
    champion_id: str
    target_exposure: Decimal
    risk_checks: tuple[tuple[str, bool], ...]
    targets: tuple[Target, ...]
    market_volatility_known: bool
    csv_name: str
    context_name: str
    notes: tuple[str, ...] = ()
