"""What became of a line so far, read off its orders: slices, legs, and what is still to do.

A slice is cut once; its first leg says how large it is. Legs follow each other inside it, one live
at a time (trading-day.md rule 19).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from market.symbol import Symbol
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.reasons import Reason

_ENDED_BY_OUR_CANCEL = frozenset({FinalReason.CANCELLED_BY_US, FinalReason.PARTIAL_CANCEL})
_LOST_FROM_SIGHT = frozenset(
    {SendState.UNKNOWN, SendState.ABSENT_WAIT, SendState.RESENT_ONCE, SendState.MANUAL}
)


@dataclass(frozen=True, slots=True)
class SliceBook:
    """One slice's legs, oldest first; never empty."""

    legs: tuple[Order, ...]

    @property
    def number(self) -> int:
        """The slice's number in its line, from 1."""
        return self.legs[0].slice

    @property
    def quantity(self) -> int:
        """Shares the slice was cut for."""
        return self.legs[0].quantity

    @property
    def filled_quantity(self) -> int:
        """Shares filled by all its legs."""
        return sum(leg.filled_quantity for leg in self.legs)

    def remainder(self, legs_max: int) -> int:
        """Return the confirmed remainder another leg may ask for, 0 while none may start.

        The leg before must have ended by our own cancel, with its quantity accounted for, or
        have been given up unsent because its price had aged.
        """
        last = self.legs[-1]
        if is_aged(last):
            return self.quantity - self.filled_quantity
        if last.leg >= legs_max or not _ended_by_us(last) or last.remaining_quantity != 0:
            return 0
        return self.quantity - self.filled_quantity


@dataclass(frozen=True, slots=True)
class LineBook:
    """A line with the slices made of it."""

    line: PlanLine
    slices: tuple[SliceBook, ...]

    @property
    def orders(self) -> tuple[Order, ...]:
        """Every order of the line."""
        return tuple(leg for piece in self.slices for leg in piece.legs)

    @property
    def filled_quantity(self) -> int:
        """Shares filled."""
        return sum(piece.filled_quantity for piece in self.slices)

    @property
    def uncut_quantity(self) -> int:
        """Shares of the envelope that no slice was made for yet."""
        return self.line.quantity_max - sum(piece.quantity for piece in self.slices)

    @property
    def next_slice_number(self) -> int:
        """The number the next slice gets."""
        return max((piece.number for piece in self.slices), default=0) + 1

    def open_quantity(self, legs_max: int) -> int:
        """Return the shares that an order could be made for at this moment."""
        return self.uncut_quantity + sum(piece.remainder(legs_max) for piece in self.slices)

    @property
    def block(self) -> Reason | None:
        """Why no further order may be made of this line, whatever the market does."""
        orders = self.orders
        if any(is_refused(order) for order in orders):
            return Reason.REJECTED_BY_BROKER
        if any(is_lost_from_sight(order) for order in orders):
            return Reason.SEND_UNKNOWN
        if any(is_never_sent(order) and not is_aged(order) for order in orders):
            return Reason.SEND_FAILED
        return None


def books_of(plan: Plan, orders: Iterable[Order]) -> tuple[LineBook, ...]:
    """Return one book for each line that may trade, in the order of the plan.

    `orders` are the run's own; orders of other runs must not be among them.
    """
    by_symbol: defaultdict[Symbol, list[Order]] = defaultdict(list)
    for order in orders:
        by_symbol[order.symbol].append(order)
    return tuple(
        LineBook(line, _slices(by_symbol.get(line.symbol, ())))
        for line in plan.lines
        if line.disposition in {Disposition.TRADE, Disposition.DEFERRED}
    )


def is_refused(order: Order) -> bool:
    """Whether the broker or the exchange said no to it, at once or after the ack."""
    if order.final_reason is FinalReason.REJECTED_LATE:
        return True
    ended_here = is_without_record(order) or is_written_off(order)
    return order.state is OrderState.REJECTED and not ended_here


def is_without_record(order: Order) -> bool:
    """Whether the venue's record at the close proved that it never arrived."""
    return order.final_reason is FinalReason.NO_RECORD_AT_CLOSE


def is_written_off(order: Order) -> bool:
    """Whether a person gave it up, whatever the venue may still say."""
    return order.final_reason is FinalReason.WRITTEN_OFF


def is_never_sent(order: Order) -> bool:
    """Whether it provably never left and never will."""
    return order.state is OrderState.NEW and order.send_state is SendState.NEVER_SENT


def is_aged(order: Order) -> bool:
    """Whether it was given up unsent because its price was too old (rule 4)."""
    return is_never_sent(order) and order.reject_code == Reason.PRICE_AGED


def is_lost_from_sight(order: Order) -> bool:
    """Whether nobody here knows if the venue holds it."""
    return order.state is OrderState.NEW and order.send_state in _LOST_FROM_SIGHT


def is_on_its_way(order: Order) -> bool:
    """Whether it may still trade as far as we know: planned, sent or live."""
    return not (order.is_terminal or is_never_sent(order) or is_lost_from_sight(order))


def _slices(orders: Iterable[Order]) -> tuple[SliceBook, ...]:
    by_number: defaultdict[int, list[Order]] = defaultdict(list)
    for order in orders:
        by_number[order.slice].append(order)
    return tuple(
        SliceBook(tuple(sorted(legs, key=lambda leg: leg.leg)))
        for _, legs in sorted(by_number.items())
    )


def _ended_by_us(order: Order) -> bool:
    return (
        order.state is OrderState.CANCELLED
        and order.want_cancel is not None
        and order.final_reason in _ENDED_BY_OUR_CANCEL
    )
