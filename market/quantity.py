from typing import assert_never

from market.rules import OddLotRule, Rules
from market.side import Side


def floor_buy_quantity(rules: Rules, quantity: int) -> int:
    """Return the largest buy not above `quantity`, 0 if that is below the minimum.

    The maximum of one order is not applied here: see `slice_quantities`.
    """
    if quantity < rules.lot_minimum:
        return 0
    return quantity - quantity % rules.lot_step


def floor_sell_quantity(rules: Rules, quantity: int, sellable: int) -> int:
    """Return the largest sell not above min(quantity, sellable).

    Everything sellable goes with its odd lot; a part of it is floored, 0 below the minimum.
    """
    wanted = min(quantity, sellable)
    if wanted <= 0:
        return 0
    if wanted == sellable:
        return sellable
    return floor_buy_quantity(rules, wanted)


def is_valid_buy_quantity(rules: Rules, quantity: int) -> bool:
    """Whether one limit order may buy exactly this (examples E7 to E9)."""
    return (
        rules.lot_minimum <= quantity <= rules.order_quantity_maximum
        and quantity % rules.lot_step == 0
    )


def is_valid_sell_quantity(rules: Rules, quantity: int, sellable: int) -> bool:
    """Whether one limit order may sell exactly this out of `sellable` (examples E10 to E14)."""
    return quantity <= rules.order_quantity_maximum and _is_sell_shape(rules, quantity, sellable)


def slice_quantities(
    rules: Rules, side: Side, quantity: int, sellable: int | None = None
) -> tuple[int, ...]:
    """Cut a quantity into orders that are each legal, sent in this order (example E15).

    No slice is below the minimum unless the whole quantity is. Raises ValueError for a quantity
    that no sequence of orders can make, and for a sell without `sellable`.
    """
    _require_sliceable(rules, side, quantity, sellable)
    largest = rules.order_quantity_maximum - rules.order_quantity_maximum % rules.lot_step
    if quantity <= rules.order_quantity_maximum:
        return (quantity,)
    whole, remainder = divmod(quantity, largest)
    if remainder == 0:
        return (largest,) * whole
    # A short tail borrows whole steps from the slice before it.
    shortage = max(rules.lot_minimum - remainder, 0)
    borrowed = -(-shortage // rules.lot_step) * rules.lot_step
    return (*((largest,) * (whole - 1)), largest - borrowed, remainder + borrowed)


def _require_sliceable(rules: Rules, side: Side, quantity: int, sellable: int | None) -> None:
    match side:
        case Side.BUY:
            possible = quantity > 0 and floor_buy_quantity(rules, quantity) == quantity
        case Side.SELL:
            if sellable is None:
                raise ValueError("a sell is sliced against its sellable quantity")
            possible = _is_sell_shape(rules, quantity, sellable)
        case _:
            assert_never(side)
    if not possible:
        raise ValueError(f"{side} {quantity} of sellable {sellable} is no legal quantity")


def _is_sell_shape(rules: Rules, quantity: int, sellable: int) -> bool:
    if not 0 < quantity <= sellable:
        return False
    match rules.odd_lot_rule:
        case OddLotRule.REMAINDER_WHOLE:
            return quantity % rules.lot_step in {0, sellable % rules.lot_step}
        case OddLotRule.ALL_BELOW_MINIMUM:
            return quantity >= rules.lot_minimum or quantity == sellable
        case _:
            assert_never(rules.odd_lot_rule)
