import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.alerts.channel import Delivered, Message, Refused, TryLater
from config.settings import AlertSettings
from daemon.manual_list import raise_alarm, stop_sending
from daemon.tasks.notify import BROKEN_RETRY_S, Notifier
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage.alerts import DeliveryState
from tests.fakes.fake_channel import MAIL, SMS, FakeChannel
from tests.support.desk import WANG, Room, open_room, settings_in

BUSY = TryLater(0, "busy")


@asynccontextmanager
async def notified(folder: Path, *channels: FakeChannel) -> AsyncIterator[tuple[Room, Notifier]]:
    async with open_room(folder) as room:
        yield room, Notifier(room.desk, channels)


async def page(room: Room, reason: Reason = Reason.BATCH_FAILED) -> None:
    await raise_alarm(room.desk, Severity.P0, reason, "look")


async def looks(room: Room, notifier: Notifier, seconds: int, step_s: int = 5) -> None:
    """Let machine time pass as the task does."""
    for _ in range(seconds // step_s):
        room.machine.advance(step_s)
        await notifier.look()


def metric(room: Room, name: str, **labels: str) -> float | None:
    return room.desk.metrics.registry.get_sample_value(name, labels)


async def test_a_page_is_delivered_once_and_its_delivery_is_counted(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with notified(tmp_path, wecom) as (room, notifier):
        await page(room)
        await looks(room, notifier, 60)

        (alert,) = await room.desk.store.alerts()
        assert metric(room, "sage_alert_deliveries_total", channel="wecom") == 1
    assert wecom.codes == ["BATCH_FAILED"]
    assert "sage-execd resolve 1 seen" in wecom.taken[0].text
    assert alert.delivered_utc is not None


async def test_a_channel_that_cannot_now_is_asked_again_and_less_and_less(tmp_path: Path) -> None:
    wecom = FakeChannel()
    wecom.will([BUSY] * 4)
    async with notified(tmp_path, wecom) as (room, notifier):
        await page(room)
        await notifier.look()
        asked = [wecom.asked]
        for _ in range(4):
            await looks(room, notifier, 20)
            asked.append(wecom.asked)

        failures = metric(
            room, "sage_alert_delivery_failures_total", channel="wecom", kind="try_later"
        )
    assert asked == [1, 3, 4, 4, 5]
    assert wecom.codes == ["BATCH_FAILED"]
    assert failures == 4


async def test_a_channel_that_says_no_is_not_asked_for_the_rest_of_a_look(tmp_path: Path) -> None:
    wecom = FakeChannel()
    wecom.will([TryLater(60, "45009")])
    async with notified(tmp_path, wecom) as (room, notifier):
        await page(room)
        await page(room, Reason.UNKNOWN_TWICE)
        await notifier.look()

        first, second = await room.desk.store.alerts()
    assert wecom.asked == 1
    assert first.on("wecom") is not None
    assert second.on("wecom") is None


async def test_a_broken_channel_hands_its_pages_to_the_last_resort_at_once(tmp_path: Path) -> None:
    wecom, sms = FakeChannel(), FakeChannel(SMS)
    wecom.will([Refused("errcode 93000")])
    async with notified(tmp_path, wecom, sms) as (room, notifier):
        await page(room)
        await notifier.look()
        await looks(room, notifier, 5)
        assert sms.codes == ["BATCH_FAILED"]
        (alert,) = await room.desk.store.alerts()
        assert alert.escalated_utc is not None
        assert metric(room, "sage_alert_delivery_failures_total", channel="wecom", kind="refused")

        await looks(room, notifier, BROKEN_RETRY_S)
    assert wecom.codes == ["BATCH_FAILED"]


async def test_a_page_nobody_acknowledges_goes_out_by_text_message_on_time(tmp_path: Path) -> None:
    wecom, sms = FakeChannel(), FakeChannel(SMS)
    async with notified(tmp_path, wecom, sms) as (room, notifier):
        await page(room)
        await looks(room, notifier, 295)
        assert sms.codes == []

        await looks(room, notifier, 10)
        assert sms.codes == ["BATCH_FAILED"]


async def test_an_acknowledged_page_is_left_alone(tmp_path: Path) -> None:
    wecom, sms = FakeChannel(), FakeChannel(SMS)
    async with notified(tmp_path, wecom, sms) as (room, notifier):
        await page(room)
        await looks(room, notifier, 60)
        now = room.clock.now()
        await room.desk.store.acknowledge(None, actor=WANG.name, now=now)

        await looks(room, notifier, 3600)
    assert (wecom.asked, sms.asked) == (1, 0)


async def test_reminders_go_on_and_never_more_often_than_their_cap(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with notified(tmp_path, wecom) as (room, notifier):
        for reason in (Reason.BATCH_FAILED, Reason.UNKNOWN_TWICE, Reason.EGRESS_BREACH):
            await page(room, reason)
            await looks(room, notifier, 100)
        wecom.taken.clear()

        await looks(room, notifier, 7200)
    assert 10 <= len(wecom.taken) <= 12


async def test_news_comes_as_a_digest_at_its_pace(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with notified(tmp_path, wecom) as (room, notifier):
        for number in range(4):
            desk = room.desk
            await raise_alarm(desk, Severity.P1, Reason.HELD_SHARE, "m", run_id=f"r{number}")
            await looks(room, notifier, 5)
        assert wecom.codes == ["HELD_SHARE"]

        await looks(room, notifier, 60)
    assert wecom.codes == ["HELD_SHARE", "HELD_SHARE+2"]


async def test_what_an_unbelieved_channel_takes_is_not_delivered(tmp_path: Path) -> None:
    mail, sms = FakeChannel(MAIL), FakeChannel(SMS)
    async with notified(tmp_path, mail, sms) as (room, notifier):
        sms.will([BUSY] * 3)
        await page(room)
        await notifier.look()
        (alert,) = await room.desk.store.alerts()
        assert (mail.codes, alert.delivered_utc) == (["BATCH_FAILED"], None)

        await looks(room, notifier, 60)
        assert sms.codes == ["BATCH_FAILED"]


async def test_news_an_unbelieved_channel_takes_is_delivered(tmp_path: Path) -> None:
    async with notified(tmp_path, FakeChannel(MAIL)) as (room, notifier):
        await raise_alarm(room.desk, Severity.P2, Reason.REJECTED_BY_BROKER, "no")
        await notifier.look()

        (alert,) = await room.desk.store.alerts()
    assert alert.delivered_utc is not None


async def test_a_channel_that_raises_stops_nobody(tmp_path: Path) -> None:
    wecom, sms = FakeChannel(), FakeChannel(SMS)
    wecom.will([ValueError("a bug of the channel")])
    async with notified(tmp_path, wecom, sms) as (room, notifier):
        await page(room)
        await notifier.look()

        assert room.log_entry("alert not delivered")["why"] == "it raised ValueError"
        await looks(room, notifier, 60)
    assert wecom.codes == ["BATCH_FAILED"]


async def test_a_send_that_a_dead_process_left_open_is_repeated(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with notified(tmp_path, wecom) as (room, notifier):
        await page(room)
        (alert,) = await room.desk.store.alerts()
        now = room.clock.now()
        await room.desk.store.begin_delivery("wecom", [alert.alert_id], escalates=False, now=now)

        await notifier.look()

        (after,) = await room.desk.store.alerts()
    delivery = after.on("wecom")
    assert wecom.codes == ["BATCH_FAILED"]
    assert delivery is not None
    assert (delivery.state, delivery.tries) == (DeliveryState.DELIVERED, 2)


async def test_a_halt_is_one_message_with_both_commands(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with notified(tmp_path, wecom) as (room, notifier):
        await stop_sending(room.desk, "HALT", Reason.EGRESS_BREACH, "one too many")
        await notifier.look()

    assert wecom.codes == ["EGRESS_BREACH"]
    assert "sage-execd resume" in wecom.taken[0].text
    assert "sage-execd resolve" in wecom.taken[0].text


async def test_without_a_channel_everything_is_kept_and_nothing_sent(tmp_path: Path) -> None:
    async with notified(tmp_path) as (room, notifier):
        await page(room)
        await notifier.look()

        assert len(await room.desk.store.alerts()) == 1
        assert await notifier.test(Message(Severity.P2, "TEST", "测试")) == {}


async def test_a_test_says_what_every_channel_answered(tmp_path: Path) -> None:
    wecom, sms = FakeChannel(), FakeChannel(SMS)
    sms.will([Refused("AuthFailure")])
    async with notified(tmp_path, wecom, sms) as (_room, notifier):
        answers = await notifier.test(Message(Severity.P2, "TEST", "测试"))

    assert answers == {"wecom": Delivered(), "sms": Refused("AuthFailure")}


async def test_the_task_looks_every_few_seconds(tmp_path: Path) -> None:
    wecom = FakeChannel()
    async with notified(tmp_path, wecom) as (room, notifier):
        task = asyncio.create_task(notifier.run())
        while not room.machine.sleepers:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
        await page(room)
        room.machine.advance(room.desk.settings.alerts.look_interval_s)
        while not wecom.taken:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    assert wecom.codes == ["BATCH_FAILED"]


@pytest.mark.parametrize("answer", [Delivered("x" * 999), TryLater(0, "x" * 999)])
async def test_long_words_of_a_channel_are_kept_short(
    tmp_path: Path, answer: Delivered | TryLater
) -> None:
    wecom = FakeChannel()
    wecom.will([answer])
    async with notified(tmp_path, wecom) as (room, notifier):
        await page(room)
        await notifier.look()

        (alert,) = await room.desk.store.alerts()
    delivery = alert.on("wecom")
    assert delivery is not None
    assert len(delivery.answer) == 200


async def test_a_channel_that_hangs_delays_no_other_and_is_given_up_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.tasks.notify.ANSWER_MARGIN_S", 0)
    hasty = AlertSettings(request_timeout_s=Decimal("0.05"))
    settings = settings_in(tmp_path).model_copy(update={"alerts": hasty})
    wecom, mail = FakeChannel(), FakeChannel(MAIL, is_hanging=True)
    async with open_room(tmp_path, settings=settings) as room:
        task = asyncio.create_task(Notifier(room.desk, (mail, wecom)).run())
        for reason in (Reason.BATCH_FAILED, Reason.WAVE_REFUSED):
            await page(room, reason)
            while reason not in wecom.codes:
                room.machine.advance(5)
                await asyncio.sleep(0)
        while "alert not delivered" not in room.logged():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

        # While a slow disk is waited for, the clock here may pass the pause between reminders.
        assert list(dict.fromkeys(wecom.codes)) == ["BATCH_FAILED", "WAVE_REFUSED"]
        assert room.log_entry("alert not delivered")["why"] == "no answer within 0.05 s"
    assert mail.taken == []


async def test_without_a_channel_the_task_only_waits(tmp_path: Path) -> None:
    async with notified(tmp_path) as (_, notifier):
        task = asyncio.create_task(notifier.run())
        done, _ = await asyncio.wait([task], timeout=0.01)
        assert done == set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
