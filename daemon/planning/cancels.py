"""Which live orders to cancel now (trading-day.md rules 4 and 19). A late fill still counts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from config.settings import Settings
from market.calendar import TradingCalendar
from market.phases import (
    SHANGHAI,
    Phase,
    continuous_seconds_between,
    is_continuous,
    next_phase_change,
    phase_at,
)
from market.side import Side
from statemachine.order import CancelOutcome, Order, OrderState, SendState

STALE = "STALE"
CLOSE_POLICY = "CLOSE_POLICY"
HALT = "HALT"
_CANCELLABLE = frozenset({OrderState.ACK, OrderState.PARTIAL_FILLED})
_RESTING_ENDS = frozenset({Phase.MORNING, Phase.AFTERNOON, Phase.AFTER_CLOSE})
_TO_ASK_AGAIN = frozenset(
    {CancelOutcome.NONE, CancelOutcome.REFUSED, CancelOutcome.WINDOW, CancelOutcome.UNKNOWN}
)
# With close_policy "cancel" the last minute before `last_cancel` clears the book.
_CLOSE_CANCEL_LEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CancelWish:
    """One cancel to ask for; `again` where the wish is already recorded and only unanswered."""

    client_order_id: str
    cause: str
    again: bool


@dataclass(frozen=True, slots=True)
class CancelState:
    """What the day and this process know beside the orders themselves.

    `asked_at` is when a cancel of an order was last requested. `started_at` is when this process
    began, None where it was not a restart in the middle of the day. The counts are the session's
    orders and cancels whose bytes may have left.
    """

    asked_at: Mapping[str, datetime]
    started_at: datetime | None
    orders_sent: int
    cancels_sent: int


def stale_cancels(
    orders: Iterable[Order],
    now: datetime,
    settings: Settings,
    calendar: TradingCalendar,
    state: CancelState,
) -> tuple[CancelWish, ...]:
    """Return the cancels to ask for now, sells first, then the oldest.

    Nothing in a no-cancel window, nothing stale shortly after a restart, nothing beyond the day's
    cancel ratio or messages: then orders rest.
    """
    if not is_cancel_time(now, settings, calendar):
        return ()
    wishes = [
        wish
        for order in sorted(orders, key=_by_urgency)
        if not _asked_lately(order, now, settings, state)
        for wish in _wish(order, now, settings, calendar, state)
    ]
    return tuple(wishes[: cancels_allowed(settings, state)])


def halt_cancels(
    orders: Iterable[Order],
    now: datetime,
    settings: Settings,
    calendar: TradingCalendar,
    state: CancelState,
) -> tuple[CancelWish, ...]:
    """Return the cancels a halt asks for now: of all that the venue has, until it has ended.

    Exempt from the day's ratio and messages (rule 20) and from the grace after a restart. One that
    was asked for is asked for again, no faster than rule 19 lets a refused one be.
    """
    if not is_cancel_time(now, settings, calendar):
        return ()
    return tuple(
        CancelWish(order.client_order_id, HALT, again=_is_asked(order))
        for order in sorted(orders, key=_by_urgency)
        if is_at_venue(order) and not _asked_lately(order, now, settings, state)
    )


def is_at_venue(order: Order) -> bool:
    """Whether the venue has a remainder of it, also where the exchange has not acknowledged it."""
    taken = order.is_unresolved and order.send_state is SendState.ACCEPTED
    return order.is_live or taken


def next_cancel_time(now: datetime, settings: Settings, calendar: TradingCalendar) -> datetime:
    """Return from when a cancel may be requested; now where it may be.

    Where none can be any more in the session it is the close, at which what rests ends.
    """
    local, day = now.astimezone(SHANGHAI), settings.day
    if is_cancel_time(now, settings, calendar):
        return now
    is_session = calendar.is_session(local.date())
    if is_session and day.lunch_no_cancel_from <= local.time() < day.lunch_no_cancel_to:
        return datetime.combine(local.date(), day.lunch_no_cancel_to, SHANGHAI)
    change = next_phase_change(now, calendar)
    while phase_at(change, calendar) not in _RESTING_ENDS:
        change = next_phase_change(change, calendar)
    return change


def is_cancel_time(now: datetime, settings: Settings, calendar: TradingCalendar) -> bool:
    """Whether a cancel may be requested: continuous trading outside our own windows (rule 4)."""
    local, day = now.astimezone(SHANGHAI), settings.day
    if not is_continuous(phase_at(local, calendar)) or local.time() >= day.last_cancel:
        return False
    return not day.lunch_no_cancel_from <= local.time() < day.lunch_no_cancel_to


def cancels_allowed(settings: Settings, state: CancelState) -> int:
    """Return how many more cancels the day's ratio of cancels to orders and its messages allow."""
    flow = settings.flow
    by_ratio = int(flow.cancel_ratio_max * state.orders_sent) - state.cancels_sent
    by_messages = flow.messages_per_day - state.orders_sent - state.cancels_sent
    return max(min(by_ratio, by_messages), 0)


