import json
from contextlib import closing
from pathlib import Path

import pytest

from daemon.clock import Signal
from daemon.halting.files import Grade
from daemon.halting.standing import grade_of, lift, record_files
from daemon.manual_list import raise_alarm
from daemon.refusals import ActionRefused
from daemon.sleepers import WakeUp
from statemachine.reasons import Reason
from statemachine.severity import Severity
from storage.database import connect_read_only
from tests.support.desk import WANG, Room, open_room

RESUMED = "SELECT detail FROM events WHERE subject_kind = 'HALT' AND cause = 'RESUMED'"


def was_set(signal: Signal) -> bool:
    assert isinstance(signal, WakeUp)
    return signal.take()


async def causes(room: Room) -> list[tuple[str, str, str]]:
    store = room.desk.store
    found = (*await store.halts(), *await store.reductions())
    return [(halt.kind, halt.cause, halt.actor) for halt in found]


async def test_a_file_made_by_hand_is_recorded_once_and_told(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        (tmp_path / "HALT").symlink_to("nowhere")
        owner = room.desk.halt_files.note(Grade.HALTED).by

        assert await record_files(room.desk) is Grade.HALTED
        assert await record_files(room.desk) is Grade.HALTED

        assert await causes(room) == [("HALT", "HALT file", owner)]
        (alert,) = await room.desk.store.alerts()
        assert (alert.cause, alert.severity) == ("HALT HALT file", Severity.P1)


async def test_nothing_is_recorded_without_a_file(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        assert await record_files(room.desk) is Grade.ACTIVE
        assert await grade_of(room.desk) is Grade.ACTIVE
        assert await causes(room) == []


async def test_a_halt_is_in_the_file_and_in_the_store(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.actions.halt("looks wrong", WANG, keep_orders=True)

        assert room.desk.halt_files.note(Grade.HALTED).keep_orders
        assert await causes(room) == [("HALT", "looks wrong", "wang")]
        assert await room.desk.store.manual_items() == ()
        assert await record_files(room.desk) is Grade.HALTED
        assert await causes(room) == [("HALT", "looks wrong", "wang")]


async def test_a_second_halt_for_the_same_reason_is_looked_at_too(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        signals = room.desk.signals
        for _ in range(2):
            await room.actions.halt("looks wrong", WANG)
            assert (was_set(signals.halt), was_set(signals.timeout)) == (True, True)


async def test_only_sells_is_a_grade_of_its_own(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.actions.halt("no more buys", WANG, Grade.REDUCE_ONLY)

        assert await room.desk.store.halts() == ()
        assert await causes(room) == [("REDUCE_ONLY", "no more buys", "wang")]
        assert await grade_of(room.desk) is Grade.REDUCE_ONLY
        room.desk.halt_files.remove()
        assert await grade_of(room.desk) is Grade.REDUCE_ONLY
        await raise_alarm(room.desk, Severity.P1, Reason.CLOCK_SKEW, "something else")
        assert await room.actions.resume("was right", WANG) is Grade.ACTIVE
        assert await causes(room) == []
        (left,) = await room.desk.store.manual_items()
        assert left.reason is Reason.CLOCK_SKEW


async def test_resuming_takes_the_file_away_and_names_one_made_by_hand(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        (tmp_path / "HALT").touch()
        await record_files(room.desk)
        owner = room.desk.halt_files.note(Grade.HALTED).by

        await lift(room.desk, "wang", "was right")

        assert not (tmp_path / "HALT").exists()
        assert await causes(room) == []
        with closing(connect_read_only(tmp_path / "execd.sqlite")) as connection:
            (row,) = connection.execute(RESUMED).fetchall()
        reason = json.loads(row["detail"])["reason"]
        assert reason == f"was right (removed: HALT file of {owner})"


async def test_a_file_that_cannot_be_removed_leaves_everything_halted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise PermissionError(13, "Permission denied")

    async with open_room(tmp_path) as room:
        await room.actions.halt("looks wrong", WANG)
        monkeypatch.setattr("daemon.halting.files._take_away", lambda _path: refused())

        with pytest.raises(ActionRefused, match="the halt stands"):
            await room.actions.resume("was right", WANG)

        assert await grade_of(room.desk) is Grade.HALTED
        assert await causes(room) == [("HALT", "looks wrong", "wang")]


async def test_a_halt_the_disk_refuses_still_stops_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    async with open_room(tmp_path) as room:
        monkeypatch.setattr("daemon.halting.files.write_atomically", full)
        await room.actions.halt("looks wrong", WANG)

        assert await causes(room) == [("HALT", "looks wrong", "wang")]
        assert "halt not on disk" in room.logged()
        assert room.desk.halt_files.cancels_wanted()
