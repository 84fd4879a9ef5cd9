from datetime import timedelta
from pathlib import Path

from daemon.alert_reminders import Reminders
from tests.support.desk import open_room

MINUTE_S = 60


async def test_reminders_of_the_last_hour_are_counted_by_channel(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        reminders = Reminders(room.desk)
        for _ in range(3):
            await reminders.note("wecom")
            room.machine.advance(20 * MINUTE_S)

        assert await reminders.count("wecom") == 2, "the first is an hour old"
        assert await reminders.count("mail") == 0


async def test_a_restart_does_not_begin_to_count_anew(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        for _ in range(2):
            await Reminders(room.desk).note("wecom")

        assert await Reminders(room.desk).count("wecom") == 2


async def test_a_clock_that_was_put_back_silences_nobody(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.machine.advance(int(timedelta(days=1).total_seconds()))
        await Reminders(room.desk).note("wecom")
        room.machine.elapsed_ns = 0

        assert await Reminders(room.desk).count("wecom") == 0
