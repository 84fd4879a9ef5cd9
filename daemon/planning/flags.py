"""What a person must look at before approving (trading-day.md rules 2, 10 and 18)."""

from collections.abc import Sequence
from decimal import Decimal

from config.settings import CheckSettings
from market.side import Side
from statemachine.plan import CapitalBase, Disposition, PlanLine
from statemachine.reasons import Reason

_ZERO = Decimal(0)
_SENDABLE = frozenset({Disposition.TRADE, Disposition.DEFERRED})


def traded_notional(lines: Sequence[PlanLine], side: Side) -> Decimal:
    """Return what the lines that can trade now buy or sell at reference prices, CNY."""
    return sum(
        (
            line.notional
            for line in lines
            if line.side is side and line.disposition is Disposition.TRADE
        ),
        _ZERO,
    )


def planned_exposure(lines: Sequence[PlanLine], capital: CapitalBase) -> Decimal:
    """Return our market value after the plan over strategy_capital; deferred lines count as not."""
    if capital.strategy_capital == 0:
        return _ZERO
    value = (
        capital.owned_market_value
        + traded_notional(lines, Side.BUY)
        - traded_notional(lines, Side.SELL)
    )
    return value / capital.strategy_capital


def flags(
    lines: Sequence[PlanLine],
    capital: CapitalBase,
    target_exposure: Decimal,
    settings: CheckSettings,
    *,
    market_volatility_known: bool,
    is_liquidation: bool = False,
) -> tuple[Reason, ...]:
    """Return DERISK and UNDERINVESTED where they apply; both refuse auto mode.

    A liquidation is a de-risk however little there is to sell.
    """
    found = []
    if is_liquidation or not market_volatility_known or is_derisk(lines, capital, settings):
        found.append(Reason.DERISK)
    if planned_exposure(lines, capital) < target_exposure - settings.underinvested_gap:
        found.append(Reason.UNDERINVESTED)
    return tuple(found)


def is_derisk(lines: Sequence[PlanLine], capital: CapitalBase, settings: CheckSettings) -> bool:
    """Whether a plan that a producer fault could have made takes much off the market (rule 10).

    Our exposure falls by more than `derisk_exposure_fall`, or sells, deferred ones included, above
    `derisk_sell_share` of the capital find no buys to offset them.
    """
    if exposure_fall(lines, capital) > settings.derisk_exposure_fall:
        return True
    return net_sell_share(lines, capital) > settings.derisk_sell_share


def owned_exposure(capital: CapitalBase) -> Decimal:
    """Return our market value before the plan over strategy_capital."""
    if capital.strategy_capital == 0:
        return _ZERO
    return capital.owned_market_value / capital.strategy_capital


def exposure_fall(lines: Sequence[PlanLine], capital: CapitalBase) -> Decimal:
    """Return by how much the plan lowers our exposure; negative where it raises it."""
    return owned_exposure(capital) - planned_exposure(lines, capital)


def net_sell_share(lines: Sequence[PlanLine], capital: CapitalBase) -> Decimal:
    """Return sells less buys, deferred ones included, over strategy_capital."""
    if capital.strategy_capital == 0:
        return _ZERO
    net_sells = _sendable_notional(lines, Side.SELL) - _sendable_notional(lines, Side.BUY)
    return net_sells / capital.strategy_capital


def _sendable_notional(lines: Sequence[PlanLine], side: Side) -> Decimal:
    return sum(
        (line.notional for line in lines if line.side is side and line.disposition in _SENDABLE),
        _ZERO,
    )
