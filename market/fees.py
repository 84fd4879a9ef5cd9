from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from market.money import CENT, ceil_to, floor_to, round_cent
from market.rules import Rules
from market.side import Side

_ZERO = Decimal(0)


class MinimumScope(StrEnum):
    """What the minimum commission counts for; counters differ (a-share-rules.md section 12)."""

    ORDER = "ORDER"
    FILL = "FILL"


class FeeRounding(StrEnum):
    """How each item goes to 0.01 CNY; no authoritative text was found (section 12)."""

    HALF_UP = "HALF_UP"
    UP = "UP"
    DOWN = "DOWN"

    def to_cent(self, amount: Decimal) -> Decimal:
        """Return the item as it is billed."""
        match self:
            case FeeRounding.HALF_UP:
                return round_cent(amount)
            case FeeRounding.UP:
                return ceil_to(amount, CENT)
            case FeeRounding.DOWN:
                return floor_to(amount, CENT)
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The contract with the broker.

    `commission_rate` is a share of the amount, `commission_minimum` in CNY. A net commission
    leaves the exchange's handling fee and the regulator's fee to be charged beside it.
    """

    commission_rate: Decimal = Decimal("0.00025")
    commission_minimum: Decimal = Decimal(5)
    net_commission: bool = False
    minimum_scope: MinimumScope = MinimumScope.ORDER
    rounding: FeeRounding = FeeRounding.HALF_UP


@dataclass(frozen=True, slots=True)
class Fees:
    """What one order costs beside its amount, in CNY; the last two only with a net commission."""

    commission: Decimal
    stamp_duty: Decimal
    transfer_fee: Decimal
    handling_fee: Decimal = _ZERO
    regulatory_fee: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        """The sum in CNY."""
        return (
            self.commission
            + self.stamp_duty
            + self.transfer_fee
            + self.handling_fee
            + self.regulatory_fee
        )

    def plus(self, other: "Fees") -> "Fees":
        """Return the fees of both together."""
        return self._combine(other, 1)

    def minus(self, other: "Fees") -> "Fees":
        """Return what this costs more than `other`: the fees of the fill that made the step."""
        return self._combine(other, -1)

    def _combine(self, other: "Fees", sign: int) -> "Fees":
        return Fees(
            commission=self.commission + sign * other.commission,
            stamp_duty=self.stamp_duty + sign * other.stamp_duty,
            transfer_fee=self.transfer_fee + sign * other.transfer_fee,
            handling_fee=self.handling_fee + sign * other.handling_fee,
            regulatory_fee=self.regulatory_fee + sign * other.regulatory_fee,
        )


NO_FEES = Fees(_ZERO, _ZERO, _ZERO)


def order_fees(side: Side, amount: Decimal, rules: Rules, schedule: FeeSchedule) -> Fees:
    """Return the fees of one order over its filled amount, each item rounded to 0.01.

    The minimum commission counts once (examples E41 to E48); nothing filled costs nothing. Our
    figure is an estimate: the broker's cash is the truth. Raises ValueError for a negative amount
    or a commission rate above the legal maximum.
    """
    if schedule.commission_rate > rules.commission_rate_maximum:
        raise ValueError(f"commission rate {schedule.commission_rate} is above the legal maximum")
    if amount < 0:
        raise ValueError(f"amount {amount} is negative")
    if amount == 0:
        return NO_FEES
    to_cent, beside = schedule.rounding.to_cent, schedule.net_commission
    commission = to_cent(amount * schedule.commission_rate)
    return Fees(
        commission=max(commission, schedule.commission_minimum),
        stamp_duty=to_cent(amount * rules.stamp_duty_rate) if side is Side.SELL else _ZERO,
        transfer_fee=to_cent(amount * rules.transfer_fee_rate),
        handling_fee=to_cent(amount * rules.handling_fee_rate) if beside else _ZERO,
        regulatory_fee=to_cent(amount * rules.regulatory_fee_rate) if beside else _ZERO,
    )


def fees_of_fills(
    side: Side, fill_amounts: Sequence[Decimal], rules: Rules, schedule: FeeSchedule
) -> Fees:
    """Return the fees of one order filled in several parts, by the schedule's minimum scope."""
    match schedule.minimum_scope:
        case MinimumScope.ORDER:
            return order_fees(side, sum(fill_amounts, _ZERO), rules, schedule)
        case MinimumScope.FILL:
            total = NO_FEES
            for amount in fill_amounts:
                total = total.plus(order_fees(side, amount, rules, schedule))
            return total
        case _:
            assert_never(schedule.minimum_scope)
