"""An hour of a platform in trouble: every P0 arrives, once a cause, and by SMS on time.

Real HTTP to the doubles; machine time is the test's.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from daemon.alert_parcels import REMINDER
from daemon.manual_list import raise_alarm
from daemon.tasks.notify import Notifier
from statemachine.reasons import Reason
from statemachine.severity import Severity
from tests.adapters.alerts.reached import NUMBERS, phone, robot
from tests.fakes.fake_clock import FakeMachineClock
from tests.fakes.sms_double import SmsDouble
from tests.fakes.wecom_double import Weather, WeComDouble
from tests.support.desk import WANG, Room, open_room

HOUR_S, STEP_S = 3600, 5
BAD = (
    Weather.TOO_FAST,
    Weather.INVALID_URL,
    Weather.HANGS,
    Weather.LOST,
    Weather.ERROR_500,
    Weather.BUSY,
    Weather.NOT_JSON,
)
CAUSES, SLOW_MAX = 40, 6


@dataclass(slots=True)
class Hour:
    """The hour as a script: a new trouble every minute, a P0 at some of its seconds."""

    clock: FakeMachineClock
    dice: random.Random
    seen: Counter[Weather] = field(default_factory=Counter)

    def weather(self) -> Weather:
        minute = self.clock.monotonic_ns() // 60_000_000_000
        now = BAD[minute % len(BAD)] if minute < HOUR_S // 60 else Weather.FINE
        if now in (Weather.HANGS, Weather.LOST) and self.seen[now] >= SLOW_MAX:
            now = Weather.ERROR_500  # each of those takes real time
        self.seen[now] += 1
        return now


async def lived(
    room: Room, notifier: Notifier, seconds: int, each: Callable[[int], object]
) -> None:
    """Let machine time pass as the task does."""
    for second in range(0, seconds, STEP_S):
        found = each(second)
        if found is not None:
            await raise_alarm(room.desk, Severity.P0, Reason.SEND_UNKNOWN, "?", run_id=str(found))
        await notifier.look()
        room.machine.advance(STEP_S)


async def test_every_page_of_a_bad_hour_arrives_once_a_cause_and_escalates_on_time(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        hour = Hour(room.machine, random.Random(1))
        moments = hour.dice.sample(range(0, HOUR_S, STEP_S), 2 * CAUSES)
        raised = {moment: index % CAUSES for index, moment in enumerate(moments)}
        group = WeComDouble(room.machine.monotonic_ns, hour.weather)
        phones = SmsDouble(room.machine.utc_now)
        async with robot(group, room.machine) as wecom, phone(phones, room.machine) as sms:
            notifier = Notifier(room.desk, (wecom, sms))
            await lived(room, notifier, HOUR_S, raised.get)
            await lived(room, notifier, 600, lambda _second: None)

        alerts = await room.desk.store.alerts()

    assert set(BAD) <= hour.seen.keys()
    assert len(alerts) == CAUSES
    answered = Counter(group.taken) - Counter(group.lost)
    fresh = [message for message in answered.elements() if REMINDER not in message]
    for alert in alerts:
        assert alert.delivered_utc is not None
        assert alert.escalated_utc is not None
        late_s = (alert.escalated_utc - alert.created_utc).total_seconds()
        assert late_s <= room.desk.settings.alerts.sms_after_s + STEP_S
        word = f"确认：sage-execd ack {alert.alert_id}"
        assert sum(message.splitlines().count(word) for message in fresh) == 1
    assert {number for number, _ in phones.taken} == set(NUMBERS)
    assert phones.errors == []


async def test_a_page_that_is_acknowledged_in_the_bad_hour_costs_no_text_message(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        group = WeComDouble(room.machine.monotonic_ns, lambda: Weather.ERROR_500)
        phones = SmsDouble(room.machine.utc_now)
        async with robot(group, room.machine) as wecom, phone(phones, room.machine) as sms:
            notifier = Notifier(room.desk, (wecom, sms))
            await lived(room, notifier, 120, lambda second: 1 if second == 0 else None)
            await room.desk.store.acknowledge(None, actor=WANG.name, now=room.clock.now())
            await lived(room, notifier, HOUR_S, lambda _second: None)

    assert (group.taken, phones.taken) == ([], [])


async def test_a_storm_of_pages_stays_inside_the_rate_and_none_is_lost(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        group = WeComDouble(room.machine.monotonic_ns)
        async with robot(group, room.machine) as wecom:
            notifier = Notifier(room.desk, (wecom,))
            for number in range(100):
                await raise_alarm(
                    room.desk, Severity.P0, Reason.SEND_UNKNOWN, "?", run_id=f"r{number:03}"
                )
            await lived(room, notifier, 300, lambda _second: None)

    assert set(group.codes) == {0}
    together = "\n".join(group.taken)
    assert [together.count(f"批次：r{number:03}") for number in range(100)] == [1] * 100
