from dataclasses import dataclass
from decimal import Decimal

from market.fees import FeeSchedule, order_fees
from market.rules import Rules
from market.side import Side


@dataclass(frozen=True, slots=True)
class Holding:
    """One name in one account during a day, in shares.

    `opening` was held before the session; `frozen` sits in live sell orders; `locked` is neither
    frozen nor sellable for another reason.
    """

    opening: int
    bought_today: int = 0
    sold_today: int = 0
    frozen: int = 0
    locked: int = 0

    @property
    def total(self) -> int:
        """Shares held now, today's buys included."""
        return self.opening + self.bought_today - self.sold_today


def sellable_quantity(holding: Holding, rules: Rules) -> int:
    """Return what may be sold now: T+1 leaves today's buys out (examples E36 and E39)."""
    settled = holding.opening + (holding.bought_today if rules.t_plus == 0 else 0)
    return max(settled - holding.sold_today - holding.frozen - holding.locked, 0)


def buy_freeze(limit_price: Decimal, quantity: int, rules: Rules, schedule: FeeSchedule) -> Decimal:
    """Return the cash a limit buy takes out of the available: amount and fees (example E37)."""
    return buy_cost(limit_price * quantity, rules, schedule)


def buy_cost(amount: Decimal, rules: Rules, schedule: FeeSchedule) -> Decimal:
    """Return the cash an order that bought for `amount` CNY takes in the end."""
    return amount + order_fees(Side.BUY, amount, rules, schedule).total


def sell_proceeds(amount: Decimal, rules: Rules, schedule: FeeSchedule) -> Decimal:
    """Return the cash an order that sold for `amount` CNY brings: available at once (E38)."""
    return amount - order_fees(Side.SELL, amount, rules, schedule).total
