"""Intraday halts: intervals in which a name does not trade (a-share-rules.md section 3)."""

from collections import defaultdict
from datetime import datetime

from market.symbol import Symbol


class Halts:
    """Halts by name; a halt begins with its start and is over at its end."""

    def __init__(self) -> None:
        """Begin without any."""
        self._intervals: dict[Symbol, list[tuple[datetime, datetime]]] = defaultdict(list)

    def __bool__(self) -> bool:
        """Whether any name was ever halted."""
        return bool(self._intervals)

    def add(self, symbol: Symbol, start: datetime, end: datetime) -> None:
        """Halt a name. Raises ValueError for an interval that ends before it starts."""
        if end <= start:
            raise ValueError(f"a halt of {symbol} cannot end at {end}, it starts at {start}")
        self._intervals[symbol].append((start, end))

    def is_halted(self, symbol: Symbol, moment: datetime) -> bool:
        """Whether the name is halted at a moment."""
        return any(start <= moment < end for start, end in self._intervals.get(symbol, ()))

    def touches(self, symbol: Symbol, start: datetime, end: datetime) -> bool:
        """Whether a halt covers any of the time after `start` up to `end`."""
        return any(
            since <= end and start < until for since, until in self._intervals.get(symbol, ())
        )
