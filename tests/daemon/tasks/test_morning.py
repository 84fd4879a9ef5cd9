from pathlib import Path

from daemon.tasks.morning import Morning
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from tests.fakes.fake_clock import participants
from tests.support.desk import EVENING, Room, at, open_room, two_buys


async def told(room: Room) -> list[tuple[str, str, str]]:
    alerts = reversed(await room.desk.store.alerts(newest_max=99))
    return [
        (alert.code, f"{alert.created_at:%H:%M}", alert.severity)
        for alert in alerts
        if alert.severity == "P2" and alert.code != "AWAITS_APPROVAL"
    ]


def success(room: Room, task: str) -> float | None:
    name = "sage_last_success_timestamp_seconds"
    return room.desk.metrics.registry.get_sample_value(name, {"task": task})


async def test_a_session_that_trades_is_told_ready_and_started(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=EVENING) as room:
        await room.approved(*two_buys())
        tasks = (Morning(room.desk).run, Releaser(room.desk).run, Submitter(room.desk).run)
        async with participants(room.clock, *tasks):
            await room.until(at("09:40"))

        assert await told(room) == [("READY", "09:10", "P2"), ("STARTED", "09:35", "P2")]
        ready = (await room.desk.store.alerts(newest_max=99))[-2]
        assert "2 笔委托" in ready.text_zh
        assert "2 orders" in ready.text_en
        assert success(room, "ready") is not None
        assert success(room, "started") is not None


async def test_a_session_without_a_plan_is_told_to_be_idle_once(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=EVENING) as room:
        async with participants(room.clock, Morning(room.desk).run):
            await room.until(at("09:40"))

        assert await told(room) == [("IDLE", "09:10", "P2")]
        assert success(room, "started") is not None


async def test_an_approved_plan_that_does_not_start_is_told_by_silence(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=EVENING) as room:
        await room.approved(*two_buys())
        async with participants(room.clock, Morning(room.desk).run):
            await room.until(at("09:40"))

        assert await told(room) == [("READY", "09:10", "P2")]
        assert success(room, "started") is None
        assert "not started" in room.logged()


async def test_a_restart_says_nothing_twice_and_nothing_on_a_day_off(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("09:10")) as room:
        for _ in range(2):
            await Morning(room.desk).speak()
        assert await told(room) == [("IDLE", "09:10", "P2")]

    (tmp_path / "off").mkdir()
    async with open_room(tmp_path / "off", start=at("09:10", EVENING.date().replace(day=8))) as off:
        await Morning(off.desk).speak()
        assert await told(off) == []


async def test_over_a_day_off_the_next_word_is_that_of_the_next_session(tmp_path: Path) -> None:
    day_off = at("12:00", EVENING.date().replace(day=8))
    async with open_room(tmp_path, start=day_off) as room:
        monday = room.desk.calendar.next_session(day_off.date())
        async with participants(room.clock, Morning(room.desk).run):
            await room.until(at("09:09", monday))
            assert await told(room) == []
            await room.until(at("09:40", monday))

        assert await told(room) == [("IDLE", "09:10", "P2")]


async def test_nothing_is_said_before_its_time(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("09:09")) as room:
        await Morning(room.desk).speak()

        assert await told(room) == []
