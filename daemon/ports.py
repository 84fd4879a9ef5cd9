"""What a daemon is given from outside; a simulation gives its own and runs the same program."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from structlog.typing import FilteringBoundLogger

from adapters.alerts.channel import Channel
from adapters.pingan.transport import Transport
from daemon.clock import MachineClock, MarketClock
from daemon.randomness import Randomness
from market.calendar import TradingCalendar
from market.rules import RuleBook
from storage.place import PlaceOf, place_of


@dataclass(frozen=True, slots=True)
class Ports:
    """The clock, the dice, the rule books, the wire and the log of one process.

    `connect` takes the time-out of a request in seconds; `log_for` the clock that stamps lines,
    `place_of` the path of the database; `channels` reach people.
    """

    machine: MachineClock
    randomness: Randomness
    calendar: TradingCalendar
    rules: RuleBook
    connect: Callable[[Decimal], Transport]
    log_for: Callable[[MarketClock], FilteringBoundLogger]
    place_of: PlaceOf = place_of
    channels: tuple[Channel, ...] = ()
