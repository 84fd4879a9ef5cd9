"""Our orders of one name on one side, and what they meet at each step of a bar."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime

from adapters.venues.simulated.bars import Bar, path, to_cents
from adapters.venues.simulated.levels import NEVER, BookShape, first_offer
from adapters.venues.simulated.orders import VenueOrder
from market.side import Side


@dataclass(slots=True, eq=False)
class Resting:
    """An order in the book; prices are in cents times the sign of its side.

    `credit` are shares it may take of this bar but has not taken yet. `queue` are the shares of
    the market that stand before it at its price, None until it was first looked at. It `takes`
    while it meets offers from the moment it came; later it waits to be met.
    """

    order: VenueOrder
    limit: int
    since: datetime
    credit: int = 0
    queue: int | None = None
    takes: bool = True


@dataclass(slots=True)
class Lane:
    """One side's orders, best price first, then by arrival, and the bar they stand in.

    `prices` are the path of the bar, NEVER where nothing can be traded on this side. Nothing
    trades beyond `furthest`, the bar's extreme, for nothing did. At the step in hand `offer` is
    the first price on offer and `used` what ours took at each price.
    """

    sign: int
    best: int
    worst: int
    resting: list[Resting] = field(default_factory=list)
    prices: list[int] = field(default_factory=list)
    furthest: int = 0
    half_spread: int = 0
    offer_sizes: tuple[int, ...] = ()
    queue_sizes: tuple[int, ...] = ()
    is_waiting: bool = False
    offer: int = NEVER
    used: dict[int, int] = field(default_factory=dict)

    def add(self, order: VenueOrder, since: datetime) -> None:
        """Put an order behind all that are at least as good."""
        resting = Resting(order, to_cents(order.limit_price) * self.sign, since)
        place = bisect_right(self.resting, -resting.limit, key=lambda entry: -entry.limit)
        self.resting.insert(place, resting)
        self.is_waiting = False

    def remove(self, order: VenueOrder) -> None:
        """Take an order out."""
        self.resting = [resting for resting in self.resting if resting.order is not order]

    def forget_credit(self) -> None:
        """Begin another bar: what was not taken of the one before is gone."""
        for resting in self.resting:
            resting.credit = 0

    def enter(self, bar: Bar, shape: BookShape) -> None:
        """Move on to another bar, which has volume."""
        side = Side.BUY if self.sign > 0 else Side.SELL
        ticks = (price * self.sign for price in path(bar, round_up=side is Side.BUY))
        self.prices = [price if self.best <= price < self.worst else NEVER for price in ticks]
        self.furthest = min(bar.high if side is Side.BUY else -bar.low, self.worst)
        self.half_spread = shape.half_spread
        self.offer_sizes = shape.sizes_against(side)
        self.queue_sizes = shape.sizes_beside(side)

    def is_out_of_reach(self, step: int) -> bool:
        """Whether nothing here can trade or change at a step of the bar."""
        if not self.resting:
            return True
        return self.is_waiting and self.prices[step - 1] > self.resting[0].limit

    def begin(self, price: int) -> None:
        """Begin a step: show the book around a path price."""
        self.is_waiting = True
        self.used = {}
        self.offer = NEVER
        if price != NEVER:
            first = first_offer(price, self.half_spread, self.best, self.worst)
            self.offer = min(first, self.furthest)

    def settle_down(self, resting: Resting, price: int) -> None:
        """Let an order wait that meets no offer: behind the market, unless it was there first."""
        resting.takes = False
        if resting.queue is None:
            distance = price - self.half_spread - resting.limit
            last = len(self.queue_sizes) - 1
            resting.queue = self.queue_sizes[min(distance, last)] if distance >= 0 else 0

    def take(self, limit: int, wanted: int) -> list[tuple[int, int]]:
        """Walk the levels on offer up to a limit; return shares and price in cents of each."""
        taken = []
        last = min(limit, self.furthest)
        for price, size in enumerate(self.offer_sizes, start=self.offer):
            if price > last or not wanted:
                break
            before = self.used.get(price, 0)
            quantity = min(wanted, size - before)
            if quantity > 0:
                self.used[price] = before + quantity
                wanted -= quantity
                taken.append((quantity, price * self.sign))
        return taken
