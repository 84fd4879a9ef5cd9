"""Prices of one session carried over to another reference price, in whole cents."""

from dataclasses import dataclass

from adapters.venues.simulated.bars import Bar


@dataclass(frozen=True, slots=True)
class Band:
    """The lowest and the highest price of a day in cents, both themselves allowed."""

    down: int
    up: int


@dataclass(frozen=True, slots=True)
class Scaling:
    """From the session whose previous close is `prev_close` to one whose reference is `reference`.

    A price at a limit of the one session is at that limit of the other, so what was locked stays
    locked; all others keep their ratio to the reference, to the nearest cent, inside the band.
    """

    prev_close: int
    reference: int
    before: Band | None
    after: Band | None

    def price(self, cents: int) -> int:
        """Return the price a price becomes; larger ones never become smaller ones."""
        scaled = max(self._in_proportion(cents), 1)
        if self.after is None:
            return scaled
        if self.before is not None and cents >= self.before.up:
            return self.after.up
        if self.before is not None and cents <= self.before.down:
            return self.after.down
        return min(max(scaled, self.after.down), self.after.up)

    def bar(self, bar: Bar) -> Bar:
        """Return a bar with its prices and its amount scaled; its volume is what was traded."""
        return Bar(
            open=self.price(bar.open),
            high=self.price(bar.high),
            low=self.price(bar.low),
            close=self.price(bar.close),
            volume=bar.volume,
            amount=self._in_proportion(bar.amount),
        )

    def _in_proportion(self, cents: int) -> int:
        return (2 * cents * self.reference + self.prev_close) // (2 * self.prev_close)
