"""Where the cash went: opening + sells - buys - fees + movements (trading-day.md rule 30)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from daemon.reconciliation.books import order_key
from daemon.reconciliation.signs import amount_of, billed_fees
from market.side import Side
from statemachine.fill import Fill
from statemachine.position import Movement

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CashFlow:
    """A period's cash, CNY.

    `fees_estimated` are our figures for the `unbilled_orders` orders of which the broker has not
    billed every fill; `fees_billed` are the broker's for all others.
    """

    opening: Decimal
    sells: Decimal
    buys: Decimal
    fees_billed: Decimal
    fees_estimated: Decimal
    movements: Decimal
    unbilled_orders: int

    @property
    def closing(self) -> Decimal:
        """What there must be at the end."""
        fees = self.fees_billed + self.fees_estimated
        return self.opening + self.sells - self.buys - fees + self.movements


def cash_flow(
    opening: Decimal,
    fills: Iterable[Fill],
    movements: Iterable[Movement],
    fee_estimates: Mapping[str, Decimal],
) -> CashFlow:
    """Return the flow of these fills and movements; estimates are keyed by `order_key`.

    An order without an estimate counts with what was billed of it so far.
    """
    fills = tuple(fills)
    unbilled = {order_key(fill) for fill in fills if fill.fees is None}
    estimated = unbilled & fee_estimates.keys()
    billed = (billed_fees(fill) for fill in fills if order_key(fill) not in estimated)
    return CashFlow(
        opening=opening,
        sells=amount_of(fills, Side.SELL),
        buys=amount_of(fills, Side.BUY),
        fees_billed=sum(billed, _ZERO),
        fees_estimated=sum((fee_estimates[key] for key in estimated), _ZERO),
        movements=sum((movement.amount for movement in movements), _ZERO),
        unbilled_orders=len(unbilled),
    )
