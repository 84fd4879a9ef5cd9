"""Everything the approver of a plan must see, worked out once for every screen (rules 14 to 18).

All of it derives from the stored plan: whoever reads the view reads what its hash stands for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from config.settings import Settings
from daemon.planning.approval import persons_min, required_confirmations
from daemon.planning.approval_checks import CheckedValue, checked_values
from daemon.planning.flags import owned_exposure, traded_notional
from daemon.planning.plan_differences import PlanDifference
from daemon.planning.readiness import HELD
from market.money import CENT, round_half_up
from market.side import Side
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.plan import CapitalBase, Disposition, Plan, PlanLine
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason, text_of
from statemachine.run import Run

_ZERO = Decimal(0)
_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """A word that counts already: whose, for which stage, since when."""

    approver: str
    stage: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What an approval must bring with it beside what flags ask to be typed.

    `stage` is the one to be named, None where the plan is approved as a whole or all is approved;
    `persons_min` different persons must say yes, after `seconds_shown_min` s with the plan.
    """

    stage: str | None
    persons_min: int
    seconds_shown_min: int
    author_may_approve: bool


@dataclass(frozen=True, slots=True)
class ViewInputs:
    """What a view is made from; `names` are the venue's words for codes, as far as it was asked."""

    run: Run
    plan: Plan
    portfolio: TargetPortfolio | None
    statuses: Mapping[Symbol, LineStatus]
    names: Mapping[Symbol, str]
    settings: Settings
    now: datetime
    approvable_from: datetime
    difference: PlanDifference | None
    given: tuple[GivenApproval, ...] = ()
    stage_due: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A reason with its meaning in both languages."""

    code: Reason
    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One name: what may be traded, at worst at which price, and what its weight becomes.

    `amount` and `fees` are those of quantity_max at the reference price, CNY. Weights are fractions
    of strategy capital; after = if all of it fills, and a deferred line counts as not filled.
    `is_held` lines wait for an approval of their own.
    """

    ts_code: str
    name: str
    industry: str
    side: Side
    disposition: Disposition
    quantity_max: int
    reference_price: Decimal | None
    reference_kind: str
    limit_worst: Decimal | None
    amount: Decimal
    fees: Decimal
    owned_quantity: int
    target_quantity: int
    quantity_after: int
    weight_before: Decimal
    weight_after: Decimal
    target_weight: Decimal
    full_exit: bool
    is_held: bool
    reason: Words | None
    detail: str


@dataclass(frozen=True, slots=True)
class CashStep:
    """One step of the cash path, CNY: its amount (negative = cash leaves) and what is left."""

    step: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The plan in sums, CNY at reference prices; deferred lines stand apart."""

    sell_amount: Decimal
    buy_amount: Decimal
    deferred_sell_amount: Decimal
    deferred_buy_amount: Decimal
    turnover: Decimal
    turnover_ratio: Decimal
    fees: Decimal
    exposure_before: Decimal
    exposure_after: Decimal
    target_exposure: Decimal
    shrink_factor: Decimal
    message_count: int


@dataclass(frozen=True, slots=True)
class Flag:
    """What asks for a person's attention.

    `typed` is what the approver must type, letter by letter, in the field `field`; None where a
    look is enough.
    """

    reason: Words
    field: str | None
    typed: str | None


@dataclass(frozen=True, slots=True)
class PriceAge:
    """When the reference prices were read, and how many there are of each kind."""

    read_at: datetime
    age_s: int
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A plan as it is approved; `plan_hash` is what the approver says yes to."""

    run_id: str
    state: str
    plan_hash: str
    mode: str
    account: str
    endpoint: str
    champion_id: str
    parent_run_id: str | None
    signal_date: date
    session_date: date
    created_at: datetime
    approvable_from: datetime
    expires_at: datetime
    seconds_left: int
    capital: CapitalBase
    totals: Totals
    cash_path: tuple[CashStep, ...]
    sells: tuple[LineRow, ...]
    buys: tuple[LineRow, ...]
    holds: tuple[LineRow, ...]
    denied: tuple[LineRow, ...]
    checks: tuple[CheckedValue, ...]
    flags: tuple[Flag, ...]
    prices: PriceAge
    difference: PlanDifference | None
    notes: tuple[str, ...]
    asked: Asked
    given: tuple[GivenApproval, ...]


def approval_view(given: ViewInputs) -> ApprovalView:
    """Return the view of the plan at this moment."""
    run, plan = given.run, given.plan
    rows = [(line, _row(line, given)) for line in plan.lines]
    totals = _totals(plan)
    return ApprovalView(
        run_id=run.run_id,
        state=run.state,
        plan_hash=plan.plan_hash,
        mode=plan.mode,
        account=plan.account,
        endpoint=plan.endpoint,
        champion_id=run.champion_id,
        parent_run_id=plan.parent_run_id,
        signal_date=plan.signal_date,
        session_date=plan.session_date,
        created_at=plan.created_at,
        approvable_from=given.approvable_from,
        expires_at=plan.expires_at,
        seconds_left=max(int((plan.expires_at - given.now).total_seconds()), 0),
        capital=plan.capital,
        totals=totals,
        cash_path=cash_path(plan.capital.available_cash, totals),
        sells=tuple(row for line, row in rows if _may_trade(line) and line.side is Side.SELL),
        buys=tuple(row for line, row in rows if _may_trade(line) and line.side is Side.BUY),
        holds=tuple(row for line, row in rows if line.disposition is Disposition.KEEP),
        denied=tuple(row for line, row in rows if line.disposition is Disposition.DENIED),
        checks=checked_values(plan, given.portfolio, given.settings),
        flags=_flags(plan),
        prices=_price_age(plan, given.now),
        difference=given.difference,
        notes=plan.notes,
        asked=_asked(given),
        given=given.given,
    )


