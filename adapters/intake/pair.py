"""The front door: two files in, one target portfolio or every reason why not out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from adapters.intake.cells import Row
from adapters.intake.context import Context, read_context
from adapters.intake.findings import Findings
from adapters.intake.identity import bytes_hash, input_hash, run_id_of, unreadable_run_id
from adapters.intake.names import day_of_name
from adapters.intake.reader import DATE_COLUMN, WEIGHT_COLUMNS, read_rows
from adapters.intake.targets import (
    exact_distance,
    exact_sum,
    fill_industries,
    merge_rows,
)
from config.settings import IntakeSettings
from market.symbol import Symbol
from statemachine.portfolio import Refusal, Target, TargetPortfolio
from statemachine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A pair that may not trade, with all that is wrong with it.

    `input_hash` is the SHA-256 of both byte strings; `signal_date` is the context's trade_date
    where that much could be read. At most 100 refusals a file.
    """

    run_id: str
    signal_date: date | None
    input_hash: str
    refusals: tuple[Refusal, ...]


@dataclass(slots=True)
class _Desk:
    """What lies on the table while one pair is read."""

    settings: IntakeSettings
    csv: Findings
    context: Findings
    targets: tuple[Target, ...] = field(default=())

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        return self.csv.refusals + self.context.refusals


def read_pair(
    csv_name: str,
    csv_bytes: bytes,
    context_name: str,
    context_bytes: bytes,
    settings: IntakeSettings,
    industry_of: Mapping[Symbol, str] | None = None,
) -> TargetPortfolio | Unreadable:
    """Read a pair; never raises for what the files hold.

    Weights are exact as written and never rescaled. The context's `trade_date` decides, whatever
    the file names say. An empty portfolio is returned as one: planning refuses it.
    """
    desk = _Desk(settings, Findings(csv_name), Findings(context_name))
    _refuse_oversize(desk, csv_bytes, context_bytes)
    context, signal_date = (
        (None, None) if desk.context else read_context(context_bytes, desk.context)
    )
    rows = () if desk.csv else read_rows(csv_bytes, settings.rows_max, desk.csv)
    desk.targets = merge_rows(rows, desk.csv)
    _check_rows_against_date(rows, signal_date, desk.csv)
    if context is not None:
        _check_exposure(desk, context)
    if context is None or desk.refusals:
        return unreadable(csv_name, csv_bytes, context_bytes, desk.refusals, signal_date)
    return _portfolio(desk, context, industry_of)


def unreadable(
    csv_name: str,
    csv_bytes: bytes,
    context_bytes: bytes,
    refusals: tuple[Refusal, ...],
    signal_date: date | None = None,
) -> Unreadable:
    """Return the refusal of a pair, named after its file and after what could be read of it."""
    digest = bytes_hash(csv_bytes, context_bytes)
    run_id = unreadable_run_id(day_of_name(csv_name), digest)
    return Unreadable(run_id, signal_date, digest, refusals)


def _refuse_oversize(desk: _Desk, csv_bytes: bytes, context_bytes: bytes) -> None:
    """Refuse again what files.read_file refuses, so that no other caller can hand in more."""
    for findings, size, size_max in (
        (desk.csv, len(csv_bytes), desk.settings.csv_bytes_max),
        (desk.context, len(context_bytes), desk.settings.context_bytes_max),
    ):
        if size > size_max:
            findings.refuse(Reason.FILE_TOO_LARGE, f"{size} bytes where {size_max} are allowed")


def _check_rows_against_date(
    rows: Sequence[Row], signal_date: date | None, findings: Findings
) -> None:
    """Refuse rows dated after the signal; older ones are planning's to judge (ROW_DATE_OLD)."""
    for row in _later_rows(rows, signal_date):
        problem = f"{row.row_date} is after the trade_date {signal_date} of the context"
        findings.refuse(Reason.DATE_MISMATCH, problem, line=row.line, field=DATE_COLUMN)


def _later_rows(rows: Sequence[Row], signal_date: date | None) -> Iterator[Row]:
    if signal_date is not None:
        yield from (row for row in rows if row.row_date is not None and row.row_date > signal_date)


def _check_exposure(desk: _Desk, context: Context) -> None:
    """Refuse a total that disagrees with target_exposure; meaningless while rows are missing."""
    if desk.csv or not desk.targets:
        return
    total = exact_sum(target.weight for target in desk.targets)
    distance = exact_distance(total, context.target_exposure)
    if distance > desk.settings.exposure_tolerance:
        problem = f"weights add up to {total}, target_exposure is {context.target_exposure}"
        desk.csv.refuse(Reason.EXPOSURE_MISMATCH, problem, field=WEIGHT_COLUMNS[0])


def _portfolio(
    desk: _Desk, context: Context, industry_of: Mapping[Symbol, str] | None
) -> TargetPortfolio:
    digest = input_hash(context, desk.targets)
    targets = fill_industries(desk.targets, industry_of, desk.csv)
    return TargetPortfolio(
        run_id=run_id_of(context.signal_date, digest),
        input_hash=digest,
        signal_date=context.signal_date,
        champion_id=context.champion_id,
        target_exposure=context.target_exposure,
        risk_checks=context.risk_checks,
        targets=targets,
        market_volatility_known=context.market_volatility_known,
        csv_name=desk.csv.file,
        context_name=desk.context.file,
        notes=desk.csv.notes + desk.context.notes,
    )
