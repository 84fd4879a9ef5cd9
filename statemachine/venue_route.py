"""The legal moves that lead to where an order stands, each with its cause and initiator."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from market.phases import market_time
from statemachine.events import ENDED_STATUSES, VenueStatus
from statemachine.order import (
    CANCEL_ANSWERED_NO,
    CANCEL_ON_ITS_WAY,
    CancelOutcome,
    FinalReason,
    Initiator,
    Order,
    OrderState,
)
from statemachine.order_machine import Cause, OrderEvent, Trigger
from statemachine.venue_goal import goal_of, path_to

SESSION_CLOSE = "15:00:00"


@dataclass(frozen=True, slots=True)
class Route:
    """The moves to make, and what they show about our latest cancel request."""

    events: tuple[OrderEvent, ...]
    cancel_outcome: CancelOutcome


@dataclass(frozen=True, slots=True)
class _Ending:
    cause: Cause
    initiator: Initiator
    final_reason: FinalReason


@dataclass(frozen=True, slots=True)
class _News:
    """An order with everything its moves are made from."""

    order: Order
    goal: OrderState
    ending: _Ending | None
    filled_quantity: int
    filled_amount: Decimal
    at: datetime

    @property
    def new_fill(self) -> bool:
        return self.filled_quantity > self.order.filled_quantity


def route(order: Order, filled_quantity: int, filled_amount: Decimal, at: datetime) -> Route:
    """Return the moves from the order's state to where it stands now; none where it stands still.

    The order carries the venue's newest words; the sums are over its fills, not below what the
    order has and not above its quantity.
    """
    goal = goal_of(order, filled_quantity)
    ending = _ending(order, filled_quantity) if goal is OrderState.CANCELLED else None
    news = _News(order, goal, ending, filled_quantity, filled_amount, at)
    events: list[OrderEvent] = []
    source = order.state
    for target in path_to(source, goal, new_fill=news.new_fill):
        events.append(_event(news, source, target))
        source = target
    return Route(tuple(events), _cancel_outcome(news))


def _event(news: _News, source: OrderState, target: OrderState) -> OrderEvent:
    match target:
        case OrderState.ACK:
            return _ack(news)
        case OrderState.PARTIAL_FILLED:
            return _fill(news, source, Trigger.FILL_PARTLY)
        case OrderState.FILLED:
            return _fill(news, source, Trigger.FILL_FULLY)
        case OrderState.CANCEL_PENDING:
            return _cancel_pending(news)
        case OrderState.CANCELLED | OrderState.REJECTED:
            return _end(news, target)
        case OrderState.NEW:
            raise ValueError("no move leads to NEW")
        case _:
            assert_never(target)


def _ack(news: _News) -> OrderEvent:
    cause = _ack_cause(news)
    return OrderEvent(
        trigger=Trigger.ACKNOWLEDGE,
        cause=cause,
        initiator=Initiator.BROKER,
        at=news.at,
        inferred=cause is not Cause.ACKNOWLEDGED,
        text=news.order.raw_text,
    )


def _ack_cause(news: _News) -> Cause:
    if news.order.venue_status is VenueStatus.REPORTED:
        return Cause.ACKNOWLEDGED
    if news.filled_quantity:
        return Cause.FILL_IMPLIES_ACK
    if news.order.venue_status in ENDED_STATUSES:
        return Cause.END_IMPLIES_ACK
    return Cause.STATUS_IMPLIES_ACK


def _fill(news: _News, source: OrderState, trigger: Trigger) -> OrderEvent:
    return OrderEvent(
        trigger=trigger,
        cause=_fill_cause(news, source),
        initiator=Initiator.EXCHANGE if news.new_fill else Initiator.BROKER,
        at=news.at,
        text=news.order.raw_text,
        filled_quantity=news.filled_quantity,
        filled_amount=news.filled_amount,
    )


def _fill_cause(news: _News, source: OrderState) -> Cause:
    if source is not OrderState.CANCEL_PENDING:
        return Cause.FILL
    if news.order.cancel_outcome in CANCEL_ANSWERED_NO:
        return Cause.CANCEL_REFUSED
    return Cause.FILL_DURING_CANCEL


def _cancel_pending(news: _News) -> OrderEvent:
    """A hop to the end carries the end's cause; any other is our wish, taken up again."""
    order, ending = news.order, news.ending
    if ending is not None:
        cause, initiator, text = ending.cause, ending.initiator, _words(order)
    else:
        early = order.state is OrderState.NEW
        cause = Cause.CANCEL_WANTED_BEFORE_ACK if early else Cause.FILL_DURING_CANCEL
        initiator, text = Initiator.US, order.want_cancel or ""
    return OrderEvent(
        trigger=Trigger.ASK_CANCEL,
        cause=cause,
        initiator=initiator,
        at=news.at,
        inferred=ending is not None,
        text=text,
    )


def _end(news: _News, target: OrderState) -> OrderEvent:
    rejected = target is OrderState.REJECTED
    ending = news.ending or _Ending(Cause.REJECTED, Initiator.BROKER, FinalReason.REJECTED)
    return OrderEvent(
        trigger=Trigger.REJECT if rejected else Trigger.END_CANCELLED,
        cause=ending.cause,
        initiator=ending.initiator,
        at=news.at,
        text=_words(news.order),
        final_reason=ending.final_reason,
    )


def _words(order: Order) -> str:
    return order.reject_reason or order.raw_text


def _ending(order: Order, filled_quantity: int) -> _Ending:
    """Who ended it and why (A8 rows 5, 11 to 14); the order is settled and not fully filled."""
    if order.venue_status is VenueStatus.JUNK:
        return _Ending(Cause.LATE_REJECT, Initiator.BROKER, FinalReason.REJECTED_LATE)
    partly = filled_quantity > 0
    if _is_our_cancel(order):
        reason = FinalReason.PARTIAL_CANCEL if partly else FinalReason.CANCELLED_BY_US
        return _Ending(Cause.CANCEL_CONFIRMED, Initiator.US, reason)
    if _ended_after_close(order):
        return _Ending(Cause.DAY_END, Initiator.EXCHANGE, FinalReason.EXPIRED_DAY_END)
    reason = FinalReason.PARTIAL_CANCEL if partly else FinalReason.CANCELLED_BY_BROKER
    return _Ending(Cause.CANCELLED_UNASKED, Initiator.BROKER, reason)


def _is_our_cancel(order: Order) -> bool:
    """A request on its way did it; a wish of ours that was never sent may have gone by `halt`."""
    if order.cancel_outcome in CANCEL_ON_ITS_WAY:
        return True
    unsent = order.want_cancel is not None and order.cancel_outcome is CancelOutcome.NONE
    return unsent and not _ended_after_close(order)


def _ended_after_close(order: Order) -> bool:
    close = market_time(order.session_date, SESSION_CLOSE)
    return order.venue_changed_at is not None and order.venue_changed_at >= close


def _cancel_outcome(news: _News) -> CancelOutcome:
    cancelling = news.order.state is OrderState.CANCEL_PENDING
    if news.goal is OrderState.FILLED and cancelling:
        return CancelOutcome.TOO_LATE
    if news.ending is not None and news.ending.initiator is Initiator.US:
        return CancelOutcome.DONE
    return news.order.cancel_outcome
