"""Files that change while they are read, lie alone, or belong to another day."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.intake.pairing import Pair
from adapters.intake.taking import Changing, Taken, take_pair
from config.settings import IntakeSettings
from daemon.inbox import Inbox
from daemon.refusals import ActionRefused
from market.symbol import Symbol
from statemachine.run import RunState
from tests.daemon.test_inbox import approved, drop, drop_pair, drop_ready, later, states
from tests.support.desk import WANG, Room, open_room
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, csv_bytes


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Have each of these files grow between the sweep and the read, once."""
    files: list[Path] = []

    def slow(
        folder: Path, pair: Pair, settings: IntakeSettings, industry_of: Mapping[Symbol, str] | None
    ) -> Taken | Changing:
        while files:
            with files.pop().open("ab") as file:
                file.write(b"\n")
        return take_pair(folder, pair, settings, industry_of)

    monkeypatch.setattr("daemon.inbox.take_pair", slow)
    return files


def csv_of(room: Room) -> Path:
    return room.desk.settings.paths.inbox / CSV_NAME


async def test_a_file_that_changes_while_it_is_read_is_looked_at_again_soon(
    tmp_path: Path, rewritten: list[Path]
) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        drop_pair(room)
        drop_ready(room)
        rewritten.append(csv_of(room))

        again_at = await inbox.look()

        assert room.clock.now() < again_at
        assert await states(room) == []
        drop_pair(room)
        drop_ready(room)
        await room.until(again_at)
        await inbox.look()
        await later(room, 120)
        await inbox.look()
        assert await states(room) == [RunState.RECEIVED]


async def test_a_file_that_changes_while_it_is_taken_by_path_is_refused(
    tmp_path: Path, rewritten: list[Path]
) -> None:
    async with open_room(tmp_path) as room:
        drop_pair(room)
        rewritten.append(csv_of(room))

        with pytest.raises(ActionRefused, match="chang"):
            await Inbox(room.desk).take(csv_of(room), csv_of(room).with_name(CONTEXT_NAME), WANG)
        assert await states(room) == []


async def test_half_a_pair_is_not_taken_by_path(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop(room, CSV_NAME, csv_bytes())

        with pytest.raises(ActionRefused, match="not both there"):
            await Inbox(room.desk).take(csv_of(room), csv_of(room).with_name(CONTEXT_NAME), WANG)


async def test_a_change_of_another_day_s_pair_holds_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        inbox = Inbox(room.desk)
        run_id = await approved(room, inbox)
        for name in ("portfolio_20251106.csv", "execution_context_20251106.json"):
            drop(room, name, b"{}")
        drop(room, "portfolio_20251106.ready", b"")
        await inbox.look()
        csv_of(room).with_name("portfolio_20251106.csv").unlink()

        await inbox.look()

        assert await room.state(run_id) is RunState.APPROVED


async def test_a_name_that_holds_no_date_is_refused_under_today_s(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        drop(room, "portfolio_20251340.csv", csv_bytes())
        drop(room, "execution_context_20251340.json", b"{")
        drop(room, "portfolio_20251340.ready", b"")

        await Inbox(room.desk).look()

        (run,) = await room.desk.store.runs()
        assert run.state is RunState.REFUSED
        assert run.signal_date == room.clock.now().date()
        assert run.refusals
