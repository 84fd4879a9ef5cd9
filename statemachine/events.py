"""What the outside world tells us about one order, in our own words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from market.side import Side
from market.symbol import Symbol


class VenueStatus(StrEnum):
    """The venue's vocabulary (gateway-contract.md section 2); the counter's codes 48 to 57, 255."""

    UNREPORTED = "UNREPORTED"
    WAIT_REPORTING = "WAIT_REPORTING"
    REPORTED = "REPORTED"
    REPORTED_CANCEL = "REPORTED_CANCEL"
    PARTSUCC_CANCEL = "PARTSUCC_CANCEL"
    PART_CANCEL = "PART_CANCEL"
    CANCELED = "CANCELED"
    PART_SUCC = "PART_SUCC"
    SUCCEEDED = "SUCCEEDED"
    JUNK = "JUNK"
    UNKNOWN = "UNKNOWN"


ENDED_STATUSES = frozenset(
    {VenueStatus.PART_CANCEL, VenueStatus.CANCELED, VenueStatus.SUCCEEDED, VenueStatus.JUNK},
)
# A8 rows 1, 4 and 20: none of these says that the exchange has, or had, the order.
NO_ACK_STATUSES = frozenset(
    {
        VenueStatus.UNREPORTED,
        VenueStatus.WAIT_REPORTING,
        VenueStatus.JUNK,
        VenueStatus.UNKNOWN,
    },
)


@dataclass(frozen=True, slots=True)
class OrderReport:
    """The venue's view of one order at one moment.

    `version` rises with every change at the venue; a report whose version is not above the
    stored one is stale. `client_order_id` is None for orders that are not ours.
    """

    client_order_id: str | None
    venue_order_id: str
    symbol: Symbol
    side: Side
    quantity: int
    limit_price: Decimal
    status: VenueStatus
    raw_status: int
    raw_text: str
    filled_quantity: int
    filled_amount: Decimal
    reject_code: str | None
    reject_reason: str
    version: int
    updated_at: datetime

    @property
    def came_to_nothing(self) -> bool:
        """Whether it ended without a single fill."""
        return self.status in ENDED_STATUSES and self.filled_quantity == 0
