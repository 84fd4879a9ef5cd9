"""Matching of our own orders against the price path of real bars."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from adapters.venues.simulated.bars import (
    BAR_LENGTH,
    STEP_LENGTH,
    STEPS_PER_BAR,
    Bar,
    path,
    slot_start,
    to_cents,
)
from adapters.venues.simulated.orders import VenueOrder
from market.side import Side
from market.symbol import Symbol

_LOT = 100
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Instant:
    """A point of the matching grid: step 1 to 60 of one quarter hour."""

    at: datetime
    slot: int
    step: int


@dataclass(frozen=True, slots=True)
class Execution:
    """What one order trades at one instant; the price in cents."""

    order: VenueOrder
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class NameDay:
    """What the book must know of a name: its bars of the day and its limits in cents."""

    bars: tuple[Bar, ...] | None
    limit_up: int | None
    limit_down: int | None


@dataclass(slots=True)
class _Resting:
    """An order in the book; `credit` are shares it may take of this bar but has not taken yet."""

    order: VenueOrder
    limit: int
    since: datetime
    credit: int = 0


@dataclass(slots=True)
class _Name:
    """One name's orders by arrival, and the bar they stand in."""

    facts: NameDay
    resting: list[_Resting] = field(default_factory=list)
    slot: int = -1
    volume: int = 0
    buy_path: tuple[int, ...] = ()
    sell_path: tuple[int, ...] = ()

    def enter(self, slot: int) -> None:
        """Move on to another bar; what was not taken of the one before is gone."""
        bars = self.facts.bars
        self.slot = slot
        self.volume = bars[slot].volume if bars is not None else 0
        if bars is not None and self.volume:
            self.buy_path = path(bars[slot], round_up=True)
            self.sell_path = path(bars[slot], round_up=False)
        for resting in self.resting:
            resting.credit = 0

    def price_for(self, resting: _Resting, step: int) -> int | None:
        """Return the path price if the order can trade at it, else None.

        Nobody sells to a buyer at the upper limit or buys from a seller at the lower one, so a
        locked bar fills nothing on that side.
        """
        up, down = self.facts.limit_up, self.facts.limit_down
        if resting.order.side is Side.BUY:
            price = self.buy_path[step - 1]
            outside = (up is not None and price >= up) or (down is not None and price < down)
            return None if outside or price > resting.limit else price
        price = self.sell_path[step - 1]
        outside = (down is not None and price <= down) or (up is not None and price > up)
        return None if outside or price < resting.limit else price


class Book:
    """Our own orders of one day.

    An order fills where its limit is at or better than the path price of the bar, at the path
    price rounded against it. Of each bar our orders of a name together take at most
    `participation` x volume, pro rata to the time that passed since the bar began or the order
    arrived, in order of arrival, in whole lots but for a last remainder. Shares that passed while
    an order's limit was away from the price are not caught up.
    """

    def __init__(
        self, day: date, participation: Decimal, facts_of: Callable[[Symbol], NameDay]
    ) -> None:
        """Match a session; `facts_of` is asked once for each name that gets an order."""
        self._day = day
        self._numerator, self._denominator = participation.as_integer_ratio()
        self._facts_of = facts_of
        self._names: dict[Symbol, _Name] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no order stands in the book."""
        return not self._names

    def add(self, order: VenueOrder, since: datetime) -> None:
        """Put an order at the end of the queue of its name."""
        name = self._names.get(order.symbol)
        if name is None:
            name = self._names[order.symbol] = _Name(self._facts_of(order.symbol))
        name.resting.append(_Resting(order, to_cents(order.limit_price), since))

    def remove(self, order: VenueOrder) -> None:
        """Take an order out; a name without orders is forgotten."""
        name = self._names.get(order.symbol)
        if name is None:
            return
        name.resting = [resting for resting in name.resting if resting.order is not order]
        if not name.resting:
            del self._names[order.symbol]

    def orders(self) -> list[VenueOrder]:
        """Return what stands in the book, by name in order of first arrival."""
        return [resting.order for name in self._names.values() for resting in name.resting]

    def match(self, instant: Instant) -> list[Execution]:
        """Return what trades at one instant; the caller books it and removes what is done."""
        executions: list[Execution] = []
        for name in self._names.values():
            if name.slot != instant.slot:
                name.enter(instant.slot)
            if name.volume:
                executions.extend(self._match_name(name, instant))
        return executions

    def _match_name(self, name: _Name, instant: Instant) -> Iterator[Execution]:
        before = instant.at - STEP_LENGTH
        passed = self._passed(name.volume, instant.step)
        step_share = passed - self._passed(name.volume, instant.step - 1)
        pool = step_share
        for resting in name.resting:
            price = name.price_for(resting, instant.step)
            if price is None:
                continue
            own = step_share
            if resting.since > before:  # arrived inside this step
                own = passed - self._passed_by(name.volume, instant, resting.since)
            share = min(pool, own)
            resting.credit += share
            quantity = _whole_lots(resting.order.remaining_quantity, resting.credit)
            resting.credit -= quantity
            is_done = quantity == resting.order.remaining_quantity
            pool -= share - min(resting.credit, share) if is_done else share
            if quantity:
                yield Execution(resting.order, quantity, price)

    def _passed(self, volume: int, step: int) -> int:
        """Return our share of what traded from the start of the bar to a step of it."""
        return volume * self._numerator * step // (self._denominator * STEPS_PER_BAR)

    def _passed_by(self, volume: int, instant: Instant, moment: datetime) -> int:
        """Return our share of what traded from the start of the bar to a moment inside it."""
        elapsed = (moment - slot_start(self._day, instant.slot)) // _MICROSECOND
        whole = volume * self._numerator * max(elapsed, 0)
        return whole // (self._denominator * (BAR_LENGTH // _MICROSECOND))


def _whole_lots(remaining: int, credit: int) -> int:
    return remaining if remaining <= credit else credit // _LOT * _LOT
