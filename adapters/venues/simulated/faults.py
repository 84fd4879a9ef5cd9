"""Named misbehaviour of the venue, armed by a plan and drawn from a seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from adapters.venues.simulated.chance import drawn
from adapters.venues.simulated.orders import VenueOrder
from adapters.wire.models import Request
from adapters.wire.values import SymbolText
from market.side import Side


class VenueFaultKind(StrEnum):
    """What the venue can do wrong; fault_catalogue.py says what each of them means."""

    LATE_REJECT = "LATE_REJECT"
    FILL_DURING_CANCEL = "FILL_DURING_CANCEL"
    FILLED_DURING_CANCEL = "FILLED_DURING_CANCEL"
    REFUSED_CANCEL = "REFUSED_CANCEL"
    SLOW_CANCEL = "SLOW_CANCEL"
    CANCEL_LOST = "CANCEL_LOST"
    DELAYED_ACK = "DELAYED_ACK"
    QUEUED_ACK = "QUEUED_ACK"
    PARTIAL_BATCH = "PARTIAL_BATCH"
    BATCH_BREAKS_OFF = "BATCH_BREAKS_OFF"
    UNKNOWN_TAKEN = "UNKNOWN_TAKEN"
    UNKNOWN_LOST = "UNKNOWN_LOST"
    UNKNOWN_LATE = "UNKNOWN_LATE"
    OVERNIGHT = "OVERNIGHT"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    TRADE_BEFORE_ORDER = "TRADE_BEFORE_ORDER"
    DUPLICATE_FILL = "DUPLICATE_FILL"
    LATE_FILL = "LATE_FILL"
    FILLS_OUT_OF_ORDER = "FILLS_OUT_OF_ORDER"
    BUST = "BUST"
    ID_REUSE = "ID_REUSE"
    OPEN_AFTER_CLOSE = "OPEN_AFTER_CLOSE"


class VenueFault(Request):
    """One armed fault.

    `rate` is the share of matching orders it strikes, `times` how many at most, `delay_s` market
    seconds, `quantity` the shares that FILL_DURING_CANCEL trades; the empty filters match every
    order.
    """

    kind: VenueFaultKind
    rate: Decimal = Field(default=Decimal(1), ge=0, le=1)
    times: int | None = Field(default=None, gt=0)
    symbol: SymbolText | None = None
    side: Side | None = None
    client_order_id: str | None = None
    delay_s: int = Field(default=3, ge=0)
    quantity: int = Field(default=100, gt=0)
    code: str = "VENUE_REJECTED"
    text: str = "柜台拒单"

    def concerns(self, order: VenueOrder) -> bool:
        """Whether its filters match the order."""
        return (
            self.symbol in {None, str(order.symbol)}
            and self.side in {None, order.side}
            and self.client_order_id in {None, order.client_order_id}
        )


@dataclass(frozen=True, slots=True)
class VenueStrike:
    """A fault that struck an order, at market time."""

    at: datetime
    number: int
    kind: VenueFaultKind
    client_order_id: str

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "where": "venue",
            "at": self.at.isoformat(),
            "fault": self.number,
            "kind": self.kind.value,
            "client_order_id": self.client_order_id,
        }


@dataclass(slots=True)
class _Armed:
    fault: VenueFault
    number: int
    struck: int = 0


class FaultPlan:
    """The armed faults, and what they struck.

    Whether one strikes an order follows from the seed, the fault's place in the plan and the
    order's id alone, so that another fault or another order changes nothing.
    """

    def __init__(self, seed: int, faults: Iterable[VenueFault] = ()) -> None:
        """Arm these faults."""
        self._seed = seed
        self._armed: list[_Armed] = []
        self._count = 0
        self.strikes: list[VenueStrike] = []
        self.arm(faults)

    def arm(self, faults: Iterable[VenueFault]) -> None:
        """Add faults to the plan."""
        for fault in faults:
            self._count += 1
            self._armed.append(_Armed(fault, self._count))

    def disarm(self) -> None:
        """Forget every fault; what was struck stays on record."""
        self._armed.clear()

    def strike(self, kind: VenueFaultKind, order: VenueOrder, at: datetime) -> VenueFault | None:
        """Return the fault of this kind that hits the order now, and put it on record.

        Only orders that came over the wire are struck.
        """
        if not order.is_ours:
            return None
        for armed in self._armed:
            if armed.fault.kind is kind and self._hits(armed, order):
                armed.struck += 1
                self.strikes.append(VenueStrike(at, armed.number, kind, order.client_order_id))
                return armed.fault
        return None

    def as_json(self) -> list[dict[str, object]]:
        """Return every armed fault with its number and how often it struck."""
        return [
            {
                "where": "venue",
                "number": armed.number,
                "struck": armed.struck,
                **armed.fault.model_dump(mode="json"),
            }
            for armed in self._armed
        ]

    def _hits(self, armed: _Armed, order: VenueOrder) -> bool:
        fault = armed.fault
        if not fault.concerns(order) or armed.struck == fault.times:
            return False
        return drawn(f"{self._seed}|{armed.number}|{order.client_order_id}") < fault.rate
