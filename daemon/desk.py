"""Everything a task works with, handed in by the composition root; tasks construct nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from adapters.broker import Broker
from config.settings import Settings
from daemon.clock import MachineClock, MarketClock, Signal
from daemon.egress import EgressLog
from daemon.halting.files import HaltFiles
from daemon.instance_lock import InstanceLock
from daemon.metrics import Metrics
from daemon.progress import Progress
from daemon.randomness import Randomness
from market.calendar import TradingCalendar
from market.rules import RuleBook
from market.symbol import Symbol
from storage.store import Store

# Whose name the journal carries for what no person did.
ACTOR = "sage-execd"


@dataclass(frozen=True, slots=True)
class Signals:
    """One wake-up call a task: whoever makes work for a task sets its signal."""

    watch: Signal
    release: Signal
    submit: Signal
    poll: Signal
    timeout: Signal
    reconcile: Signal
    halt: Signal

    @staticmethod
    def of(clock: MarketClock) -> "Signals":
        """Make a fresh set on this clock."""
        return Signals(*(clock.signal() for _ in range(7)))


@dataclass(slots=True)
class Desk:
    """The ports and values of one account's daemon.

    Nothing here is ever replaced but `settings`, by a reload, and then only what config.reload
    allows: read a setting where it is used.
    """

    account: str
    settings: Settings
    settings_hash: str
    store: Store
    broker: Broker
    clock: MarketClock
    machine: MachineClock
    randomness: Randomness
    calendar: TradingCalendar
    rules: RuleBook
    metrics: Metrics
    signals: Signals
    lock: InstanceLock
    halt_files: HaltFiles
    artifacts: Path
    industry_of: Mapping[Symbol, str]
    log: FilteringBoundLogger
    egress: EgressLog = field(default_factory=EgressLog)
    progress: Progress = field(default_factory=Progress)
