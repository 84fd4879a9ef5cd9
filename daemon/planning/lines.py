"""Turns a want and its quantity into one plan line with at most one reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from adapters.broker import Instrument
from config.settings import Settings
from daemon.planning.day_limits import limits_disagreement, with_day_limits
from daemon.planning.inputs import ReferenceKind
from daemon.planning.pricing import is_locked, rebased_limit_worst, standing_obstacle
from daemon.planning.wants import Want
from market.fees import FeeSchedule, order_fees
from market.money import decimal_text
from market.quantity import floor_buy_quantity, floor_sell_quantity
from market.rules import Rules
from market.side import Side
from statemachine.plan import Disposition, PlanLine
from statemachine.reasons import Reason

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineContext:
    """What all lines of a plan share.

    `capital` is strategy_capital, CNY. On the eve, while the session is not open, the venue's
    daily limits are those of the day before.
    """

    settings: Settings
    fees: FeeSchedule
    capital: Decimal
    session_open: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line becomes, with how many shares at most, and why not more."""

    disposition: Disposition
    quantity: int
    reason: Reason | None
    detail: str = ""


def sell_quantity(want: Want) -> int:
    """Return the legal sell within what is ours and sellable, shares (rule 11).

    A full exit takes the odd lot when nothing else is left; anything else is floored to the lot.
    """
    if want.rules is None:
        return 0
    return floor_sell_quantity(want.rules, min(want.quantity, want.sellable), want.account_sellable)


def is_settled_before_cash(want: Want, context: LineContext) -> bool:
    """Whether a buy is decided without looking at the cash: denied, priceless or too small."""
    return (
        want.denial is not None
        or want.reference is None
        or want.rules is None
        or _is_inside_band(want, context)
        or _is_below_minimum(want, floor_buy_quantity(want.rules, want.quantity), context)
    )


def verdict_of(want: Want, quantity: int, context: LineContext) -> Verdict:
    """Return the fate of a want for which cash and lots leave `quantity` shares (rule 16)."""
    settled = _settled_verdict(want, context)
    if settled is not None:
        return settled
    whole_lots = 0 if want.rules is None else floor_buy_quantity(want.rules, want.quantity)
    if quantity == 0 and whole_lots == 0:
        return _below_lot(want)
    if _is_below_minimum(want, quantity or whole_lots, context):
        return _below_minimum(want, quantity or whole_lots, context)
    if quantity == 0:
        return _denied(Reason.NO_CASH, f"no cash for {whole_lots} shares")
    return _tradable(want, quantity, context)


def line_of(want: Want, verdict: Verdict, context: LineContext) -> PlanLine:
    """Return the line: an envelope of quantity and price, or the reason why not (rule 14)."""
    reference = want.reference
    return PlanLine(
        symbol=want.symbol,
        side=want.side,
        disposition=verdict.disposition,
        quantity_max=verdict.quantity,
        reference_price=None if reference is None else reference.price,
        reference_kind=(ReferenceKind.NONE if reference is None else reference.kind).value,
        limit_worst=_limit_worst(want, context),
        target_weight=want.weight,
        target_quantity=want.owned + want.side.sign * want.quantity,
        owned_quantity=want.owned,
        sellable_quantity=want.sellable,
        fees_estimate=_fees(want, verdict.quantity, context.fees),
        industry=want.industry,
        full_exit=want.full_exit,
        reason=verdict.reason,
        detail=verdict.detail,
    )


def by_sending_order(line: PlanLine) -> tuple[bool, Decimal, str]:
    """Sort key: sells before buys, the largest notional first, then code."""
    return line.side is Side.BUY, -line.notional, str(line.symbol)


def message_count(lines: Iterable[tuple[PlanLine, Rules | None]]) -> int:
    """Return how many orders the lines that may trade need at least, slices counted."""
    return sum(_orders_of(line, rules) for line, rules in lines)


