import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.broker import REPLY_MISMATCH, OrderRequest, SendVerdict
from daemon.egress import Approved, EgressLog
from daemon.sending import Sending
from daemon.tasks.submit import Submitter
from statemachine.order import SendState
from storage.sqlite_store import open_store
from storage.store import OpenedSubmit, StaleEpoch, SubmitGuard
from tests.daemon.tasks.day import orders_of, released, send_states
from tests.fakes.fake_broker import UNKNOWN_AND_LOST, Answer
from tests.fakes.fake_clock import FakeMachineClock
from tests.support.desk import ACCOUNT, ENDPOINT, KEY, Room, open_room


async def halts(room: Room) -> list[str]:
    return [f"{halt.kind} {halt.cause}" for halt in await room.desk.store.halts()]


@dataclass(frozen=True, slots=True)
class SteppingWall:
    """A host whose wall clock jumps between two readings while its monotonic clock does not."""

    clock: FakeMachineClock
    readings: list[datetime]
    step: timedelta

    def utc_now(self) -> datetime:
        self.readings.append(self.clock.utc_now())
        return self.readings[-1] + (len(self.readings) - 1) * self.step

    def monotonic_ns(self) -> int:
        return self.clock.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@pytest.mark.parametrize(
    ("step_s", "sends", "standing"),
    [
        (2, 1, []),
        (-2, 1, []),
        (3, 0, ["HALT WALL_CLOCK_STEPPED"]),
        (-3, 0, ["HALT WALL_CLOCK_STEPPED"]),
        (-86400, 0, ["HALT WALL_CLOCK_STEPPED"]),
    ],
)
async def test_a_wall_clock_that_steps_between_commit_and_send_halts(
    tmp_path: Path, step_s: int, sends: int, standing: list[str]
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        wall = SteppingWall(room.machine, [], timedelta(seconds=step_s))

        await Sending(replace(room.desk, machine=wall)).send(await orders_of(room, plan))

        assert room.broker.count("submit") == sends
        assert await halts(room) == standing
        assert await send_states(room, plan) == {
            SendState.ACCEPTED if sends else SendState.NOT_SENT
        }


async def test_a_process_that_lost_its_lease_after_the_commit_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        committed = room.desk.store.open_submit

        async def replaced(names: Sequence[str], body: bytes, guard: SubmitGuard) -> OpenedSubmit:
            opened = await committed(names, body, guard)
            async with opened_store(tmp_path / "execd.sqlite"):
                return opened

        monkeypatch.setattr(room.desk.store, "open_submit", replaced)
        with pytest.raises(StaleEpoch):
            await Sending(room.desk).send(await orders_of(room, plan))

        assert room.broker.submitted == []


@asynccontextmanager
async def opened_store(path: Path) -> AsyncIterator[None]:
    """Have another process open the database, and take its lease."""
    rival = await open_store(
        path,
        mode="paper",
        endpoint=ENDPOINT,
        account=ACCOUNT,
        instance_id="rival",
        machine_clock=FakeMachineClock(),
        approval_key=KEY,
    )
    try:
        yield
    finally:
        await rival.close()


async def test_what_the_egress_guard_stops_never_left_and_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(
        requests: Sequence[OrderRequest], approved: Approved, log: EgressLog, now: datetime
    ) -> str:
        return "4000 of 1000 approved shares"

    monkeypatch.setattr("daemon.sending.breach", too_many)
    async with open_room(tmp_path) as room:
        plan = await released(room)

        await Sending(room.desk).send(await orders_of(room, plan))

        assert room.broker.submitted == []
        assert await halts(room) == ["HALT EGRESS_BREACH"]
        assert await send_states(room, plan) == {SendState.NOT_SENT}
        assert room.log_entry("a person must look")["severity"] == "P0"


async def test_the_egress_guard_of_a_new_process_knows_what_left_before(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        one, other = (await orders_of(room, await released(room)))[:2]
        await Sending(room.desk).send([one])
        restarted = replace(room.desk, egress=EgressLog())

        await Sending(restarted).send([other])

        assert restarted.egress.times == Counter([one.client_order_id, other.client_order_id])


async def test_two_first_sends_of_a_process_count_each_order_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        one, other = (await orders_of(room, await released(room)))[:2]
        committed, both_opened = room.desk.store.open_submit, asyncio.Barrier(2)

        async def together(names: Sequence[str], body: bytes, guard: SubmitGuard) -> OpenedSubmit:
            opened = await committed(names, body, guard)
            await both_opened.wait()
            return opened

        monkeypatch.setattr(room.desk.store, "open_submit", together)
        await asyncio.gather(Sending(room.desk).send([one]), Sending(room.desk).send([other]))

        assert room.desk.egress.times == Counter([one.client_order_id, other.client_order_id])


async def test_a_reply_about_other_orders_halts(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        room.broker.answers.append(Answer(SendVerdict.UNKNOWN, REPLY_MISMATCH, systemic=True))

        await Submitter(room.desk).send_next()

        assert await send_states(room, plan) == {SendState.UNKNOWN}
        assert set(await halts(room)) == {"AUTO_HOLD SEND_UNKNOWN", "HALT REPLY_UNBELIEVABLE"}


async def test_a_send_of_unknown_outcome_holds_all_others(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await released(room)
        room.broker.answers.append(UNKNOWN_AND_LOST)

        await Submitter(room.desk).send_next()

        assert await halts(room) == ["AUTO_HOLD SEND_UNKNOWN"]
