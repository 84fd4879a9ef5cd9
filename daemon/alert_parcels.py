"""Which alerts leave for a channel now, and in which messages; pure, on machine time.

A P0 has a message of its own while the channel has room, and shares one above that; P1 and P2 are
digests. A P0 that nobody acknowledged is repeated, and goes to the last resort.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.alerts.channel import Message, Traits, cut
from config.settings import AlertSettings
from market.phases import SHANGHAI
from statemachine.severity import Severity
from storage.alerts import Alert, Delivery, DeliveryState

# No wait is longer: a later moment was written by a wall clock that was put back since.
WAIT_MAX = timedelta(hours=1)
BETWEEN = "\n\n"
REMINDER = "【仍未确认】"


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds now for one channel; the others' traits tell who else could carry a P0."""

    now_utc: datetime
    room: int
    may_digest: bool
    may_repeat: bool
    channels: Sequence[Traits]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Alerts that leave together, and the message they are in."""

    alerts: tuple[Alert, ...]
    message: Message
    is_repeat: bool = False

    @property
    def alert_ids(self) -> tuple[int, ...]:
        """The numbers of its alerts."""
        return tuple(alert.alert_id for alert in self.alerts)


def parcels(
    alerts: Iterable[Alert], traits: Traits, moment: Moment, settings: AlertSettings
) -> tuple[Parcel, ...]:
    """Return what leaves now, the gravest first, no more messages than the channel has room for."""
    if traits.is_last_resort:
        alerts = [alert for alert in alerts if _needs_last_resort(alert, moment, settings)]
    due = [alert for alert in alerts if _is_due(alert, traits, moment, settings)]
    pages = [alert for alert in due if alert.severity is Severity.P0]
    fresh = [alert for alert in pages if not _was_delivered(alert, traits)]
    repeats = [alert for alert in pages if _was_delivered(alert, traits)]
    news = [alert for alert in due if alert.severity is not Severity.P0]
    alone = len(fresh) <= moment.room and not traits.is_last_resort
    made = [_parcel((alert,), traits) for alert in fresh] if alone else _packed(fresh, traits)
    if moment.may_repeat:
        made += _packed(repeats, traits, is_repeat=True)
    if moment.may_digest:
        made += _packed(news, traits)
    return tuple(made[: moment.room])


def body_of(alert: Alert) -> str:
    """Return what a person reads of one alert: when, what, and how to say that it was seen."""
    at = alert.created_at.astimezone(SHANGHAI)
    lines = [alert.text_zh, f"时间：{at:%m-%d %H:%M:%S}"]
    if alert.closed_at is None:
        lines.append(f"确认：sage-execd ack {alert.alert_id}")
    elif alert.item_id is not None or alert.halt_id is not None:
        lines.append(f"已解除：{alert.closed_at.astimezone(SHANGHAI):%m-%d %H:%M:%S}")
    return "\n".join(lines)


def _needs_last_resort(alert: Alert, moment: Moment, settings: AlertSettings) -> bool:
    """A P0 nobody acknowledged in time, or at once where no other channel can carry it."""
    if alert.severity is not Severity.P0 or not alert.is_unanswered:
        return False
    carriers = [
        found for found in moment.channels if found.is_believed and not found.is_last_resort
    ]
    if all(_is_broken(alert.on(found.name)) for found in carriers):
        return True
    return _passed(alert.created_utc, moment.now_utc, settings.sms_after_s)


def _is_broken(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.state is DeliveryState.REFUSED


def _is_due(alert: Alert, traits: Traits, moment: Moment, settings: AlertSettings) -> bool:
    delivery = alert.on(traits.name)
    if delivery is None:
        return True
    match delivery.state:
        case DeliveryState.SENDING:
            return True
        case DeliveryState.DELIVERED:
            again = alert.severity is Severity.P0 and alert.is_unanswered
            return again and _is_time_to_repeat(delivery, moment, settings)
        case DeliveryState.WAITING | DeliveryState.REFUSED:
            until = delivery.next_try_utc
            return until is None or not moment.now_utc < until <= moment.now_utc + WAIT_MAX


def _is_time_to_repeat(delivery: Delivery, moment: Moment, settings: AlertSettings) -> bool:
    since = delivery.delivered_utc
    return since is None or _passed(since, moment.now_utc, settings.repeat_interval_s)


def _passed(since: datetime, now: datetime, seconds: int) -> bool:
    """Whether a time is over; a moment in the future is of a clock that was put back since."""
    return not since <= now < since + timedelta(seconds=seconds)


def _was_delivered(alert: Alert, traits: Traits) -> bool:
    delivery = alert.on(traits.name)
    return delivery is not None and delivery.delivered_utc is not None


def _packed(alerts: Sequence[Alert], traits: Traits, *, is_repeat: bool = False) -> list[Parcel]:
    """Put as many alerts into each message as it has bytes for."""
    made: list[Parcel] = []
    together: tuple[Alert, ...] = ()
    for alert in alerts:
        if together and _size((*together, alert), traits, is_repeat) > traits.text_bytes_max:
            made.append(_parcel(together, traits, is_repeat=is_repeat))
            together = ()
        together = (*together, alert)
    if together:
        made.append(_parcel(together, traits, is_repeat=is_repeat))
    return made


def _size(alerts: Sequence[Alert], traits: Traits, is_repeat: bool) -> int:
    """The last resort carries two words, however many alerts they stand for."""
    return 0 if traits.is_last_resort else len(_text(alerts, is_repeat).encode())


def _text(alerts: Sequence[Alert], is_repeat: bool) -> str:
    head = [REMINDER] if is_repeat else []
    return BETWEEN.join([*head, *(body_of(alert) for alert in alerts)])


def _parcel(alerts: tuple[Alert, ...], traits: Traits, *, is_repeat: bool = False) -> Parcel:
    first = min(alerts, key=lambda alert: alert.severity)
    more = f"+{len(alerts) - 1}" if len(alerts) > 1 else ""
    text = cut(_text(alerts, is_repeat), traits.text_bytes_max)
    return Parcel(alerts, Message(first.severity, first.code + more, text), is_repeat)
