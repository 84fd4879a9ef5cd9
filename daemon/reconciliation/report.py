"""The content of broker_reconcile_<run_id>.json (trading-day.md rule 30)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from daemon.reconciliation.books import BrokerBook
from daemon.reconciliation.cash import CashFlow
from daemon.reconciliation.fees import FeeTotals, fee_totals
from daemon.reconciliation.lines import is_in_doubt
from daemon.reconciliation.names import NameRow, StatedPrice, name_rows
from daemon.reconciliation.plain import plain_record
from daemon.reconciliation.rows import BreakRow, break_row
from daemon.reconciliation.shortfall import run_slippage_bp
from market.rules import RuleBook
from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.fill import Fill
from statemachine.line_status import LineStatus
from statemachine.order import Order, SendState
from statemachine.plan import Plan
from statemachine.position import Funds
from statemachine.run import Run, RunState

__all__ = [
    "CashBlock",
    "ReconcileReport",
    "ReportInputs",
    "ReportStatus",
    "StatedPrice",
    "build_report",
    "report_json",
]

SCHEMA_VERSION = 1
_ZERO = Decimal(0)


class ReportStatus(StrEnum):
    """PROVISIONAL at 15:35; FINAL after the next morning's fees and positions."""

    PROVISIONAL = "PROVISIONAL"
    FINAL = "FINAL"


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything a report is computed from.

    `orders` and `fills` are the run's own; `owned`, `foreign`, `theirs`, `cash` and `breaks` are
    the account's. `cash` is `compare.book_cash`, None where the books were never opened.
    `ours_as_of` is when our book was read, `theirs_as_of` the oldest of the broker's answers.
    `prices` are those of one close, the one of `priced_on`; `fee_estimates` are keyed by
    `books.order_key`; `labels` are what people call the codes.
    """

    run: Run
    plan: Plan
    status: ReportStatus
    orders: Sequence[Order]
    fills: Sequence[Fill]
    line_statuses: Mapping[Symbol, LineStatus]
    breaks: Sequence[Break]
    owned: Mapping[Symbol, int]
    foreign: Mapping[Symbol, int]
    theirs: BrokerBook
    cash: CashFlow | None
    ours_as_of: datetime
    theirs_as_of: datetime
    priced_on: date
    prices: Mapping[Symbol, StatedPrice]
    rules: RuleBook
    fee_estimates: Mapping[str, Decimal]
    explained: Sequence[Break] = ()
    labels: Mapping[Symbol, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completeness:
    """Which of the broker's answers came whole; what is false here was not compared."""

    orders: bool
    fills: bool
    positions: bool
    funds: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Exposures as fractions of strategy capital, amounts in CNY.

    `realised_exposure` is None where a holding has no price.
    """

    strategy_capital: Decimal
    requested_exposure: Decimal
    planned_exposure: Decimal
    realised_exposure: Decimal | None
    approved_notional: Decimal
    filled_notional: Decimal
    slippage_bp: Decimal | None


@dataclass(frozen=True, slots=True)
class CashBlock:
    """The account's cash since the books were opened, CNY.

    opening + sells - buys - fees + movements = closing_expected; `fees` are billed ones, and our
    estimate where the broker billed none yet. The broker's figures are None where it could not be
    asked.
    """

    opening: Decimal
    sells: Decimal
    buys: Decimal
    fees: Decimal
    movements: Decimal
    closing_expected: Decimal
    closing_broker: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class UnknownOrder:
    """An order of which nobody here knows whether the venue ever had it."""

    client_order_id: str
    ts_code: Symbol
    side: Side
    quantity: int
    send_state: SendState


@dataclass(frozen=True, slots=True)
class ReconcileReport:
    """The report of one run; `fees` are the run's, `cash` is the account's.

    `breaks` are differences that lock; `explained` ones are known: dividends, bonus shares, other
    people's trades and the like.
    """

    schema_version: int
    run_id: str
    plan_hash: str
    status: ReportStatus
    run_state: RunState
    account: str
    mode: str
    signal_date: date
    session_date: date
    ours_as_of: datetime
    theirs_as_of: datetime
    complete: Completeness
    priced_on: date
    names: tuple[NameRow, ...]
    totals: Totals
    cash: CashBlock | None
    fees: FeeTotals
    breaks: tuple[BreakRow, ...]
    explained: tuple[BreakRow, ...]
    unknowns: tuple[UnknownOrder, ...]


def build_report(inputs: ReportInputs) -> ReconcileReport:
    """Return the report; the same inputs give the same report."""
    plan = inputs.plan
    names = name_rows(
        plan,
        inputs.orders,
        inputs.line_statuses,
        owned=inputs.owned,
        foreign=inputs.foreign,
        prices=inputs.prices,
        rules=inputs.rules,
    )
    return ReconcileReport(
        schema_version=SCHEMA_VERSION,
        run_id=plan.run_id,
        plan_hash=plan.plan_hash,
        status=inputs.status,
        run_state=inputs.run.state,
        account=plan.account,
        mode=plan.mode,
        signal_date=plan.signal_date,
        session_date=plan.session_date,
        ours_as_of=inputs.ours_as_of,
        theirs_as_of=inputs.theirs_as_of,
        complete=_completeness(inputs.theirs),
        priced_on=inputs.priced_on,
        names=names,
        totals=_totals(inputs, names),
        cash=None if inputs.cash is None else cash_block(inputs.cash, inputs.theirs.funds),
        fees=fee_totals(inputs.fills, inputs.fee_estimates),
        breaks=tuple(break_row(found) for found in inputs.breaks),
        explained=tuple(break_row(found) for found in inputs.explained),
        unknowns=tuple(_unknown(order) for order in inputs.orders if is_in_doubt(order)),
    )


def report_json(report: ReconcileReport) -> bytes:
    """Return the file's bytes: UTF-8, decimal strings, times in Shanghai."""
    return (json.dumps(plain_record(report), ensure_ascii=False, indent=2) + "\n").encode()


def cash_block(flow: CashFlow, funds: Funds | None) -> CashBlock:
    """Return the flow beside the broker's figure, available and frozen cash together."""
    broker = None if funds is None else funds.available + funds.frozen
    return CashBlock(
        opening=flow.opening,
        sells=flow.sells,
        buys=flow.buys,
        fees=flow.fees_billed + flow.fees_estimated,
        movements=flow.movements,
        closing_expected=flow.closing,
        closing_broker=broker,
        difference=None if broker is None else broker - flow.closing,
    )


def _completeness(theirs: BrokerBook) -> Completeness:
    return Completeness(
        orders=theirs.reports is not None,
        fills=theirs.fills is not None,
        positions=theirs.positions is not None,
        funds=theirs.funds is not None,
    )


def _totals(inputs: ReportInputs, names: Sequence[NameRow]) -> Totals:
    plan = inputs.plan
    weights = [row.owned_weight for row in names]
    priced = [weight for weight in weights if weight is not None]
    return Totals(
        strategy_capital=plan.capital.strategy_capital,
        requested_exposure=plan.target_exposure,
        planned_exposure=plan.planned_exposure,
        realised_exposure=sum(priced, _ZERO) if len(priced) == len(weights) else None,
        approved_notional=sum((line.notional for line in plan.lines), _ZERO),
        filled_notional=sum((order.filled_amount for order in inputs.orders), _ZERO),
        slippage_bp=run_slippage_bp(inputs.orders),
    )


def _unknown(order: Order) -> UnknownOrder:
    return UnknownOrder(
        order.client_order_id, order.symbol, order.side, order.quantity, order.send_state
    )
