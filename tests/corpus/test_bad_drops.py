"""Whatever lies in the inbox is refused for its reason and kept, and the next pair is read."""

import os
from pathlib import Path

import pytest

from daemon.inbox import Inbox
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.corpus import bad_configs, bad_drops
from tests.corpus.bad_drops import (
    ODD_NAMES,
    PARTS,
    READY_NAME,
    BadDrop,
    all_bad_drops,
    devices,
)
from tests.corpus.families import FAMILIES, all_bad_pairs
from tests.support.desk import Room, open_room
from tests.support.pairs import CONTEXT_NAME, CSV_NAME, context_bytes, csv_bytes

BAD_DROPS = all_bad_drops()
DEVICES = {drop.name for drop in devices()}
NEXT = "20251114"


def drop_good(folder: Path, day: str = "20251107") -> None:
    """Write a good pair of a day, then say that it is ready."""
    contents = {
        f"portfolio_{day}.csv": csv_bytes().replace(b"20251107", day.encode()),
        f"execution_context_{day}.json": context_bytes(trade_date=day),
        f"portfolio_{day}.ready": b"",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o640)


async def assert_the_next_pair_is_taken(room: Room, inbox: Inbox) -> None:
    drop_good(room.desk.settings.paths.inbox, NEXT)
    await inbox.look()
    taken = [run for run in await room.desk.store.runs() if run.csv_name.count(NEXT)]
    assert [run.state for run in taken] == [RunState.RECEIVED]


async def assert_nothing_is_ordered(room: Room, run_id: str) -> None:
    assert await room.desk.store.orders_of(run_id) == ()
    assert await room.desk.store.plan(run_id) is None


@pytest.mark.parametrize("drop", BAD_DROPS, ids=lambda drop: drop.name)
@pytest.mark.timeout(20)
async def test_an_odd_file_is_refused_for_its_reason(tmp_path: Path, drop: BadDrop) -> None:
    async with open_room(tmp_path) as room:
        folder = room.desk.settings.paths.inbox
        drop_good(folder)
        try:
            drop.spoil(folder)
        except PermissionError:
            assert drop.name in DEVICES, "only a device may be forbidden to make"
            pytest.skip("this host lets nobody make a device")
        os.utime(folder / READY_NAME, follow_symlinks=False)
        inbox = Inbox(room.desk)

        await inbox.look()

        (run,) = await room.desk.store.runs()
        assert run.state is RunState.REFUSED
        assert (run.refusals[0].code, run.refusals[0].file) == (drop.reason, drop.file)
        await assert_nothing_is_ordered(room, run.run_id)
        await assert_the_next_pair_is_taken(room, inbox)


async def test_every_bad_pair_is_refused_kept_and_followed_by_a_good_one(tmp_path: Path) -> None:
    """The whole corpus through one inbox, one day each."""
    read = [pair for pair in all_bad_pairs() if pair.reason is not Reason.FILE_TOO_LARGE]
    pairs = {(pair.csv, pair.context): pair for pair in read}.values()
    async with open_room(tmp_path) as room:
        folder, store = room.desk.settings.paths.inbox, room.desk.store
        inbox = Inbox(room.desk)
        for pair in pairs:
            for name, content in ((CSV_NAME, pair.csv), (CONTEXT_NAME, pair.context)):
                (folder / name).write_bytes(content)
                (folder / name).chmod(0o640)
            (folder / READY_NAME).write_bytes(b"")
            await inbox.look()
            newest = (await store.runs())[-1]
            assert newest.state is RunState.REFUSED, pair.name
            assert newest.refusals[0].code is pair.reason, pair.name
            for name in (*PARTS, READY_NAME):
                (folder / name).unlink()
            await inbox.look()

        runs = await store.runs()
        assert len(runs) == len(pairs)
        for run in runs:
            await assert_nothing_is_ordered(room, run.run_id)
        assert await store.open_orders() == ()
        await assert_the_next_pair_is_taken(room, inbox)
        assert await store.verify() == ()


async def test_odd_names_beside_a_pair_are_nobody_s(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        for name in ODD_NAMES:
            (room.desk.settings.paths.inbox / os.fsdecode(name)).touch(0o640)
        inbox = Inbox(room.desk)

        await inbox.look()

        assert list(inbox.describe()) == []
        await assert_the_next_pair_is_taken(room, inbox)


async def test_a_file_that_still_grows_is_waited_for(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        folder = room.desk.settings.paths.inbox
        drop_good(folder)
        (folder / READY_NAME).unlink()
        inbox = Inbox(room.desk)
        for size in range(3):
            await room.until(await inbox.look())
            (folder / CSV_NAME).write_bytes(csv_bytes()[: 40 + 20 * size])
            os.utime(folder / CONTEXT_NAME)
            await inbox.look()

        assert await room.desk.store.runs() == ()


def test_there_are_300_of_30_families_at_least() -> None:
    families = len(FAMILIES) + len(bad_drops.FAMILIES) + len(bad_configs.FAMILIES)
    count = len(all_bad_pairs()) + len(BAD_DROPS) + len(bad_configs.all_bad_configs())

    assert families >= 30
    assert count >= 450
    assert {drop.reason for drop in BAD_DROPS} >= {
        Reason.FILE_NOT_REGULAR,
        Reason.FILE_TOO_LARGE,
        Reason.FILE_PERMISSIONS,
        Reason.READY_MISMATCH,
    }
