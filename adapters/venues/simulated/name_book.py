"""Matching of our orders of one name against the bars of its day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from adapters.venues.simulated.bars import (
    BAR_LENGTH,
    CLOSING_CALL_STEPS,
    OPENING_STEP,
    STEP_LENGTH,
    STEPS_PER_BAR,
    Bar,
    auction_volume,
    is_closing_call,
    slot_start,
)
from adapters.venues.simulated.call_auction import Call, CallOrder, hold_call, whole_lots
from adapters.venues.simulated.lane import Lane, Resting
from adapters.venues.simulated.levels import BookShape, book_shape, bounds
from adapters.venues.simulated.orders import VenueOrder
from market.side import Side

_MICROSECOND = timedelta(microseconds=1)
_OPENING_CALL_LENGTH = timedelta(minutes=10)
_CLOSING_CALL_LENGTH = CLOSING_CALL_STEPS * STEP_LENGTH


@dataclass(frozen=True, slots=True)
class Instant:
    """A point of the matching grid: a step of a quarter hour, as `bars.next_instant` tells."""

    at: datetime
    slot: int
    step: int


@dataclass(frozen=True, slots=True)
class Execution:
    """What one order trades at one instant; the price in cents."""

    order: VenueOrder
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class Participation:
    """The share of a bar's volume that our orders of a name may take together."""

    numerator: int
    denominator: int

    def of(self, volume: int) -> int:
        """Return the shares."""
        return volume * self.numerator // self.denominator


@dataclass(frozen=True, slots=True)
class NameDay:
    """What the book must know of a name: its bars of the day and its limits in cents.

    `draw_key` seeds the depth of its book.
    """

    bars: tuple[Bar, ...] | None
    limit_up: int | None
    limit_down: int | None
    draw_key: str = ""

    def shape_in(self, slot: int) -> BookShape:
        """Return the book that stands during a bar: what the bar before left, as was quoted.

        The first bar stands in its own: nothing of the day ended before it.
        """
        return self.shape_after(max(slot - 1, 0))

    def shape_after(self, slot: int) -> BookShape:
        """Return the book that a bar leaves."""
        volume = 0 if self.bars is None else self.bars[slot].volume
        return book_shape(volume, f"{self.draw_key}|{slot}")


@dataclass(slots=True)
class _Step:
    """One step of a bar: what the market traded in it, and how much of that may be ours.

    `passed` and `share` are our part of the bar so far and of this step, `pool` what none of ours
    has used of it.
    """

    begin: datetime
    at: datetime
    volume: int
    passed: int
    share: int
    pool: int


