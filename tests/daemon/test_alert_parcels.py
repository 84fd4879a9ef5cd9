from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.settings import AlertSettings
from daemon.alert_parcels import REMINDER, Moment, Parcel, body_of, parcels
from statemachine.severity import Severity
from storage.alerts import Alert, Delivery, DeliveryState
from tests.fakes.fake_channel import MAIL, SMS, WECOM
from tests.support.book import OPEN

NOW = datetime(2025, 11, 10, 2, 0, tzinfo=UTC)
SETTINGS = AlertSettings()
LATE = timedelta(seconds=SETTINGS.sms_after_s)


def alert(alert_id: int = 1, severity: Severity = Severity.P0, text: str = "告警") -> Alert:
    return Alert(
        alert_id=alert_id,
        cause=f"c{alert_id}",
        severity=severity,
        code=f"CODE{alert_id}",
        text_zh=text,
        text_en="alert",
        run_id=None,
        symbol=None,
        item_id=alert_id,
        halt_id=None,
        created_at=OPEN,
        created_utc=NOW,
        closed_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        delivered_utc=None,
        escalated_utc=None,
    )


def on(
    found: Alert,
    channel: str,
    state: DeliveryState,
    *,
    next_try: timedelta | None = None,
    delivered: timedelta | None = None,
) -> Alert:
    delivery = Delivery(
        channel,
        state,
        1,
        None if next_try is None else NOW + next_try,
        None if delivered is None else NOW + delivered,
        "",
    )
    return replace(found, deliveries=(*found.deliveries, delivery))


def moment(
    later: timedelta = timedelta(),
    *,
    room: int = 20,
    may_digest: bool = True,
    may_repeat: bool = True,
) -> Moment:
    return Moment(NOW + later, room, may_digest, may_repeat, (WECOM, SMS))


def codes(found: tuple[Parcel, ...]) -> list[str]:
    return [parcel.message.code for parcel in found]


def test_pages_go_alone_and_first_and_news_is_a_digest() -> None:
    alerts = [alert(1, Severity.P2), alert(2), alert(3, Severity.P1), alert(4)]

    found = parcels(alerts, WECOM, moment(), SETTINGS)

    assert codes(found) == ["CODE2", "CODE4", "CODE3+1"]
    assert [parcel.alert_ids for parcel in found] == [(2,), (4,), (1, 3)]
    assert found[2].message.severity is Severity.P1


def test_above_the_room_pages_share_messages_and_none_is_left_out() -> None:
    alerts = [alert(number, text="告警" * 100) for number in range(30)]

    found = parcels(alerts, WECOM, moment(room=5), SETTINGS)

    assert 1 < len(found) <= 5
    together = [alert_id for parcel in found for alert_id in parcel.alert_ids]
    assert together == list(range(len(together)))
    for parcel in found:
        assert len(parcel.message.text.encode()) <= WECOM.text_bytes_max
        for one in parcel.alerts:
            assert body_of(one) in parcel.message.text


def test_no_more_leaves_than_there_is_room_for() -> None:
    assert parcels([alert()], WECOM, moment(room=0), SETTINGS) == ()


def test_an_alert_longer_than_a_message_is_cut() -> None:
    (parcel,) = parcels([alert(text="告警" * 4000)], WECOM, moment(), SETTINGS)

    assert parcel.message.text.endswith("...")
    assert len(parcel.message.text.encode()) <= WECOM.text_bytes_max


def test_news_waits_for_its_digest() -> None:
    assert parcels([alert(1, Severity.P1)], WECOM, moment(may_digest=False), SETTINGS) == ()


@pytest.mark.parametrize(
    ("state", "next_try", "is_due"),
    [
        (DeliveryState.SENDING, None, True),
        (DeliveryState.WAITING, timedelta(seconds=1), False),
        (DeliveryState.WAITING, timedelta(0), True),
        (DeliveryState.WAITING, timedelta(hours=2), True),
        (DeliveryState.WAITING, None, True),
        (DeliveryState.REFUSED, timedelta(seconds=1), False),
        (DeliveryState.REFUSED, timedelta(seconds=-1), True),
    ],
)
def test_what_was_not_delivered_is_tried_again_in_its_time(
    state: DeliveryState, next_try: timedelta | None, *, is_due: bool
) -> None:
    """A try two hours ahead was set by a wall clock that was put back since."""
    found = parcels([on(alert(), "wecom", state, next_try=next_try)], WECOM, moment(), SETTINGS)

    assert bool(found) == is_due


@pytest.mark.parametrize(("after_s", "is_due"), [(599, False), (600, True), (-1, True)])
def test_a_page_is_repeated_until_somebody_acknowledges(after_s: int, *, is_due: bool) -> None:
    told = on(alert(), "wecom", DeliveryState.DELIVERED, delivered=timedelta(0))
    later = moment(timedelta(seconds=after_s))

    found = parcels([told], WECOM, later, SETTINGS)

    assert bool(found) == is_due
    for parcel in found:
        assert parcel.is_repeat
        assert parcel.message.text.startswith(REMINDER)
    seen = replace(told, acknowledged_at=OPEN, acknowledged_by="wang")
    over = replace(told, closed_at=OPEN)
    news = replace(told, severity=Severity.P1)
    assert parcels([seen, over, news], WECOM, later, SETTINGS) == ()
    assert parcels([told], WECOM, replace(later, may_repeat=False), SETTINGS) == ()


def test_a_delivery_without_its_moment_is_repeated() -> None:
    told = on(alert(), "wecom", DeliveryState.DELIVERED)

    assert len(parcels([told], WECOM, moment(), SETTINGS)) == 1


def test_the_last_resort_waits_for_its_time_and_then_carries_all_in_one() -> None:
    told = [
        on(alert(number), "wecom", DeliveryState.DELIVERED, delivered=timedelta(0))
        for number in (1, 2, 3)
    ]
    assert parcels(told, SMS, moment(LATE - timedelta(seconds=1)), SETTINGS) == ()

    (parcel,) = parcels(told, SMS, moment(LATE), SETTINGS)

    assert parcel.message.code == "CODE1+2"
    assert parcel.alert_ids == (1, 2, 3)


def test_the_last_resort_takes_over_at_once_from_a_broken_channel() -> None:
    broken = on(alert(), "wecom", DeliveryState.REFUSED, next_try=LATE)

    assert codes(parcels([broken], SMS, moment(), SETTINGS)) == ["CODE1"]


def test_the_last_resort_carries_at_once_what_no_believed_channel_could() -> None:
    alone = replace(moment(), channels=(MAIL, SMS))

    assert codes(parcels([alert()], SMS, alone, SETTINGS)) == ["CODE1"]


def test_the_last_resort_carries_no_news_and_nothing_that_is_seen_or_over() -> None:
    seen = replace(alert(1), acknowledged_at=OPEN, acknowledged_by="wang")
    found = [seen, replace(alert(2), closed_at=OPEN), alert(3, Severity.P1)]

    assert parcels(found, SMS, moment(2 * LATE), SETTINGS) == ()


def test_a_body_says_when_and_how_to_acknowledge_or_when_it_was_over() -> None:
    assert body_of(alert(7)).splitlines() == [
        "告警",
        "时间：11-10 09:31:00",
        "确认：sage-execd ack 7",
    ]
    over = replace(alert(7), closed_at=OPEN)
    assert body_of(over).splitlines()[-1] == "已解除：11-10 09:31:00"
    assert body_of(replace(over, item_id=None)).splitlines()[-1] == "时间：11-10 09:31:00"
    assert "已解除" in body_of(replace(over, item_id=None, halt_id=1))
