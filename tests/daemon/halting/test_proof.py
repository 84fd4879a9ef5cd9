import asyncio
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable, SessionSuperseded
from daemon.actions import Person
from daemon.halting.proof import IDLE, HaltProof
from daemon.halting.receipts import (
    HaltReceipt,
    newest_receipt,
    receipt_files,
)
from daemon.sleepers import WakeUp
from daemon.tasks.poll import Poller
from daemon.tasks.timeout import Canceller
from statemachine.order import OrderState
from tests.daemon.tasks.day import sent
from tests.fakes.fake_broker import UNKNOWN_AND_LOST
from tests.fakes.fake_clock import participants
from tests.support.desk import BANK, WANG, Room, at, open_room, two_buys


def proof_of(room: Room) -> HaltProof:
    return HaltProof(room.desk, Poller(room.desk))


async def cancel(room: Room) -> None:
    await Canceller(room.desk, at("08:00:00")).look()


def receipt(room: Room) -> HaltReceipt:
    found = newest_receipt(room.desk)
    assert found is not None
    return found


async def test_a_halt_is_proven_when_the_broker_lists_nothing_live(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room, *two_buys())
        proof = proof_of(room)
        await room.actions.halt("looks wrong", WANG)

        due = await proof.look()
        assert due == room.clock.now() + timedelta(seconds=3)
        first = receipt(room)
        assert (first.proven_at, len(first.resting)) == (None, 2)
        await cancel(room)
        assert await proof.look() == room.clock.now() + IDLE

        proven = receipt(room)
        assert proven.proven_at is not None
        assert proven.resting == ()
        assert [order.status for order in proven.orders] == ["CANCELED", "CANCELED"]
        assert (proven.by, proven.reason, proven.through) == ("wang", "looks wrong", "daemon")
        (path,) = receipt_files(tmp_path)
        assert path.stat().st_mode & 0o777 == 0o600
        note = await room.desk.store.latest_note("HALT_PROVEN")
        assert note is not None
        assert note.detail["file"] == path.name
        assert await proof.look() == room.clock.now() + IDLE
        assert receipt_files(tmp_path) == [path]