def _asked(given: ViewInputs) -> Asked:
    settings = given.settings.approval
    return Asked(
        stage=given.stage_due,
        persons_min=persons_min(given.plan, settings),
        seconds_shown_min=settings.seconds_shown_min,
        author_may_approve=settings.author_may_approve,
    )


def cash_path(opening: Decimal, totals: Totals) -> tuple[CashStep, ...]:
    """Return opening cash, sells, buys and fees with the balance after each; the last is the end.

    As if every line that can trade now fills whole at its reference price.
    """
    steps = [CashStep("OPENING", opening, opening)]
    for step, amount in (
        ("SELLS", totals.sell_amount),
        ("BUYS", -totals.buy_amount),
        ("FEES", -totals.fees),
    ):
        steps.append(CashStep(step, amount, steps[-1].balance + amount))
    return (*steps, CashStep("CLOSING", _ZERO, steps[-1].balance))


def _row(line: PlanLine, given: ViewInputs) -> LineRow:
    status = given.statuses.get(line.symbol)
    standing = None if status is None else status.reason
    reason = standing or line.reason
    capital = given.plan.capital.strategy_capital
    moves = line.quantity_max if line.disposition is Disposition.TRADE else 0
    after = line.owned_quantity + line.side.sign * moves
    return LineRow(
        ts_code=str(line.symbol),
        name=given.names.get(line.symbol, ""),
        industry=line.industry,
        side=line.side,
        disposition=line.disposition,
        quantity_max=line.quantity_max,
        reference_price=line.reference_price,
        reference_kind=line.reference_kind,
        limit_worst=line.limit_worst,
        amount=line.notional,
        fees=line.fees_estimate,
        owned_quantity=line.owned_quantity,
        target_quantity=line.target_quantity,
        quantity_after=after,
        weight_before=_weight(line.owned_quantity, line, capital),
        weight_after=_weight(after, line, capital),
        target_weight=line.target_weight,
        full_exit=line.full_exit,
        is_held=standing in HELD,
        reason=None if reason is None else words_of(reason),
        detail=line.detail if status is None else status.detail,
    )


def words_of(reason: Reason) -> Words:
    """Return a reason with its sentences."""
    text = text_of(reason)
    return Words(reason, text.english, text.chinese)


def _weight(quantity: int, line: PlanLine, capital: Decimal) -> Decimal:
    if line.reference_price is None or capital == 0:
        return _ZERO
    return (quantity * line.reference_price / capital).quantize(_STEP)


def _may_trade(line: PlanLine) -> bool:
    return line.disposition in {Disposition.TRADE, Disposition.DEFERRED}


def _totals(plan: Plan) -> Totals:
    sells, buys = (traded_notional(plan.lines, side) for side in (Side.SELL, Side.BUY))
    tradable = [line for line in plan.lines if line.disposition is Disposition.TRADE]
    capital = plan.capital.strategy_capital
    turnover = sells + buys
    return Totals(
        sell_amount=sells,
        buy_amount=buys,
        deferred_sell_amount=_deferred(plan.lines, Side.SELL),
        deferred_buy_amount=_deferred(plan.lines, Side.BUY),
        turnover=turnover,
        turnover_ratio=(turnover / capital).quantize(_STEP) if capital else _ZERO,
        fees=round_half_up(sum((line.fees_estimate for line in tradable), _ZERO), CENT),
        exposure_before=owned_exposure(plan.capital).quantize(_STEP),
        exposure_after=plan.planned_exposure,
        target_exposure=plan.target_exposure,
        shrink_factor=plan.shrink_factor.quantize(_STEP),
        message_count=plan.message_count,
    )


def _deferred(lines: Iterable[PlanLine], side: Side) -> Decimal:
    return sum(
        (
            line.notional
            for line in lines
            if line.side is side and line.disposition is Disposition.DEFERRED
        ),
        _ZERO,
    )


_FIELDS = {Reason.DERISK: "sell_amount", Reason.UNDERINVESTED: "underinvested"}


def _flags(plan: Plan) -> tuple[Flag, ...]:
    typed = {needed.reason: needed.expected for needed in required_confirmations(plan)}
    return tuple(
        Flag(words_of(reason), _FIELDS.get(reason), typed.get(reason)) for reason in plan.flags
    )


def _price_age(plan: Plan, now: datetime) -> PriceAge:
    kinds: dict[str, int] = {}
    for line in plan.lines:
        kinds[line.reference_kind] = kinds.get(line.reference_kind, 0) + 1
    age_s = max(int((now - plan.created_at).total_seconds()), 0)
    return PriceAge(plan.created_at, age_s, kinds)
