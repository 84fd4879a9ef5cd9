"""Named misbehaviour of the venue, armed by a plan and drawn from a seed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from adapters.venues.simulated.orders import VenueOrder
from adapters.wire.models import Request, SymbolText
from market.side import Side

_DRAWS = 2**64


class VenueFaultKind(StrEnum):
    """What the venue can do wrong (gateway-contract.md section 5)."""

    LATE_REJECT = "LATE_REJECT"  # 已报 first, 废单 `delay_s` later
    FILL_DURING_CANCEL = "FILL_DURING_CANCEL"  # a trade between the cancel and its effect
    REFUSED_CANCEL = "REFUSED_CANCEL"  # 待撤, then live again
    DELAYED_ACK = "DELAYED_ACK"  # 未报 first, 已报 `delay_s` later
    PARTIAL_BATCH = "PARTIAL_BATCH"  # one order of a batch is refused with `code`
    UNKNOWN_TAKEN = "UNKNOWN_TAKEN"  # the order stands, the caller is not told
    UNKNOWN_LOST = "UNKNOWN_LOST"  # the order is gone, the caller is not told


class VenueFault(Request):
    """One armed fault.

    `rate` is the share of matching orders it strikes, `times` how many at most, `delay_s` market
    seconds; the empty filters match every order.
    """

    kind: VenueFaultKind
    rate: Decimal = Field(default=Decimal(1), ge=0, le=1)
    times: int | None = Field(default=None, gt=0)
    symbol: SymbolText | None = None
    side: Side | None = None
    client_order_id: str | None = None
    delay_s: int = Field(default=3, ge=0)
    code: str = "VENUE_REJECTED"
    text: str = "柜台拒单"

    def concerns(self, order: VenueOrder) -> bool:
        """Whether its filters match the order."""
        return (
            self.symbol in {None, str(order.symbol)}
            and self.side in {None, order.side}
            and self.client_order_id in {None, order.client_order_id}
        )


@dataclass(slots=True)
class _Armed:
    fault: VenueFault
    number: int
    struck: int = 0


class FaultPlan:
    """The armed faults.

    Whether one strikes an order follows from the seed, the fault's place in the plan and the
    order's id alone, so that another fault or another order changes nothing.
    """

    def __init__(self, seed: int, faults: Iterable[VenueFault] = ()) -> None:
        """Arm these faults."""
        self._seed = seed
        self._armed: list[_Armed] = []
        self._count = 0
        self.arm(faults)

    def arm(self, faults: Iterable[VenueFault]) -> None:
        """Add faults to the plan."""
        for fault in faults:
            self._count += 1
            self._armed.append(_Armed(fault, self._count))

    def disarm(self) -> None:
        """Forget every fault."""
        self._armed.clear()

    def strike(self, kind: VenueFaultKind, order: VenueOrder) -> VenueFault | None:
        """Return the fault of this kind that hits the order now, and count it."""
        for armed in self._armed:
            fault = armed.fault
            if fault.kind is not kind or not fault.concerns(order):
                continue
            if fault.times is not None and armed.struck >= fault.times:
                continue
            if self._draw(armed.number, order) < fault.rate:
                armed.struck += 1
                return fault
        return None

    def _draw(self, number: int, order: VenueOrder) -> Decimal:
        text = f"{self._seed}|{number}|{order.client_order_id}"
        digest = hashlib.sha256(text.encode()).digest()
        return Decimal(int.from_bytes(digest[:8], "big")) / _DRAWS
