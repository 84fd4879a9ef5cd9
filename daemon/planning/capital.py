"""What the weights apply to (trading-day.md rule 12); never foreign value."""

from decimal import Decimal

from config.settings import CapitalSettings
from daemon.planning.inputs import Holdings, PlanInputs
from market.symbol import Symbol
from statemachine.plan import CapitalBase

OWNED_PLUS_CASH = "owned_plus_cash"
FIXED = "fixed"
_ZERO = Decimal(0)


def capital_base(inputs: PlanInputs, holdings: Holdings) -> CapitalBase:
    """Return strategy_capital with its parts and the moment they were read, CNY.

    Raises ValueError for a kind of capital that no setting names.
    """
    settings = inputs.settings.capital
    owned = sum((_owned_value(inputs, holdings, symbol) for symbol in sorted(inputs.owned)), _ZERO)
    available = inputs.snapshot.funds.available
    return CapitalBase(
        kind=settings.strategy_capital,
        owned_market_value=owned,
        available_cash=available,
        cash_reserve=settings.cash_reserve,
        strategy_capital=_strategy_capital(settings, owned + available - settings.cash_reserve),
        read_at=inputs.snapshot.as_of,
    )


def _strategy_capital(settings: CapitalSettings, owned_plus_cash: Decimal) -> Decimal:
    if settings.strategy_capital == OWNED_PLUS_CASH:
        return max(owned_plus_cash, _ZERO)
    if settings.strategy_capital == FIXED and settings.fixed_capital is not None:
        return settings.fixed_capital
    raise ValueError(
        f"capital.strategy_capital is {settings.strategy_capital!r} "
        f"with fixed_capital {settings.fixed_capital}"
    )


def _owned_value(inputs: PlanInputs, holdings: Holdings, symbol: Symbol) -> Decimal:
    """Our shares at the reference, or at the broker's value where the name has no price."""
    quantity = inputs.owned[symbol]
    reference = inputs.reference(symbol)
    if reference is not None:
        return quantity * reference.price
    position = holdings.position(symbol)
    if position is None or position.quantity == 0:
        return _ZERO
    return position.market_value * quantity / position.quantity
