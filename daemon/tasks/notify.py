"""Delivers what the outbox holds, at least once; runs on machine time, beside everything else.

A channel that fails is a metric and a line in the log, never an exception: whatever becomes of it,
orders go on. The database is another matter, its failure ends the process as everywhere.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import assert_never

from adapters.alerts.channel import (
    Answer,
    Channel,
    Delivered,
    Message,
    Refused,
    TryLater,
)
from daemon.alert_parcels import Moment, Parcel, parcels
from daemon.alert_reminders import Reminders
from daemon.desk import Desk
from statemachine.severity import Severity
from storage.alerts import DeliveryState
from storage.outbox import Ending

NANOSECONDS = 1_000_000_000
# A wait doubles with each try; a P0 never waits long, a broken channel is tried now and then.
BACKOFF_FIRST_S, BACKOFF_MAX_S, P0_BACKOFF_MAX_S, BROKEN_RETRY_S = 5, 300, 60, 300
TRIES_DOUBLED_MAX = 10
ANSWER_LENGTH_MAX = 200
# A channel's own time-out says more: ours comes after it, for what has none.
ANSWER_MARGIN_S = 2


class Notifier:
    """Looks every few seconds and sends what is due on each channel, one message after another."""

    def __init__(self, desk: Desk, channels: Sequence[Channel]) -> None:
        self._desk = desk
        self._channels = tuple(channels)
        self._digested_ns: dict[str, int] = {}
        self._reminders = Reminders(desk)

    async def run(self) -> None:
        """Serve every channel for ever, each at its own pace; without one only wait."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                group.create_task(self._attend(channel), name=channel.traits.name)
            if not self._channels:
                await asyncio.Event().wait()

    async def look(self) -> None:
        """Send what is due now, once on every channel."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                group.create_task(self._serve(channel), name=channel.traits.name)

    async def _attend(self, channel: Channel) -> None:
        while True:
            await self._serve(channel)
            await self._desk.machine.sleep(self._desk.settings.alerts.look_interval_s)

    async def test(self, message: Message) -> Mapping[str, Answer]:
        """Send one message through every channel and return what each answered."""
        names = [channel.traits.name for channel in self._channels]
        asked = (self._ask(channel, message) for channel in self._channels)
        return dict(zip(names, await asyncio.gather(*asked), strict=True))

    async def _serve(self, channel: Channel) -> None:
        """Send until the channel says no: what it could not take waits untouched."""
        desk = self._desk
        alerts = await desk.store.alerts_to_deliver(desk.machine.utc_now())
        moment = await self._moment(channel)
        for parcel in parcels(alerts, channel.traits, moment, self._desk.settings.alerts):
            if not await self._deliver(channel, parcel):
                break
        desk.metrics.note_success("notify", desk.machine.utc_now())

    async def _moment(self, channel: Channel) -> Moment:
        name, settings = channel.traits.name, self._desk.settings.alerts
        now_ns = self._desk.machine.monotonic_ns()
        digested_ns = self._digested_ns.get(name)
        pause_ns = settings.digest_interval_s * NANOSECONDS
        return Moment(
            now_utc=self._desk.machine.utc_now(),
            room=channel.room(),
            may_digest=digested_ns is None or now_ns - digested_ns >= pause_ns,
            may_repeat=await self._reminders.count(name) < settings.repeats_per_hour_max,
            channels=tuple(other.traits for other in self._channels),
        )

    async def _deliver(self, channel: Channel, parcel: Parcel) -> bool:
        """Write before and after the send: a crash between the two repeats it."""
        desk, name = self._desk, channel.traits.name
        now_ns = desk.machine.monotonic_ns()
        if parcel.is_repeat:
            await self._reminders.note(name)
        elif parcel.message.severity is not Severity.P0:
            self._digested_ns[name] = now_ns
        await desk.store.begin_delivery(
            name,
            parcel.alert_ids,
            escalates=channel.traits.is_last_resort,
            now=desk.clock.now(),
        )
        answer = await self._ask(channel, parcel.message)
        ending = self._ending(channel, parcel, answer)
        await desk.store.end_delivery(name, parcel.alert_ids, ending, now=desk.clock.now())
        return ending.state is DeliveryState.DELIVERED

    async def _ask(self, channel: Channel, message: Message) -> Answer:
        limit_s = float(self._desk.settings.alerts.request_timeout_s) + ANSWER_MARGIN_S
        try:
            async with asyncio.timeout(limit_s):
                answer = await channel.send(message)
        except TimeoutError:
            answer = TryLater(0, f"no answer within {limit_s:g} s")
        except Exception as error:  # noqa: BLE001 - a channel never stops the daemon
            answer = TryLater(0, f"it raised {type(error).__name__}")
        self._note(channel.traits.name, message, answer)
        return answer

    def _note(self, name: str, message: Message, answer: Answer) -> None:
        desk = self._desk
        match answer:
            case Delivered():
                desk.metrics.alert_deliveries.labels(name).inc()
                desk.log.info("alert delivered", channel=name, code=message.code)
            case TryLater(why=why) | Refused(why=why):
                kind = "refused" if isinstance(answer, Refused) else "try_later"
                desk.metrics.alert_delivery_failures.labels(name, kind).inc()
                desk.log.warning("alert not delivered", channel=name, code=message.code, why=why)
            case _:
                assert_never(answer)

    def _ending(self, channel: Channel, parcel: Parcel, answer: Answer) -> Ending:
        now = self._desk.machine.utc_now()
        match answer:
            case Delivered(remark=remark):
                is_believed = channel.traits.is_believed or parcel.message.severity != Severity.P0
                return Ending(
                    DeliveryState.DELIVERED,
                    remark[:ANSWER_LENGTH_MAX],
                    is_believed=is_believed,
                )
            case TryLater(after_s=after_s, why=why):
                wait_s = max(after_s, _backoff_s(channel, parcel))
                next_try = now + timedelta(seconds=wait_s)
                return Ending(DeliveryState.WAITING, why[:ANSWER_LENGTH_MAX], next_try)
            case Refused(why=why):
                next_try = now + timedelta(seconds=BROKEN_RETRY_S)
                return Ending(DeliveryState.REFUSED, why[:ANSWER_LENGTH_MAX], next_try)
            case _:
                assert_never(answer)


def _backoff_s(channel: Channel, parcel: Parcel) -> int:
    deliveries = [alert.on(channel.traits.name) for alert in parcel.alerts]
    tries = max(0 if delivery is None else delivery.tries for delivery in deliveries)
    longest_s = P0_BACKOFF_MAX_S if parcel.message.severity is Severity.P0 else BACKOFF_MAX_S
    return int(min(BACKOFF_FIRST_S * 2 ** min(tries, TRIES_DOUBLED_MAX), longest_s))
