from pathlib import Path

from daemon.gauges import measure
from daemon.halting.files import Grade, HaltNote
from daemon.manual_list import raise_alarm
from statemachine.breaks import Break, BreakKind
from statemachine.reasons import Reason
from statemachine.severity import Severity
from tests.daemon.planning.builders import symbol
from tests.support.desk import BANK, EVENING, WANG, Room, at, open_room, two_buys


def value(room: Room, name: str, **labels: str) -> float | None:
    return room.desk.metrics.registry.get_sample_value(name, labels)


async def test_runs_messages_and_days_are_counted_when_asked(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        assert value(room, "sage_runs", state="APPROVED") is None

        await measure(room.desk)

        assert value(room, "sage_runs", state="APPROVED") == 1
        assert value(room, "sage_runs", state="WORKING") == 0
        assert value(room, "sage_orders", state="NEW") == 0
        assert value(room, "sage_messages", kind="submit") == 0
        limit = room.desk.settings.flow.messages_per_day
        assert value(room, "sage_messages_limit") == limit
        days = room.desk.calendar.coverage_days(room.desk.clock.now().date())
        assert value(room, "sage_calendar_coverage_seconds") == days * 86_400


async def test_a_trading_day_is_told_from_another(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("09:00")) as room:
        await measure(room.desk)
        assert value(room, "sage_trading_day") == 1
    saturday = EVENING.date().replace(day=8)
    async with open_room(tmp_path, start=at("09:00", saturday)) as room:
        await measure(room.desk)
        assert value(room, "sage_trading_day") == 0


async def test_what_waits_for_a_person_is_counted_when_asked(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        found = Break(None, BreakKind.POSITION, symbol(BANK), "500", "499", "off by one")
        await room.desk.store.set_breaks((found,), now=room.desk.clock.now())
        await raise_alarm(room.desk, Severity.P1, Reason.BROKER_BREAK, "one share off")

        await measure(room.desk)

        assert value(room, "sage_breaks") == 1
        assert value(room, "sage_locked_names") == 1
        assert (value(room, "sage_manual_items") or 0) >= 1
        assert value(room, "sage_orders_unresolved") == 0
        assert value(room, "sage_alerts_unacknowledged", severity="P1") == 2
        assert value(room, "sage_alerts_unacknowledged", severity="P0") == 0


async def test_the_grade_that_stands_is_told_however_it_came_to_stand(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await measure(room.desk)
        assert (value(room, "sage_halted"), value(room, "sage_reduce_only")) == (0, 0)

        note = HaltNote(by="wang", reason="only sells", at=room.machine.utc_now(), way="cli")
        room.desk.halt_files.place(Grade.REDUCE_ONLY, note)
        await measure(room.desk)
        assert (value(room, "sage_halted"), value(room, "sage_reduce_only")) == (0, 1)

        await room.actions.halt("looks wrong", WANG)
        await measure(room.desk)
        assert (value(room, "sage_halted"), value(room, "sage_reduce_only")) == (1, 0)

        await room.actions.resume("was right", WANG)
        await measure(room.desk)
        assert (value(room, "sage_halted"), value(room, "sage_reduce_only")) == (0, 0)