async def test_nothing_is_proven_where_nobody_halted(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        assert await proof_of(room).look() == room.clock.now() + IDLE
        assert newest_receipt(room.desk) is None
        assert room.broker.count("orders") == 0


async def test_orders_that_are_kept_rest_and_the_receipt_says_so(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room, *two_buys())
        proof = proof_of(room)
        await room.actions.halt("only stop", WANG, keep_orders=True)

        assert await proof.look() == room.clock.now() + IDLE
        await cancel(room)
        assert await proof.look() == room.clock.now() + IDLE

        kept = receipt(room)
        assert (kept.keep_orders, len(kept.resting)) == (True, 2)
        assert room.broker.cancelled == []
        assert len(receipt_files(tmp_path)) == 1


async def test_in_a_no_cancel_window_it_says_until_when_orders_rest(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room, *two_buys())
        await room.until(at("11:29:40"))
        await room.actions.halt("looks wrong", WANG)
        proof = proof_of(room)

        assert await proof.look() == at("12:29:40")
        await cancel(room)

        assert room.broker.cancelled == []
        assert {order.rests_until for order in receipt(room).resting} == {at("13:00:30")}
        await room.until(at("13:00:30"))
        await cancel(room)
        await proof.look()
        assert receipt(room).resting == ()


@pytest.mark.parametrize("trouble", ["failing", "incomplete"])
async def test_a_list_that_is_no_answer_proves_nothing(tmp_path: Path, trouble: str) -> None:
    async with open_room(tmp_path) as room:
        await room.until(at("10:00:00"))
        await room.actions.halt("looks wrong", WANG)
        if trouble == "failing":
            room.broker.failing["orders"] = BrokerUnavailable("CONNECT", "no route")
        else:
            room.broker.incomplete.add("orders")

        assert await proof_of(room).look() == room.clock.now() + timedelta(seconds=3)
        assert newest_receipt(room.desk) is None


async def test_a_session_that_was_taken_over_ends_the_proof(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.actions.halt("looks wrong", WANG)
        room.broker.failing["orders"] = SessionSuperseded("SUPERSEDED", "another")

        with pytest.raises(SessionSuperseded):
            await proof_of(room).look()


async def test_an_order_missing_from_the_list_is_asked_for_by_its_id(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room, *two_buys())
        name = (await room.order_of(plan.run_id, BANK)).client_order_id
        await room.actions.halt("looks wrong", WANG)
        proof = proof_of(room)
        await proof.look()
        room.broker.arrived_on[name] = at("10:00:00").date() - timedelta(days=1)

        await proof.look()
        assert len(receipt(room).resting) == 2
        await cancel(room)
        await proof.look()
        assert receipt(room).resting == ()

        room.broker.unlisted_by_id = True
        assert await proof.look() == room.clock.now() + IDLE


async def test_nothing_is_proven_while_an_order_may_be_at_the_broker(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room, two_buys()[0])
        await room.actions.halt("looks wrong", WANG)
        proof = proof_of(room)

        for _ in range(2):
            assert await proof.look() == room.clock.now() + timedelta(seconds=3)
            order = await room.order_of(plan.run_id)
            seen = receipt(room)
            assert (seen.orders, seen.in_doubt) == ((), (order.client_order_id,))
            assert seen.proven_at is None
        room.broker.arrive(room.broker.submitted[0][0])
        await proof.look()
        assert (receipt(room).in_doubt, len(receipt(room).resting)) == ((), 1)
        await cancel(room)
        await proof.look()
        assert receipt(room).proven_at is not None
        assert len(receipt_files(tmp_path)) == 1


async def test_an_order_that_appears_after_the_proof_gets_a_receipt_of_its_own(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room, two_buys()[0])
        proof = proof_of(room)
        name = (await room.order_of(plan.run_id)).client_order_id
        await room.desk.store.set_unresolved(name, "MANUAL", cause="ABSENT", now=room.clock.now())
        await room.actions.halt("looks wrong", WANG)
        await proof.look()
        assert (receipt(room).in_doubt, receipt(room).proven_at) == ((name,), None)
        (item,) = await room.desk.store.manual_items()
        for person in (WANG, Person("li", 1001)):
            await room.actions.resolve(item.item_id, "confirm-absent", person, "looked", "screen")
        await proof.look()
        assert (receipt(room).in_doubt, receipt(room).proven_at is None) == ((), False)
        room.machine.advance(1)
        room.broker.arrive(room.broker.submitted[0][0])

        await proof.look()

        assert len(receipt_files(tmp_path)) == 2
        assert [found.live for found in receipt(room).resting] == [True]
        await cancel(room)
        await proof.look()
        assert (await room.order_of(plan.run_id)).state is OrderState.CANCELLED
        assert receipt(room).proven_at is not None


async def test_a_restart_goes_on_with_what_was_proven(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.until(at("10:00:00"))
        await room.actions.halt("looks wrong", WANG)
        await proof_of(room).look()
        files = receipt_files(tmp_path)

        assert await proof_of(room).look() == room.clock.now() + IDLE

        assert receipt_files(tmp_path) == files


async def test_a_receipt_a_full_disk_refuses_is_logged_and_the_proof_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_state: Path, _receipt: HaltReceipt) -> Path:
        raise OSError(28, "No space left on device")

    async with open_room(tmp_path) as room:
        await room.until(at("10:00:00"))
        await room.actions.halt("looks wrong", WANG)
        monkeypatch.setattr("daemon.halting.proof.write_receipt", full)

        assert await proof_of(room).look() == room.clock.now() + IDLE
        assert "halt receipt not written" in room.logged()


async def test_the_task_is_woken_by_a_halt_and_the_watch_finds_a_file(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("10:00:00")) as room:
        proof = proof_of(room)
        watching = asyncio.create_task(proof.watch())
        async with participants(room.clock, proof.run):
            await room.until(at("10:00:30"))
            assert await room.desk.store.halts() == ()
            (tmp_path / "HALT").touch()
            room.machine.advance(1)
            while not await room.desk.store.halts():  # noqa: ASYNC110 - the watch sets no event
                await asyncio.sleep(0)
            await room.until(at("10:01:00"))
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

        assert receipt(room).proven_at is not None
        assert len(await room.desk.store.halts()) == 1


async def test_a_file_made_again_by_hand_is_proven_anew_at_the_next_watch(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("10:00:00")) as room:
        halt = tmp_path / "HALT"
        halt.touch()
        proof = proof_of(room)
        await proof.notice()
        await proof.look()
        first = receipt(room)
        assert first.proven_at is not None
        signal = room.desk.signals.halt
        assert isinstance(signal, WakeUp)
        signal.take()
        room.machine.advance(1)

        await proof.notice()
        assert not signal.take()
        halt.unlink()
        halt.touch()
        os.utime(halt, (1, 1))
        await proof.notice()
        assert signal.take()

        await proof.look()
        assert receipt(room).proven_at is not None
        assert receipt(room).halted_at != first.halted_at
        assert len(receipt_files(tmp_path)) == 2
