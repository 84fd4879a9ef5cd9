"""The book the market stands in: five levels a side, made from the volume of a bar.

Prices of one side are handled times the side's sign, so that a higher number is always a worse
price for the taker; one rule then serves buys and sells.
"""

import hashlib
from dataclasses import dataclass

from market.side import Side

LEVEL_COUNT = 5
LOT = 100

# A price times its sign that no limit reaches: nothing is on offer.
NEVER = 1 << 60

_TOUCH_SHARE = 60  # a level shows about a quarter minute of the bar's volume
_LEVEL_WEIGHTS = (4, 5, 6, 7, 8)  # in quarters of that: books are thinnest at the touch
_WEIGHT_UNIT = 4
_DRAW_LOW, _DRAW_SPAN = 50, 101  # percent of it, drawn by the seed
_TIGHT_VOLUME = 60 * LOT  # a lot in every quarter minute
_WIDE_VOLUME = 10 * LOT


@dataclass(frozen=True, slots=True)
class BookShape:
    """Spread and depth without a price: cents from the last trade to the touch, shares by level."""

    half_spread: int
    bid_sizes: tuple[int, ...]
    ask_sizes: tuple[int, ...]

    def sizes_against(self, side: Side) -> tuple[int, ...]:
        """Return what a taker on this side meets, first level first."""
        return self.ask_sizes if side is Side.BUY else self.bid_sizes

    def sizes_beside(self, side: Side) -> tuple[int, ...]:
        """Return what a passive order of this side queues behind, first level first."""
        return self.bid_sizes if side is Side.BUY else self.ask_sizes


@dataclass(frozen=True, slots=True)
class Level:
    """A price in cents and the shares on offer there."""

    price: int
    size: int


def book_shape(volume: int, draw_key: str) -> BookShape:
    """Return the book that a quarter hour of this volume leaves; the same key, the same book."""
    draws = hashlib.blake2b(draw_key.encode(), digest_size=2 * LEVEL_COUNT).digest()
    return BookShape(
        half_spread=_half_spread(volume),
        bid_sizes=_sizes(volume, draws[:LEVEL_COUNT]),
        ask_sizes=_sizes(volume, draws[LEVEL_COUNT:]),
    )


def bounds(side: Side, limit_up: int | None, limit_down: int | None) -> tuple[int, int]:
    """Return the day's best and worst price of a side, times its sign; NEVER without limits."""
    up = NEVER if limit_up is None else limit_up
    down = 1 if limit_down is None else limit_down
    return (down, up) if side is Side.BUY else (-up, -down)


def first_offer(last: int, half_spread: int, best: int, worst: int) -> int:
    """Return the first price a taker meets around a last trade, all times the sign; or NEVER.

    Nobody sells to a buyer at the upper limit or buys from a seller at the lower one; there the
    other side stands at the limit itself (a-share-rules.md section 7, 8).
    """
    if last >= worst:
        return NEVER
    if last <= best:
        return last
    return min(last + half_spread, worst)


def levels_against(
    side: Side, last: int, shape: BookShape, limit_up: int | None, limit_down: int | None
) -> tuple[Level, ...]:
    """Return what a taker on this side meets around a last trade in cents; () where locked."""
    best, worst = bounds(side, limit_up, limit_down)
    first = first_offer(last * side.sign, shape.half_spread, best, worst)
    return tuple(
        Level((first + distance) * side.sign, size)
        for distance, size in enumerate(shape.sizes_against(side))
        if first + distance <= worst
    )


def _half_spread(volume: int) -> int:
    if volume >= _TIGHT_VOLUME:
        return 1
    return 2 if volume >= _WIDE_VOLUME else 3


def _sizes(volume: int, draws: bytes) -> tuple[int, ...]:
    unit = _TOUCH_SHARE * _WEIGHT_UNIT * 100 * LOT
    return tuple(
        max(volume * weight * (_DRAW_LOW + draw % _DRAW_SPAN) // unit, 1) * LOT
        for weight, draw in zip(_LEVEL_WEIGHTS, draws, strict=True)
    )
