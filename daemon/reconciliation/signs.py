"""Which way a fill moves shares and cash; a reversed trade moves them back, however it is told."""

from decimal import Decimal

from market.side import Side
from statemachine.fill import Fill, FillKind


def signed_quantity(fill: Fill) -> int:
    """Return the shares of a fill, negative for the reversal of a trade."""
    return -abs(fill.quantity) if fill.kind is FillKind.BUST else fill.quantity


def signed_amount(fill: Fill) -> Decimal:
    """Return the amount of a fill, CNY, negative for the reversal of a trade."""
    return -abs(fill.amount) if fill.kind is FillKind.BUST else fill.amount


def share_change(fill: Fill) -> int:
    """Return by how much the fill changes the holding."""
    return fill.side.sign * signed_quantity(fill)


def billed_fees(fill: Fill) -> Decimal:
    """Return what the broker billed for the fill, CNY, zero while it has not billed it."""
    if fill.fees is None:
        return Decimal(0)
    return -abs(fill.fees.total) if fill.kind is FillKind.BUST else fill.fees.total


def amount_of(fills: tuple[Fill, ...], side: Side) -> Decimal:
    """Return what the fills of one side amount to, CNY."""
    return sum((signed_amount(fill) for fill in fills if fill.side is side), Decimal(0))
