"""Our own orders of one day, each name matched against the bars of its day."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from adapters.venues.simulated.bars import STEP_LENGTH
from adapters.venues.simulated.halts import Halts
from adapters.venues.simulated.name_book import (
    Execution,
    Instant,
    NameBook,
    NameDay,
    Participation,
)
from adapters.venues.simulated.orders import VenueOrder
from market.symbol import Symbol


class Book:
    """The exchange's book as far as it is ours; `NameBook` says how a name is matched."""

    def __init__(
        self,
        day: date,
        participation: Decimal,
        facts_of: Callable[[Symbol], NameDay],
        halts: Halts,
    ) -> None:
        """Match a session; `facts_of` is asked once for each name that gets an order."""
        self._day = day
        self._participation = Participation(*participation.as_integer_ratio())
        self._facts_of = facts_of
        self._halts = halts
        self._names: dict[Symbol, NameBook] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no order stands in the book."""
        return not self._names

    def add(self, order: VenueOrder, since: datetime) -> None:
        """Put an order into the queue of its name."""
        name = self._names.get(order.symbol)
        if name is None:
            facts = self._facts_of(order.symbol)
            name = self._names[order.symbol] = NameBook(facts, self._day, self._participation)
        name.add(order, since)

    def remove(self, order: VenueOrder) -> None:
        """Take an order out; a name without orders is forgotten."""
        name = self._names.get(order.symbol)
        if name is None:
            return
        name.remove(order)
        if name.is_empty:
            del self._names[order.symbol]

    def orders(self) -> list[VenueOrder]:
        """Return what stands in the book, by name in order of first arrival."""
        return [resting.order for name in self._names.values() for resting in name.resting()]

    def match(self, instant: Instant) -> list[Execution]:
        """Return what trades at one instant; the caller books it and removes what is done.

        A name that was halted for any part of the step does not trade in it.
        """
        executions: list[Execution] = []
        any_halts = bool(self._halts)
        for symbol, name in self._names.items():
            if not (any_halts and self._is_halted(symbol, instant)):
                executions += name.match(instant)
        return executions

    def _is_halted(self, symbol: Symbol, instant: Instant) -> bool:
        return self._halts.touches(symbol, instant.at - STEP_LENGTH, instant.at)
