"""Our orders in a call auction of the market (a-share-rules.md section 4).

A bar holds its auction: the first bar the opening match, the last bar the closing one. Around
the price that was made stands a book in which as much as traded waits on both sides at that
price, and smaller levels beyond it. Alone it clears at exactly that price and volume; ours join.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.venues.simulated.bars import from_cents
from adapters.venues.simulated.levels import LOT, BookShape, bounds
from market.auction import AuctionInterest, match_call_auction
from market.side import Side


@dataclass(frozen=True, slots=True)
class Call:
    """An auction as the market held it: price in cents, shares traded, the day's limits.

    `room` is how many shares ours may trade of it, both sides together.
    """

    price: int
    volume: int
    room: int
    shape: BookShape
    limit_up: int | None
    limit_down: int | None


@dataclass(frozen=True, slots=True)
class CallOrder:
    """One of ours in the call: limit in cents, shares, and who came before it.

    `ahead` are the shares of the market at the clearing price that entered before it.
    """

    side: Side
    limit: int
    quantity: int
    ahead: int


@dataclass(frozen=True, slots=True)
class CallResult:
    """The price of the match in cents, and what each of ours trades at it."""

    price: int
    quantities: tuple[int, ...]


def hold_call(call: Call, orders: Sequence[CallOrder]) -> CallResult | None:
    """Match our orders, best price and earliest first on each side; None when nothing crosses.

    Ours come with no more than `room` shares in all, in the order given, in whole lots but for
    a last remainder, so that they never move the price.
    """
    joining = _join(call, orders)
    match = match_call_auction(
        _interests(call, orders, joining, Side.BUY),
        _interests(call, orders, joining, Side.SELL),
        from_cents(call.price),
    )
    if match is None:
        return None
    price = int(match.price.scaleb(2))
    filled = dict.fromkeys(Side, 0)
    quantities = []
    for order, quantity in zip(orders, joining, strict=True):
        before = filled[order.side] + (order.ahead if order.limit == price else 0)
        traded = whole_lots(quantity, min(quantity, max(match.quantity - before, 0)))
        filled[order.side] += traded
        quantities.append(traded)
    return CallResult(price, tuple(quantities))


def whole_lots(wanted: int, available: int) -> int:
    """Return as much as is available: all that is wanted, else whole lots."""
    return wanted if wanted <= available else available // LOT * LOT


def _join(call: Call, orders: Sequence[CallOrder]) -> list[int]:
    """Return with how many shares each order takes part."""
    left = max(min(call.room, call.volume - 1), 0)
    joining = []
    for order in orders:
        quantity = whole_lots(order.quantity, min(left, _within_reach(call, order)))
        joining.append(quantity)
        left -= quantity
    return joining


def _within_reach(call: Call, order: CallOrder) -> int:
    """Return what the market could trade with an order, were it the only one of ours."""
    _, worst = bounds(order.side, call.limit_up, call.limit_down)
    price = call.price * order.side.sign
    if price >= worst or price > order.limit * order.side.sign:
        return 0
    return call.volume if order.limit != call.price else max(call.volume - order.ahead, 0)


def _interests(
    call: Call, orders: Sequence[CallOrder], joining: Sequence[int], side: Side
) -> list[AuctionInterest]:
    """Return one side of the book: ours, what trades at the price, the levels behind it."""
    ours = [
        AuctionInterest(from_cents(order.limit), quantity)
        for order, quantity in zip(orders, joining, strict=True)
        if order.side is side and quantity
    ]
    behind = [
        AuctionInterest(from_cents(call.price - side.sign * distance), size)
        for distance, size in enumerate(call.shape.sizes_beside(side), start=1)
        if call.price > side.sign * distance
    ]
    return [*ours, AuctionInterest(from_cents(call.price), call.volume), *behind]
