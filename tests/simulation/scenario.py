"""One simulated day as data: what is chosen about the world, and the script of its faults."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from config.people_settings import ApprovalSettings
from config.settings import DaySettings
from market.phases import market_time
from tests.simulation.faults import Fault
from tests.simulation.market_place import NAMES, NEXT_SESSION, SESSION

# A day that begins after two o'clock has its own last moment for what is late.
LATE_UNTIL = time(14, 49)
# Short enough for an outage, or for a daemon that is dead for minutes.
LATE = {"release_delay_max_s": 300, "absence_max_s": 120}


@dataclass(frozen=True, slots=True)
class World:
    """What a seed chooses about the world before anything goes wrong.

    A gateway that declares no `dedupe` recognises no id again: nothing may be sent to it twice.
    """

    first_send: time = time(14, 20)
    names: int = len(NAMES)
    participation_percent: int = 10
    latency_max_ms: int = 20
    sweep_interval_s: int = 20
    batch_size: int = 20
    is_brief: bool = False
    cancel_ratio_percent: int = 100
    poll_interval_s: int = 3
    poll_idle_interval_s: int = 15
    look_interval_s: int = 30
    dedupe: bool = True
    stages: bool = False
    two_persons: bool = False

    @property
    def approval(self) -> ApprovalSettings:
        """Who has to say yes, and how often."""
        above = Decimal(0) if self.two_persons else None
        return ApprovalSettings(stages=self.stages, two_persons_above=above)

    @property
    def origin(self) -> datetime:
        """The moment the world begins."""
        return datetime.combine(
            SESSION, self.first_send, market_time(SESSION, "09:00:00").tzinfo
        ) - timedelta(minutes=4)

    @property
    def day(self) -> DaySettings:
        """The trading day, which begins late, and closes its books early, where it is brief."""
        if not self.is_brief:
            return DaySettings(first_send=self.first_send, late_resume_until=LATE_UNTIL)
        return DaySettings(
            first_send=self.first_send,
            late_resume_until=LATE_UNTIL,
            working_ends=time(15, 1),
            residual_plan=time(15, 2),
            second_reconcile=time(15, 3),
        )

    def seconds_to(self, moment: datetime) -> float:
        """Return how far a moment is from the beginning."""
        return (moment - self.origin).total_seconds()

    @property
    def close_s(self) -> float:
        """After the second reconcile of the day."""
        return self.seconds_to(
            datetime.combine(SESSION, self.day.second_reconcile, self.origin.tzinfo)
            + timedelta(seconds=90)
        )

    @property
    def morning_s(self) -> tuple[float, float]:
        """The next morning's hour of the daemon."""
        return (
            self.seconds_to(market_time(NEXT_SESSION, "08:44:50")),
            self.seconds_to(market_time(NEXT_SESSION, "08:46:00")),
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """A day that can be replayed: the seed of all latencies, the world, and the faults."""

    seed: int
    world: World = field(default_factory=World)
    faults: tuple[Fault, ...] = ()

    def with_faults(self, faults: tuple[Fault, ...]) -> "Scenario":
        """Return the same day with another script."""
        return replace(self, faults=faults)
