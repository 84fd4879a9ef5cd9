"""Fees as we estimate them and as the broker billed them; the broker's figure is the truth."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from daemon.reconciliation.books import order_key
from daemon.reconciliation.signs import billed_fees
from market.fees import FeeSchedule, fees_of_fills
from market.rules import RuleBook, RuleMissingError
from statemachine.fill import Fill, FillKind

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FeeTotals:
    """Fees of some orders, CNY.

    `estimated` is our figure for all of them, `billed` the broker's so far; `unbilled_orders`
    have fills that were not billed. `charged` is the best known: billed, else estimated.
    """

    estimated: Decimal
    billed: Decimal
    charged: Decimal
    unbilled_orders: int


def fee_totals(fills: Iterable[Fill], estimates: Mapping[str, Decimal]) -> FeeTotals:
    """Return the totals over these fills; estimates are keyed by `order_key`."""
    by_order = fills_by_order(fills)
    unbilled = {key for key, parts in by_order.items() if any(part.fees is None for part in parts)}
    billed = {key: sum(map(billed_fees, parts), _ZERO) for key, parts in by_order.items()}
    charged = (
        estimates[key] if key in unbilled and key in estimates else figure
        for key, figure in billed.items()
    )
    return FeeTotals(
        estimated=sum((estimates.get(key, _ZERO) for key in by_order), _ZERO),
        billed=sum(billed.values(), _ZERO),
        charged=sum(charged, _ZERO),
        unbilled_orders=len(unbilled),
    )


def fee_estimates(
    fills: Iterable[Fill], rules: RuleBook, schedule: FeeSchedule
) -> dict[str, Decimal]:
    """Return our figure for each order of these fills, CNY, by `order_key`.

    `fills` hold all of an order or nothing of it. What the rule book knows nothing of, such as a
    fund that somebody else traded, has no estimate.
    """
    estimates: dict[str, Decimal] = {}
    for key, parts in fills_by_order(fills).items():
        try:
            estimates[key] = _estimate(parts, rules, schedule)
        except RuleMissingError:
            continue
    return estimates


def fills_by_order(fills: Iterable[Fill]) -> dict[str, list[Fill]]:
    """Return the fills of each order, by `order_key`."""
    by_order: defaultdict[str, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_order[order_key(fill)].append(fill)
    return dict(by_order)


def _estimate(fills: Sequence[Fill], rules: RuleBook, schedule: FeeSchedule) -> Decimal:
    busted = {fill.fill_id for fill in fills if fill.kind is FillKind.BUST}
    first = fills[0]
    amounts = [fill.amount for fill in fills if fill.fill_id not in busted]
    day_rules = rules.on(first.symbol, first.trade_date)
    return fees_of_fills(first.side, amounts, day_rules, schedule).total
