"""The record is looked at every minute and every evening; a broken invariant stops the sending."""

import asyncio
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from daemon.tasks.verify import Verifier, sentence
from statemachine.reasons import Reason
from storage import anchors
from storage.anchors import Anchor
from storage.database import DatabaseFailure
from storage.store import Violation
from tests.fakes.fake_clock import participants
from tests.support.desk import EVENING, KEY, SESSION, Room, at, open_room, two_buys


def tamper(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "execd.sqlite")
    try:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.commit()
    finally:
        connection.close()


def lose_the_delivery(folder: Path) -> None:
    """Break I21 of the only run."""
    tamper(folder, "DELETE FROM inputs")


async def halts(room: Room) -> list[str]:
    return [halt.cause for halt in await room.desk.store.halts()]


async def test_a_clean_look_anchors_the_chain_once(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        verifier = Verifier(room.desk, KEY)

        assert await verifier.look() == ()
        assert await verifier.look() == ()

        (anchor,) = anchors.read(verifier.anchors_path)
        assert anchors.is_authentic(KEY, anchor)
        assert anchor.mark().hash == (await room.desk.store.verify_since(None)).mark.hash
        assert room.log_entry("chain anchored")["sequence"] == anchor.sequence
        assert await halts(room) == []


async def test_a_violation_halts_is_listed_and_anchors_nothing(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        lose_the_delivery(tmp_path)
        verifier = Verifier(room.desk, KEY)

        (found,) = await verifier.look()

        assert (found.invariant, found.subject) == ("I21", plan.run_id)
        assert await halts(room) == [Reason.INVARIANT_VIOLATED]
        (item,) = await room.desk.store.manual_items()
        assert (item.reason, item.run_id) == (Reason.INVARIANT_VIOLATED, plan.run_id)
        assert item.detail == sentence(found)
        assert room.log_entry("invariant violated")["invariant"] == "I21"
        assert anchors.read(verifier.anchors_path) == ()
        assert room.desk.metrics.registry.get_sample_value("sage_invariant_violations") == 1


async def test_a_violation_of_no_order_and_no_run_is_listed_for_the_account(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("10:00", SESSION)) as room:
        verifier = Verifier(room.desk, KEY)
        found = Violation("I14", "event 7 follows 5", "7")

        await verifier._stop([found])

        (item,) = await room.desk.store.manual_items()
        assert (item.client_order_id, item.run_id) == (None, None)


async def test_resuming_without_an_acknowledgement_halts_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        lose_the_delivery(tmp_path)
        verifier = Verifier(room.desk, KEY)
        await verifier.look()
        store, now = room.desk.store, room.clock.now()

        await store.resume("HALT", actor="wang", reason="looked", now=now)
        await verifier.look()
        assert await halts(room) == [Reason.INVARIANT_VIOLATED]

        (item,) = await store.manual_items()
        await store.resolve_manual(item.item_id, "acknowledge", actor="wang", now=now)
        await store.resume("HALT", actor="wang", reason="looked", now=now)
        assert [found.invariant for found in await verifier.look()] == ["I21"]
        assert await halts(room) == []
        assert room.logged().count("invariant violated") == 1


async def test_a_new_process_begins_at_the_last_anchor(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        await Verifier(room.desk, KEY).look()
        tamper(
            tmp_path,
            "DROP TRIGGER events_are_never_changed",
            "UPDATE events SET actor = 'li' WHERE sequence = 1",
        )

        assert await Verifier(room.desk, KEY).look() == ()
        (found,) = await Verifier(room.desk, KEY).look(whole=True)

        assert (found.invariant, found.subject) == ("I14", "1")


async def test_a_record_older_than_its_anchor_halts(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        verifier = Verifier(room.desk, KEY)
        later = Anchor(999, "0" * 64, 1, "2025-11-10T00:00:00.000000Z")
        anchors.append(verifier.anchors_path, anchors.sealed(KEY, later))

        (found,) = await verifier.look()

        assert found.invariant == "I14"
        assert await halts(room) == [Reason.INVARIANT_VIOLATED]


async def test_a_forged_or_unreadable_anchor_halts(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        verifier = Verifier(room.desk, KEY)
        anchors.append(verifier.anchors_path, Anchor(1, "0" * 64, 1, "", "forged"))
        (forged,) = await verifier.look()
        await asyncio.to_thread(verifier.anchors_path.write_bytes, b"no anchor\n")
        (unreadable,) = await verifier.look()

        assert "seal" in forged.detail
        assert "is no anchor" in unreadable.detail
        assert await halts(room) == [Reason.INVARIANT_VIOLATED]


async def test_anchors_that_cannot_be_written_are_said_and_tried_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        verifier = Verifier(room.desk, KEY)
        await asyncio.to_thread(verifier.anchors_path.symlink_to, tmp_path / "elsewhere")

        assert await verifier.look() == ()
        assert "chain not anchored" in room.logged()

        await asyncio.to_thread(verifier.anchors_path.unlink)
        await verifier.look()
        assert len(anchors.read(verifier.anchors_path)) == 1


async def test_it_looks_every_minute_of_machine_time(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        verifier = Verifier(room.desk, KEY)
        running = asyncio.create_task(verifier.run())
        try:
            await sleeping(room)
            await room.planned(*two_buys())
            lose_the_delivery(tmp_path)
            assert await halts(room) == []
            room.machine.advance(60)
            await sleeping(room)
            assert await halts(room) == [Reason.INVARIANT_VIOLATED]
        finally:
            running.cancel()


async def sleeping(room: Room) -> None:
    """Wait until the task is done looking."""
    await asyncio.sleep(0)
    while not room.machine.sleepers:
        await room.desk.store.halts()


@pytest.mark.parametrize("started_at", [EVENING, at("10:00", SESSION)])
async def test_it_looks_at_everything_after_the_last_reconcile_of_a_session(
    tmp_path: Path, started_at: datetime
) -> None:
    async with open_room(tmp_path) as room:
        await room.planned(*two_buys())
        await room.until(started_at)
        verifier = Verifier(room.desk, KEY)
        await verifier.look()
        tamper(
            tmp_path,
            "DROP TRIGGER events_are_never_changed",
            "UPDATE events SET actor = 'li' WHERE sequence = 1",
        )
        async with participants(room.clock, verifier.run_daily):
            await room.until(at("15:39", SESSION))
            assert await halts(room) == []
            await room.until(at("15:41", SESSION))
            assert await halts(room) == [Reason.INVARIANT_VIOLATED]


async def test_a_database_that_cannot_be_read_ends_the_process_within_the_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on a day on which no other task touches it: the failure escapes the minute's look."""

    async def unreadable(_store: object, _mark: object) -> None:
        raise DatabaseFailure("disk I/O error")

    async with open_room(tmp_path) as room:
        verifier = Verifier(room.desk, KEY)
        await verifier.look()
        monkeypatch.setattr(type(room.desk.store), "verify_since", unreadable)

        with pytest.raises(DatabaseFailure, match="disk I/O error"):
            await verifier.run()
