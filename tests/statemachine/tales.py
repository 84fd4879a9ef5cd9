"""An order with everything it was told: the messages of table A8, taken in as the store does."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from statemachine.events import VenueStatus
from statemachine.order import CancelOutcome, Order
from statemachine.order_machine import Step
from statemachine.own_moves import ask_cancel, close_absent, note_cancel_reply, note_cancel_sent
from statemachine.venue_path import HoldCause, Settlement
from tests.statemachine.orders import NOW, clock, report, settled

CLOSED = clock("15:00:01")


@dataclass(frozen=True, slots=True)
class Tale:
    """An order, the fills that count and those that are kept apart, and the last step made.

    A fill that comes after the end, reverses another or exceeds the order is kept apart, as
    `storage.fills` does: it is a break for a person and never in the order's sum.
    """

    order: Order
    counted: frozenset[tuple[str, int]] = frozenset()
    apart: frozenset[tuple[str, int]] = frozenset()
    steps: tuple[Step, ...] = ()
    hold: HoldCause | None = None

    @property
    def filled(self) -> int:
        """The sum of the fills that count, shares."""
        return sum(quantity for _, quantity in self.counted)

    def after(self, settlement: Settlement) -> "Tale":
        """Return the tale with what a piece of news did to the order."""
        made, hold = settlement.steps, settlement.hold
        return replace(self, order=settlement.order, steps=made, hold=hold)


Message = Callable[[Tale], Tale]


def told(status: VenueStatus, filled: int, version: int, *, closed: bool = False) -> Message:
    """Return the delivery of the venue's report; `closed` is one from after the session."""
    seen = report(status, filled, version, updated_at=CLOSED if closed else NOW)
    return lambda tale: tale.after(settled(tale.order, seen, tale.filled))


def fill(name: str, quantity: int) -> Message:
    """Return the delivery of a fill."""
    arrived = (name, quantity)

    def deliver(tale: Tale) -> Tale:
        if arrived in tale.counted | tale.apart:
            return replace(tale, steps=())
        if tale.order.is_terminal or tale.filled + quantity > tale.order.quantity:
            return replace(tale, apart=tale.apart | {arrived}, steps=())
        longer = replace(tale, counted=tale.counted | {arrived})
        return longer.after(settled(longer.order, None, longer.filled))

    return deliver


def bust(name: str, quantity: int) -> Message:
    """Return the delivery of a reversal: never in the sum, always a break."""
    return lambda tale: replace(tale, apart=tale.apart | {(f"bust of {name}", -quantity)}, steps=())


def cancel_reply(outcome: CancelOutcome, code: str = "NOT_CANCELABLE") -> Message:
    """Return the delivery of the answer no, or of none, to a cancel request."""
    return lambda tale: tale.after(note_cancel_reply(tale.order, outcome, code, NOW))


def wish_cancel(tale: Tale) -> Tale:
    """A cancel is wanted."""
    order, steps = ask_cancel(tale.order, "STALE", NOW)
    return replace(tale, order=order, steps=steps)


def send_cancel(tale: Tale) -> Tale:
    """The request for a wanted cancel leaves."""
    if not tale.order.is_live or tale.order.want_cancel is None:
        return replace(tale, steps=())
    return replace(tale, order=note_cancel_sent(tale.order), steps=())


def close_day(tale: Tale) -> Tale:
    """The day's final list does not show the order; decides only what is still in doubt."""
    if not tale.order.is_unresolved:
        return replace(tale, steps=())
    order, steps = close_absent(tale.order, CLOSED, "sha256:ab")
    return replace(tale, order=order, steps=steps)
