from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AuctionInterest:
    """A limit price in CNY and the shares waiting at it."""

    price: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class AuctionMatch:
    """The one price of a call auction and the shares that trade at it."""

    price: Decimal
    quantity: int


def match_call_auction(
    buys: Sequence[AuctionInterest], sells: Sequence[AuctionInterest], reference: Decimal
) -> AuctionMatch | None:
    """Return the price of the largest executable volume, or None when nothing crosses (E32).

    Equal volumes are settled by the smaller surplus, then by nearness to `reference`, then by the
    higher price: a-share-rules.md section 4 states the volume rule only.
    """
    prices = sorted({interest.price for interest in (*buys, *sells)})
    candidates = [(price, _demand(buys, price), _supply(sells, price)) for price in prices]
    best = max(
        candidates,
        key=lambda c: (min(c[1], c[2]), -abs(c[1] - c[2]), -abs(c[0] - reference), c[0]),
        default=None,
    )
    if best is None or min(best[1], best[2]) == 0:
        return None
    return AuctionMatch(best[0], min(best[1], best[2]))


def _demand(buys: Sequence[AuctionInterest], price: Decimal) -> int:
    return sum(interest.quantity for interest in buys if interest.price >= price)


def _supply(sells: Sequence[AuctionInterest], price: Decimal) -> int:
    return sum(interest.quantity for interest in sells if interest.price <= price)