def stale_after_s(order: Order, settings: Settings) -> int:
    """Return the age since the ack, in seconds of continuous trading, at which an order is stale.

    The last leg is given `order_age_max_s`: nothing follows it.
    """
    flow = settings.flow
    if order.leg >= flow.legs_max:
        return flow.order_age_max_s
    return flow.sell_requote_s if order.side is Side.SELL else flow.buy_requote_s


def _is_asked(order: Order) -> bool:
    return order.state not in _CANCELLABLE and order.want_cancel is not None


def _by_urgency(order: Order) -> tuple[bool, datetime, str]:
    return order.side is Side.BUY, order.acked_at or order.created_at, order.client_order_id


def _asked_lately(order: Order, now: datetime, settings: Settings, state: CancelState) -> bool:
    asked = state.asked_at.get(order.client_order_id)
    pause = timedelta(seconds=settings.flow.cancel_retry_interval_s)
    return asked is not None and now - asked < pause


def _wish(
    order: Order,
    now: datetime,
    settings: Settings,
    calendar: TradingCalendar,
    state: CancelState,
) -> Iterator[CancelWish]:
    identity = order.client_order_id
    if order.state is OrderState.CANCEL_PENDING:
        if order.cancel_outcome in _TO_ASK_AGAIN:
            yield CancelWish(identity, order.want_cancel or STALE, again=True)
        return
    if order.state not in _CANCELLABLE:
        return
    if _is_closing(now, settings):
        yield CancelWish(identity, CLOSE_POLICY, again=False)
    elif not _in_restart_grace(now, settings, state) and _is_stale(order, now, settings, calendar):
        yield CancelWish(identity, STALE, again=False)


def _is_closing(now: datetime, settings: Settings) -> bool:
    if settings.day.close_policy != "cancel":
        return False
    last = datetime.combine(now.astimezone(SHANGHAI).date(), settings.day.last_cancel, SHANGHAI)
    return now >= last - _CLOSE_CANCEL_LEAD


def _in_restart_grace(now: datetime, settings: Settings, state: CancelState) -> bool:
    grace = timedelta(seconds=settings.flow.restart_cancel_grace_s)
    return state.started_at is not None and now - state.started_at < grace


def _is_stale(order: Order, now: datetime, settings: Settings, calendar: TradingCalendar) -> bool:
    if order.acked_at is None or _too_late_to_requote(order, now, settings):
        return False
    age_s = continuous_seconds_between(order.acked_at, now, calendar)
    return age_s >= Decimal(stale_after_s(order, settings))


def _too_late_to_requote(order: Order, now: datetime, settings: Settings) -> bool:
    """A cancel that no further leg can follow any more only loses the place in the queue."""
    follows = order.leg < settings.flow.legs_max
    return follows and _clock(now) >= settings.day.last_requote_cancel


def _clock(now: datetime) -> time:
    return now.astimezone(SHANGHAI).time()
