"""Whether a line can be priced now, or what holds it (trading-day.md rules 4, 15 and 16)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.broker import Instrument, Quote
from daemon.planning.bounds import buy_denial
from daemon.planning.day_limits import limits_disagreement, with_day_limits
from daemon.planning.inputs import ReferenceKind, security_status
from daemon.planning.line_book import LineBook
from daemon.planning.pricing import (
    book_obstacle,
    ex_rights_factor,
    gap_bp,
    limit_price,
    live_price,
    rebased_limit_worst,
    standing_obstacle,
)
from daemon.planning.release_inputs import ReleaseInputs
from market.money import decimal_text
from market.phases import SHANGHAI
from market.rules import RuleMissingError, Rules
from market.side import Side
from statemachine.line_status import LineStatus
from statemachine.plan import PlanLine
from statemachine.reasons import Reason

HELD = frozenset({Reason.HELD_GAP, Reason.HELD_FACTOR})
DEFERRED = frozenset({Reason.SUSPENDED, Reason.LIMIT_LOCKED, Reason.NO_PRICE, Reason.NOT_SELLABLE})
EX_RIGHTS = "ex_rights"
APPROVE_GAPS = "approve_gaps"


@dataclass(frozen=True, slots=True)
class Ready:
    """A line that may trade at this price now; `rebased` where its envelope moved with it."""

    book: LineBook
    rules: Rules
    price: Decimal
    arrival_price: Decimal
    arrival_kind: str
    arrival_spread: Decimal | None
    rebased: LineStatus | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that may not trade now, and why."""

    book: LineBook
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The price bounds of a line as they stand today, CNY."""

    reference: Decimal
    limit_worst: Decimal
    rebased: LineStatus | None = None


def judge(book: LineBook, inputs: ReleaseInputs) -> Ready | Waiting:
    """Return the line priced for this moment, or the one reason why it waits."""
    reason = _standing_reason(book, inputs) or _denial(book, inputs)
    if reason is not None:
        return Waiting(book, reason)
    line = book.line
    published = inputs.instruments[line.symbol]
    rules = _rules(published, inputs)
    if rules is None:
        return Waiting(book, Reason.RULE_MISSING)
    disagreement = limits_disagreement(published, rules)
    if disagreement:
        return Waiting(book, Reason.LIMITS_DISAGREE, disagreement)
    instrument = with_day_limits(published, rules)
    quote = inputs.quotes.get(line.symbol)
    obstacle = book_obstacle(line.side, instrument, quote, inputs.now, inputs.settings.prices)
    if quote is None or obstacle is not None:
        return Waiting(book, obstacle or Reason.NO_PRICE)
    return _priced(book, quote, instrument, rules, inputs)


def envelope_of(
    line: PlanLine, status: LineStatus | None, instrument: Instrument, inputs: ReleaseInputs
) -> Envelope | Reason:
    """Return today's bounds: a person's word, else the plan's moved with the published close.

    A reference taken before the session follows published prev_close / that close; a factor
    beyond `factor_unexplained_max` that nothing explains gives HELD_FACTOR. NO_PRICE where the
    plan had no reference.
    """
    if status is not None and status.reference_price and status.limit_worst:
        return Envelope(status.reference_price, status.limit_worst)
    if line.reference_price is None or line.limit_worst is None:
        return Reason.NO_PRICE
    plain = Envelope(line.reference_price, line.limit_worst)
    published = instrument.prev_close
    if line.reference_kind != ReferenceKind.PREV_CLOSE or published is None:
        return plain
    factor = ex_rights_factor(line.reference_price, published)
    if factor == 1:
        return plain
    unexplained = abs(factor - 1) > inputs.settings.prices.factor_unexplained_max
    if unexplained and line.symbol not in inputs.explained:
        return Reason.HELD_FACTOR
    text = f"the reference follows the published previous close, factor {factor:.6f}"
    return _rebased(line, published, EX_RIGHTS, text, inputs)


def _standing_reason(book: LineBook, inputs: ReleaseInputs) -> Reason | None:
    symbol = book.line.symbol
    if symbol in inputs.locked:
        return Reason.SYMBOL_LOCKED
    status = inputs.statuses.get(symbol)
    if status is not None and status.reason in DEFERRED and _is_past_retest(inputs):
        return status.reason
    return standing_obstacle(inputs.instruments.get(symbol))


def _denial(book: LineBook, inputs: ReleaseInputs) -> Reason | None:
    """What forbids a buy now may have come after the approval."""
    if book.line.side is Side.SELL:
        return None
    instrument, checks = inputs.instruments[book.line.symbol], inputs.settings.checks
    return buy_denial(instrument, inputs.plan.session_date, checks, inputs.calendar)


def _is_past_retest(inputs: ReleaseInputs) -> bool:
    """What was deferred is tried until `last_deferred_retest` (rule 16)."""
    last = datetime.combine(
        inputs.plan.session_date, inputs.settings.day.last_deferred_retest, SHANGHAI
    )
    return inputs.now > last


def _priced(
    book: LineBook, quote: Quote, instrument: Instrument, rules: Rules, inputs: ReleaseInputs
) -> Ready | Waiting:
    line, live = book.line, live_price(book.line.side, quote)
    if live is None:
        return Waiting(book, Reason.NO_PRICE)
    bounds = envelope_of(line, inputs.statuses.get(line.symbol), instrument, inputs)
    held = bounds if isinstance(bounds, Reason) else _gap_hold(line, live, bounds, inputs)
    if held in HELD and inputs.settings.approve_gaps:
        text = f"{held.value} approved by setting at {decimal_text(live)}"
        bounds, held = _rebased(line, live, APPROVE_GAPS, text, inputs), None
    if held is not None or isinstance(bounds, Reason):
        return Waiting(book, held or Reason.NO_PRICE, _held_detail(line, live))
    price = limit_price(
        line.side,
        quote,
        instrument,
        rules,
        inputs.settings.prices,
        limit_worst=bounds.limit_worst,
    )
    if isinstance(price, Reason):
        return Waiting(book, price, _held_detail(line, live))
    arrival, kind = _arrival(quote, live)
    return Ready(book, rules, price, arrival, kind, _spread(quote), bounds.rebased)


def _gap_hold(
    line: PlanLine, live: Decimal, bounds: Envelope, inputs: ReleaseInputs
) -> Reason | None:
    gap = gap_bp(line.side, live, bounds.reference)
    return Reason.HELD_GAP if gap > inputs.settings.prices.approval_gap_bp else None


def _rebased(
    line: PlanLine, base: Decimal, by: str, detail: str, inputs: ReleaseInputs
) -> Envelope:
    worst = rebased_limit_worst(line.side, base, inputs.settings.prices)
    status = LineStatus(
        run_id=inputs.plan.run_id,
        symbol=line.symbol,
        reason=None,
        detail=detail,
        released_by=by,
        reference_price=base,
        limit_worst=worst,
        updated_at=inputs.now,
    )
    return Envelope(base, worst, status)


def _held_detail(line: PlanLine, live: Decimal) -> str:
    reference = line.reference_price
    planned = "no reference" if reference is None else f"reference {decimal_text(reference)}"
    return f"live {decimal_text(live)}, {planned}"


def _arrival(quote: Quote, live: Decimal) -> tuple[Decimal, str]:
    """The mid, else the last trade, else the one quote there is (trading-day.md rule 30)."""
    if quote.bid1 is not None and quote.ask1 is not None:
        return (quote.bid1 + quote.ask1) / 2, "MID"
    return (live, "QUOTE") if quote.last is None else (quote.last, "LAST")


def _spread(quote: Quote) -> Decimal | None:
    return None if quote.bid1 is None or quote.ask1 is None else quote.ask1 - quote.bid1


def _rules(instrument: Instrument, inputs: ReleaseInputs) -> Rules | None:
    try:
        return inputs.rules.on(
            instrument.symbol, inputs.plan.session_date, security_status(instrument)
        )
    except RuleMissingError:
        return None