def _orders_of(line: PlanLine, rules: Rules | None) -> int:
    """A line without rules was denied: nothing is sent for it."""
    if rules is None or line.disposition not in {Disposition.TRADE, Disposition.DEFERRED}:
        return 0
    return max(-(-line.quantity_max // rules.order_quantity_maximum), 1)


def _settled_verdict(want: Want, context: LineContext) -> Verdict | None:
    """The verdict that no quantity changes, None where the quantity decides."""
    if want.denial is not None:
        return _denied(want.denial, f"{want.symbol} is not traded: {want.denial.value}")
    if want.reference is None:
        return _priceless(want)
    if want.quantity == 0:
        return _kept("the holding is on target")
    if _is_inside_band(want, context):
        return _kept("the difference lies inside the no-trade band")
    if want.side is Side.SELL and want.sellable == 0:
        return _not_sellable(want)
    return None


def _priceless(want: Want) -> Verdict:
    detail = "neither a last trade nor a previous close"
    quantity = min(want.quantity, want.sellable)
    return Verdict(Disposition.DEFERRED, quantity, Reason.NO_PRICE, detail)


def _denied(reason: Reason, detail: str) -> Verdict:
    return Verdict(Disposition.DENIED, 0, reason, detail)


def _kept(detail: str) -> Verdict:
    return Verdict(Disposition.KEEP, 0, Reason.ON_TARGET, detail)


def _not_sellable(want: Want) -> Verdict:
    quantity = want.quantity
    if not want.full_exit and want.rules is not None:
        quantity = floor_buy_quantity(want.rules, quantity)
    detail = f"none of {want.owned} shares can be sold now"
    return Verdict(Disposition.DEFERRED, quantity, Reason.NOT_SELLABLE, detail)


def _below_lot(want: Want) -> Verdict:
    if want.owned > 0 and not want.full_exit:
        return _kept(f"the difference of {want.quantity} shares is no lot")
    return _denied(Reason.BELOW_LOT, f"{want.quantity} shares are no lot")


def _below_minimum(want: Want, quantity: int, context: LineContext) -> Verdict:
    minimum = context.settings.capital.trade_amount_min
    detail = f"{quantity} shares are worth less than {decimal_text(minimum)} CNY"
    return _kept(detail) if want.owned > 0 else _denied(Reason.BELOW_MINIMUM, detail)


def _tradable(want: Want, quantity: int, context: LineContext) -> Verdict:
    obstacle = standing_obstacle(want.instrument)
    if obstacle is not None:
        return Verdict(Disposition.DEFERRED, quantity, obstacle)
    facts = _facts_today(want, context)
    if isinstance(facts, str):
        return Verdict(Disposition.DEFERRED, quantity, Reason.LIMITS_DISAGREE, facts)
    if _is_locked(want, facts):
        return Verdict(Disposition.DEFERRED, quantity, Reason.LIMIT_LOCKED)
    reason, detail = _shortage(want, quantity)
    return Verdict(Disposition.TRADE, quantity, reason, detail)


def _shortage(want: Want, quantity: int) -> tuple[Reason | None, str]:
    """Why a line that trades cannot reach its target today (example E70; section 2, ST names)."""
    left = want.owned - quantity if want.full_exit else 0
    if left > 0 and want.sellable < want.owned:
        detail = f"{left} of {want.owned} shares are locked until the next session"
        return Reason.NOT_SELLABLE, detail
    if left > 0:
        return Reason.BELOW_LOT, f"{left} of {want.owned} shares are no lot"
    cap = None if want.rules is None else want.rules.daily_buy_maximum
    if want.side is Side.BUY and cap is not None and quantity <= cap < want.quantity:
        return Reason.DAILY_BUY_CAP, f"of {want.quantity} shares {cap} may be bought a day"
    return None, ""


def _facts_today(want: Want, context: LineContext) -> Instrument | str | None:
    """The name with the session's own limits, or why they cannot be believed.

    None before the session has published any, and for a name without facts or rules.
    """
    if not context.session_open or want.instrument is None or want.rules is None:
        return None
    disagreement = limits_disagreement(want.instrument, want.rules)
    return disagreement or with_day_limits(want.instrument, want.rules)


def _is_locked(want: Want, facts: Instrument | None) -> bool:
    """Whether the session's own book is locked; yesterday's lock says nothing."""
    reference = want.reference
    if facts is None or want.quote is None or reference is None:
        return False
    return reference.kind is ReferenceKind.LAST and is_locked(want.side, facts, want.quote)


def _is_inside_band(want: Want, context: LineContext) -> bool:
    band = context.settings.capital.no_trade_band
    return want.owned > 0 and not want.full_exit and want.amount < band * context.capital


def _is_below_minimum(want: Want, quantity: int, context: LineContext) -> bool:
    if want.full_exit or want.reference is None:
        return False
    return quantity * want.reference.price < context.settings.capital.trade_amount_min


def _limit_worst(want: Want, context: LineContext) -> Decimal | None:
    """The envelope's price bound, inside the daily limits where the session has published them."""
    if want.reference is None or want.rules is None:
        return None
    worst = rebased_limit_worst(
        want.side, want.reference.price, context.settings.prices, want.rules.tick
    )
    facts = _facts_today(want, context)
    if facts is None or isinstance(facts, str):
        return worst
    if want.side is Side.BUY:
        return worst if facts.limit_up is None else min(worst, facts.limit_up)
    return worst if facts.limit_down is None else max(worst, facts.limit_down)


def _fees(want: Want, quantity: int, fees: FeeSchedule) -> Decimal:
    if want.reference is None or want.rules is None:
        return _ZERO
    return order_fees(want.side, quantity * want.reference.price, want.rules, fees).total