class NameBook:
    """Our own orders of one name on one day, by price, then time, in the market's book.

    An order that meets offers takes them level by level as it comes and pays what they ask. One
    that waits stands behind what the market shows at its price, until that much traded there or
    the path went through it; it trades at its own price. Of each bar ours take together at most
    the participation, pro rata to the time since the bar began or the order came, in whole lots
    but for a last remainder; sells are served before buys. Shares that passed while an order's
    limit was away from the price are not caught up.
    """

    def __init__(self, facts: NameDay, day: date, participation: Participation) -> None:
        """Begin without orders."""
        self._facts = facts
        self._day = day
        self._participation = participation
        self._lanes = {
            side: Lane(side.sign, *bounds(side, facts.limit_up, facts.limit_down))
            for side in (Side.SELL, Side.BUY)
        }
        self._slot = -1
        self._volume = 0

    @property
    def is_empty(self) -> bool:
        """Whether no order is left."""
        return not any(lane.resting for lane in self._lanes.values())

    def add(self, order: VenueOrder, since: datetime) -> None:
        """Put an order behind all of its side that are at least as good."""
        lane = self._lanes[order.side]
        lane.add(order, since)
        if self._slot >= 0 and len(lane.resting) == 1:
            self._show(lane)

    def remove(self, order: VenueOrder) -> None:
        """Take an order out."""
        self._lanes[order.side].remove(order)

    def resting(self) -> list[Resting]:
        """Return what waits here, sells first, each side by price and time."""
        return [resting for lane in self._lanes.values() for resting in lane.resting]

    def match(self, instant: Instant) -> list[Execution]:
        """Return what trades at one instant; the caller books it and removes what is done."""
        if instant.slot != self._slot:
            self._enter(instant.slot)
        if not self._volume:
            return []
        if instant.step == OPENING_STEP or is_closing_call(instant.slot, instant.step):
            return self._call(instant)
        executions: list[Execution] = []
        step: _Step | None = None
        for lane in self._lanes.values():
            if lane.is_out_of_reach(instant.step):
                continue
            step = step or self._step(instant)
            self._match_lane(lane, lane.prices[instant.step - 1], step, executions)
        return executions

    def _enter(self, slot: int) -> None:
        """Move on to another bar."""
        bars = self._facts.bars
        self._slot = slot
        self._volume = 0
        if bars is not None:
            opening = auction_volume(bars[0], 0) if slot == 0 else 0
            self._volume = bars[slot].volume - opening
        for lane in self._lanes.values():
            lane.forget_credit()
            if lane.resting:
                self._show(lane)

    def _show(self, lane: Lane) -> None:
        bars = self._facts.bars
        if bars is not None and bars[self._slot].volume:
            lane.enter(bars[self._slot], self._facts.shape_in(self._slot))

    def _step(self, instant: Instant) -> _Step:
        step = instant.step
        passed = self._passed(step)
        share = passed - self._passed(step - 1)
        volume = self._volume * step // STEPS_PER_BAR - self._volume * (step - 1) // STEPS_PER_BAR
        return _Step(instant.at - STEP_LENGTH, instant.at, volume, passed, share, share)

    def _match_lane(self, lane: Lane, price: int, step: _Step, executions: list[Execution]) -> None:
        """Serve one side's orders at a path price, in their order."""
        lane.begin(price)
        waiting_taken = 0
        for resting in lane.resting:
            if resting.takes and lane.offer > resting.limit:
                lane.settle_down(resting, price)
            if resting.takes:
                lane.is_waiting = False
                self._take(lane, resting, step, executions)
            elif price <= resting.limit:
                through = price < resting.limit
                room = step.share if through else _past_queue(resting, step) - waiting_taken
                quantity = self._allow(resting, max(room, 0), step)
                waiting_taken += 0 if through else quantity
                if quantity:
                    met = min(resting.limit, lane.furthest) * lane.sign
                    executions.append(Execution(resting.order, quantity, met))

    def _take(self, lane: Lane, resting: Resting, step: _Step, executions: list[Execution]) -> None:
        """Take the levels up to the limit; what they do not hold stays allowed."""
        resting.queue = 0
        wanted = self._allow(resting, step.share, step)
        if wanted:
            for quantity, price in lane.take(resting.limit, wanted):
                wanted -= quantity
                executions.append(Execution(resting.order, quantity, price))
            resting.credit += wanted

    def _allow(self, resting: Resting, room: int, step: _Step) -> int:
        """Return what an order may trade at a step where the market has `room` for it."""
        own = step.share
        if resting.since > step.begin:  # arrived inside this step
            own = step.passed - self._passed_by(resting.since)
        share = min(step.pool, own, room)
        remaining = resting.order.remaining_quantity
        resting.credit += share
        quantity = whole_lots(remaining, resting.credit)
        resting.credit -= quantity
        unused = min(resting.credit, share) if quantity == remaining else 0
        step.pool -= share - unused
        return quantity

    def _passed(self, step: int) -> int:
        """Return our share of what traded from the start of the bar to a step of it."""
        part = self._participation
        return self._volume * part.numerator * step // (part.denominator * STEPS_PER_BAR)

    def _passed_by(self, moment: datetime) -> int:
        """Return our share of what traded from the start of the bar to a moment inside it."""
        part = self._participation
        elapsed = (moment - slot_start(self._day, self._slot)) // _MICROSECOND
        whole = self._volume * part.numerator * max(elapsed, 0)
        return whole // (part.denominator * (BAR_LENGTH // _MICROSECOND))

    def _call(self, instant: Instant) -> list[Execution]:
        """Hold the auction of a bar."""
        if self._facts.bars is None:
            return []
        bar = self._facts.bars[instant.slot]
        is_opening = instant.step == OPENING_STEP
        volume = auction_volume(bar, instant.slot)
        call = Call(
            price=bar.open if is_opening else bar.close,
            volume=volume,
            room=self._participation.of(volume),
            shape=self._facts.shape_in(instant.slot),
            limit_up=self._facts.limit_up,
            limit_down=self._facts.limit_down,
        )
        start = instant.at - (_OPENING_CALL_LENGTH if is_opening else _CLOSING_CALL_LENGTH)
        waiting = self.resting()
        orders = [_call_order(entry, volume, start, instant.at) for entry in waiting]
        result = hold_call(call, orders)
        if result is None:
            return []
        return [
            Execution(entry.order, quantity, result.price)
            for entry, quantity in zip(waiting, result.quantities, strict=True)
            if quantity
        ]


def _past_queue(resting: Resting, step: _Step) -> int:
    """Return what trades at the order's price after the queue before it, and shorten that."""
    volume = step.volume
    if resting.since > step.begin:
        volume = volume * (step.at - resting.since) // STEP_LENGTH
    queue = resting.queue or 0
    resting.queue = max(queue - volume, 0)
    return max(volume - queue, 0)


def _call_order(resting: Resting, volume: int, start: datetime, end: datetime) -> CallOrder:
    """Tell who came before an order: its queue of continuous trading, then who was faster.

    The market's orders come evenly over the time of the call.
    """
    elapsed = max(resting.since - start, timedelta())
    return CallOrder(
        side=resting.order.side,
        limit=abs(resting.limit),
        quantity=resting.order.remaining_quantity,
        ahead=(resting.queue or 0) + volume * elapsed // (end - start),
    )
