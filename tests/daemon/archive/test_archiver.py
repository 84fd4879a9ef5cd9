"""An ended run leaves a sound pack by itself, and nothing goes that no sound pack holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import ArchiveSettings
from daemon.archive.archiver import Archiver
from daemon.archive.checking import audit_pack
from daemon.archive.folders import read_pack
from daemon.archive.pack import opened
from daemon.archive.replaying import replay
from daemon.artifacts.check import check_artifacts
from daemon.artifacts.listing import artifacts_of
from daemon.closing import Closing
from daemon.tasks.verify import Verifier
from statemachine.reasons import Reason
from storage.offline import open_copy
from tests.support.desk import KEY, Room, open_room, settings_in
from tests.support.packed import ended_run


@dataclass(frozen=True, slots=True)
class Scene:
    room: Room
    archiver: Archiver
    run_id: str

    @property
    def pack(self) -> Path:
        return self.archiver.folder / self.run_id

    def names(self) -> tuple[str, ...]:
        return artifacts_of(self.room.desk.artifacts, self.run_id)

    async def final(self) -> None:
        run = await self.room.desk.store.run(self.run_id)
        assert run is not None
        await Closing(self.room.desk).note_final(run)

    async def alarms(self) -> list[str]:
        items = await self.room.desk.store.manual_items()
        return [item.detail for item in items if item.reason is Reason.ARCHIVE_FAILED]


@asynccontextmanager
async def scene(folder: Path, *, enabled: bool = True, days: int = 0) -> AsyncIterator[Scene]:
    kept = ArchiveSettings(enabled=enabled, artifacts_days=days)
    async with open_room(folder, settings=settings_in(folder, archive=kept)) as room:
        verifier = Verifier(room.desk, KEY)
        archiver = Archiver(room.desk, verifier.look, verifier.anchors_path)
        yield Scene(room, archiver, await ended_run(room))


async def test_the_pack_of_a_run_is_sound_and_replays(tmp_path: Path) -> None:
    async with scene(tmp_path) as played:
        await played.archiver.archive(played.run_id)
        files = read_pack(played.pack)
        audit = audit_pack(files)

        assert audit.findings == ()
        assert audit.anchors > 0
        assert replay(opened(files)).differences == []
        note = await played.room.desk.store.latest_note(f"ARCHIVED:{played.run_id}")
        assert note is not None
        assert note.detail["digest"] == opened(files).manifest["digest"]


async def test_a_later_pack_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as played:
        await played.archiver.archive(played.run_id)
        before = read_pack(played.pack)
        await played.archiver.archive(played.run_id)

        assert read_pack(played.pack) != before
        assert audit_pack(read_pack(played.pack)).findings == ()


async def test_archiving_can_be_left_to_people(tmp_path: Path) -> None:
    async with scene(tmp_path, enabled=False) as played:
        await played.archiver.archive(played.run_id)

        assert not played.pack.exists()


async def test_a_report_that_somebody_else_wrote_is_bound_and_archived(tmp_path: Path) -> None:
    async with scene(tmp_path) as played:
        store, desk = played.room.desk.store, played.room.desk
        receipt = next(name for name in played.names() if name.startswith("broker_submit"))
        copy = desk.artifacts / "broker_submit_20251110_235959.json"
        copy.write_bytes((desk.artifacts / receipt).read_bytes())
        await played.archiver.archive(played.run_id)

        assert copy.name in await store.bound_artifacts(played.run_id)
        assert copy.name in replay(opened(read_pack(played.pack))).others


async def test_an_artifact_that_was_changed_is_an_alarm(tmp_path: Path) -> None:
    async with scene(tmp_path) as played:
        name = played.names()[0]
        (played.room.desk.artifacts / name).write_bytes(b"mine")
        await played.archiver.archive(played.run_id)

        (alarm,) = await played.alarms()
        assert name in alarm


@pytest.mark.parametrize("run_id", ["20251107-unknown", None])
async def test_what_cannot_be_archived_is_an_alarm_and_stops_nothing(
    tmp_path: Path, run_id: str | None
) -> None:
    async with scene(tmp_path) as played:
        played.archiver.folder.parent.mkdir(parents=True, exist_ok=True)
        played.archiver.folder.touch()
        await played.archiver.archive(run_id or played.run_id)

        assert len(await played.alarms()) == 1


async def test_artifacts_go_only_when_old_final_and_archived(tmp_path: Path) -> None:
    async with scene(tmp_path, days=3) as played:
        names, room = played.names(), played.room
        await played.archiver.archive(played.run_id)
        await played.archiver.retire()
        assert played.names() == names, "the run is of today"

        await room.until(room.clock.now() + timedelta(days=4))
        await played.archiver.retire()
        assert played.names() == names, "the report is not FINAL"

        await played.final()
        await played.archiver.retire()
        assert played.names() == ()
        assert audit_pack(read_pack(played.pack)).findings == ()
        with open_copy(room.desk.settings.paths.state / "execd.sqlite") as connection:
            assert list(check_artifacts(connection, room.desk.artifacts)) == []
        await played.archiver.retire()


async def test_artifacts_stay_without_a_sound_pack(tmp_path: Path) -> None:
    async with scene(tmp_path, days=3) as played:
        names, room = played.names(), played.room
        await played.final()
        await room.until(room.clock.now() + timedelta(days=4))
        await played.archiver.retire()
        assert played.names() == names, "there is no pack"

        await played.archiver.archive(played.run_id)
        (played.pack / "plan.json").write_bytes(b"{}")
        await played.archiver.retire()
        assert played.names() == names, "the pack was changed"


async def test_an_artifact_that_is_not_the_archived_one_stays(tmp_path: Path) -> None:
    async with scene(tmp_path, days=3) as played:
        name, room = played.names()[0], played.room
        await played.archiver.archive(played.run_id)
        (room.desk.artifacts / name).write_bytes(b"another")
        await played.final()
        await room.until(room.clock.now() + timedelta(days=4))
        await played.archiver.retire()

        assert (room.desk.artifacts / name).read_bytes() == b"another"


async def test_artifacts_stay_for_ever_by_default(tmp_path: Path) -> None:
    async with scene(tmp_path) as played:
        names, room = played.names(), played.room
        await played.archiver.archive(played.run_id)
        await played.final()
        await room.until(room.clock.now() + timedelta(days=400))
        await played.archiver.retire()

        assert played.names() == names
