"""What the portfolio wants of each name, before lots, cash and obstacles."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.broker import Instrument, InstrumentStatus, Quote
from daemon.planning.bounds import buy_denial
from daemon.planning.checks import UNKNOWN_INDUSTRY, industry_of
from daemon.planning.inputs import Holdings, PlanInputs, Reference, security_status
from market.rules import RuleMissingError, Rules, SecurityStatus
from market.side import Side
from market.symbol import Symbol
from statemachine.portfolio import Target
from statemachine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Want:
    """One name with everything known of it, and the trade the portfolio asks for.

    `quantity` is whole shares before lots, 0 where the holding is on target; `amount` is the
    same in CNY, exact; both are 0 without a reference unless the whole holding goes. `sellable`
    is ours of it. `denial` is final, whatever cash there is.
    """

    symbol: Symbol
    side: Side
    quantity: int
    amount: Decimal
    weight: Decimal
    industry: str
    full_exit: bool
    owned: int
    sellable: int
    account_sellable: int
    reference: Reference | None
    instrument: Instrument | None
    quote: Quote | None
    rules: Rules | None
    denial: Reason | None


@dataclass(frozen=True, slots=True)
class Wish:
    """The trade itself, told apart from the facts about the name."""

    side: Side
    quantity: int
    amount: Decimal
    weight: Decimal
    industry: str
    full_exit: bool


def wants_of(inputs: PlanInputs, holdings: Holdings, capital: Decimal) -> tuple[Want, ...]:
    """Return one want for every target and every owned name, sorted by code.

    `capital` is strategy_capital, CNY. An owned name that is no target is a full exit.
    """
    targets = {target.symbol: target for target in inputs.portfolio.targets}
    owned = {symbol for symbol, quantity in inputs.owned.items() if quantity > 0}
    return tuple(
        want_of(symbol, _wish(symbol, targets, inputs, capital), inputs, holdings)
        for symbol in sorted(owned | set(targets))
    )


def want_of(symbol: Symbol, wish: Wish, inputs: PlanInputs, holdings: Holdings) -> Want:
    """Return the wish with what is known of its name."""
    owned = inputs.owned.get(symbol, 0)
    instrument = inputs.instruments.get(symbol)
    rules = _rules(symbol, instrument, inputs)
    return Want(
        symbol=symbol,
        side=wish.side,
        quantity=wish.quantity,
        amount=wish.amount,
        weight=wish.weight,
        industry=wish.industry,
        full_exit=wish.full_exit,
        owned=owned,
        sellable=min(owned, holdings.sellable(symbol)),
        account_sellable=holdings.sellable(symbol),
        reference=inputs.reference(symbol),
        instrument=instrument,
        quote=inputs.quotes.get(symbol),
        rules=rules,
        denial=_denial(wish.side, instrument, rules, inputs),
    )


def _wish(
    symbol: Symbol, targets: Mapping[Symbol, Target], inputs: PlanInputs, capital: Decimal
) -> Wish:
    target = targets.get(symbol)
    weight = Decimal(0) if target is None else target.weight
    industry = UNKNOWN_INDUSTRY if target is None else industry_of(target)
    owned = inputs.owned.get(symbol, 0)
    reference = inputs.reference(symbol)
    if weight == 0:
        value = owned * reference.price if reference else Decimal(0)
        return Wish(Side.SELL, owned, value, weight, industry, full_exit=owned > 0)
    if reference is None:
        return Wish(Side.BUY, 0, weight * capital, weight, industry, full_exit=False)
    amount = weight * capital - owned * reference.price
    side = Side.BUY if amount >= 0 else Side.SELL
    quantity = abs(int(weight * capital / reference.price) - owned)
    return Wish(side, quantity, abs(amount), weight, industry, full_exit=False)


def _rules(symbol: Symbol, instrument: Instrument | None, inputs: PlanInputs) -> Rules | None:
    status = SecurityStatus.NORMAL if instrument is None else security_status(instrument)
    try:
        return inputs.rules.on(symbol, inputs.session_date, status)
    except RuleMissingError:
        return None


def _denial(
    side: Side, instrument: Instrument | None, rules: Rules | None, inputs: PlanInputs
) -> Reason | None:
    """Return the first final reason; what only forbids buying lets a holding go."""
    if instrument is None or instrument.status is InstrumentStatus.NOT_FOUND:
        return Reason.NOT_LISTED
    if side is Side.BUY:
        settings, day = inputs.settings, inputs.session_date
        forbidden = buy_denial(instrument, day, settings.checks, inputs.calendar)
        if forbidden is not None:
            return forbidden
    return Reason.RULE_MISSING if rules is None else None
