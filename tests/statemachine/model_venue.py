"""A venue in twenty lines of state: one order, its legal history, and the messages it emits."""

from dataclasses import dataclass, field
from datetime import datetime

from statemachine.events import ENDED_STATUSES, OrderReport, VenueStatus
from tests.statemachine.orders import NOW, QUANTITY, clock, report

LIVE = frozenset(
    {
        VenueStatus.REPORTED,
        VenueStatus.PART_SUCC,
        VenueStatus.REPORTED_CANCEL,
        VenueStatus.PARTSUCC_CANCEL,
    },
)
CANCELLING = frozenset({VenueStatus.REPORTED_CANCEL, VenueStatus.PARTSUCC_CANCEL})


@dataclass
class ModelVenue:
    """What really happens to the order; everything told of it lies in `reports` and `fills`."""

    status: VenueStatus | None = None
    filled: int = 0
    version: int = 0
    reports: list[OrderReport] = field(default_factory=list)
    fills: list[tuple[str, int]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether it can trade."""
        return self.status in LIVE

    @property
    def cancelling(self) -> bool:
        """Whether a cancel is on its way at the exchange."""
        return self.status in CANCELLING

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in ENDED_STATUSES

    def become(self, status: VenueStatus, *, tell: bool = True, at: datetime = NOW) -> None:
        """Move on; some counters do not tell every move."""
        self.status = status
        self.version += 1
        if tell:
            self.reports.append(report(status, self.filled, self.version, updated_at=at))

    def trade(self, quantity: int, *, tell: bool) -> None:
        """Fill a part or the rest; the end is always told."""
        self.filled += quantity
        self.fills.append((f"F{len(self.fills)}", quantity))
        if self.filled == QUANTITY:
            self.become(VenueStatus.SUCCEEDED)
        elif self.cancelling:
            self.become(VenueStatus.PARTSUCC_CANCEL, tell=tell)
        else:
            self.become(VenueStatus.PART_SUCC, tell=tell)

    def take_cancel(self, *, tell: bool) -> None:
        """The cancel request is at the exchange."""
        partly = self.filled > 0
        self.become(
            VenueStatus.PARTSUCC_CANCEL if partly else VenueStatus.REPORTED_CANCEL,
            tell=tell,
        )

    def work_on(self) -> None:
        """The exchange refused the cancel."""
        self.become(VenueStatus.PART_SUCC if self.filled else VenueStatus.REPORTED)

    def end_cancelled(self, *, at_close: bool = False) -> None:
        """The rest is gone: our cancel, somebody else's, or the end of the day."""
        partly = self.filled > 0
        self.become(
            VenueStatus.PART_CANCEL if partly else VenueStatus.CANCELED,
            at=clock("15:00:05") if at_close else NOW,
        )
