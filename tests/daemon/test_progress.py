import asyncio
from datetime import timedelta
from typing import cast

import pytest

from adapters.pingan.transport import HttpReply, SignedRequest, TransportError
from daemon.market_clock import SteppedMarketClock
from daemon.noted_transport import NotedTransport
from daemon.progress import Progress, ProgressClock, ProgressWatch
from tests.fakes.fake_clock import FakeMachineClock, jump, market_clock
from tests.support.desk import EVENING, at

STILL_MAX_S = 30
LOOK_S = 10
REQUEST = cast("SignedRequest", None)


async def for_ever() -> None:
    await asyncio.Event().wait()


class Wire:
    """A transport that fails when told to."""

    fails = False

    async def exchange(self, request: SignedRequest) -> HttpReply:
        if self.fails:
            raise TransportError("no answer", bytes_started=True)
        return HttpReply(200, b"")

    async def close(self) -> None:
        self.closed = True


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def stuck_after(watch: ProgressWatch, looks: int) -> list[tuple[str, ...]]:
    return [watch.look(LOOK_S) for _ in range(looks)]


async def test_who_sleeps_to_a_moment_that_has_not_come_is_not_stuck() -> None:
    async with market_clock(EVENING) as inner:
        progress = Progress()
        clock = ProgressClock(inner, progress)

        async def sleeper() -> None:
            await clock.sleep_until(at("09:31:00"))
            await for_ever()

        for _ in range(4):
            clock.join()
        tasks = [
            asyncio.create_task(progress.named(name, sleeper)())
            for name in ("release", "submit", "poll", "timeout")
        ]
        await turns()
        watch = ProgressWatch(progress, clock, STILL_MAX_S)
        while_asleep = stuck_after(watch, 9)
        await clock.sleep_until(at("09:31:00"))
        await turns()
        awake = stuck_after(watch, 6)
        for task in tasks:
            task.cancel()
            clock.leave()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert while_asleep == [()] * 9
    everybody = ("release", "submit", "poll", "timeout")
    assert awake == [(), (), (), (), everybody, everybody]


async def test_who_oversleeps_is_stuck() -> None:
    class Late(SteppedMarketClock):
        late = False

        def now(self):  # type: ignore[no-untyped-def] # the same as above it
            return super().now() + (timedelta(minutes=1) if self.late else timedelta())

        async def sleep_until(self, moment, signal=None):  # type: ignore[no-untyped-def] # same
            await for_ever()

    inner, progress = Late(EVENING, jump), Progress()
    clock = ProgressClock(inner, progress)

    async def sleep() -> None:
        await clock.sleep_until(EVENING + timedelta(seconds=30))

    poll = asyncio.create_task(progress.named("poll", sleep)())
    await turns()
    watch = ProgressWatch(progress, clock, STILL_MAX_S)
    on_time = [("poll" in names) for names in stuck_after(watch, 5)]
    inner.late = True
    late = [("poll" in names) for names in stuck_after(watch, 4)]
    poll.cancel()

    assert on_time == [False] * 5
    assert late == [False, False, False, True]


@pytest.mark.parametrize("fails", [True, False])
async def test_each_answer_of_the_broker_is_a_beat_also_a_failure(*, fails: bool) -> None:
    progress, wire = Progress(), Wire()
    wire.fails = fails
    transport = NotedTransport(wire, progress)
    watch = ProgressWatch(progress, SteppedMarketClock(EVENING, jump), STILL_MAX_S)
    seen: list[bool] = []

    async def ask_often() -> None:
        for _ in range(8):
            try:
                await transport.exchange(REQUEST)
            except TransportError:
                assert fails
            seen.append("poll" in watch.look(LOOK_S))

    await asyncio.create_task(progress.named("poll", ask_often)())
    await transport.close()

    assert seen == [False] * 8
    assert wire.closed
    assert progress.beats["poll"] == 9


async def test_code_outside_the_tasks_leaves_no_beat() -> None:
    progress = Progress()
    progress.note()
    with progress.asleep(EVENING):
        assert not progress.asleep_until
    await progress.stay_if_ending()

    assert not progress.beats


async def test_the_end_lets_a_task_finish_what_it_is_at_and_begins_nothing_new() -> None:
    done: list[str] = []
    answer = asyncio.Event()
    machine = FakeMachineClock()
    async with market_clock(EVENING) as inner:
        progress = Progress()
        clock = ProgressClock(inner, progress)

        async def submit() -> None:
            await answer.wait()
            done.append("recorded")
            await clock.sleep_until(EVENING)
            done.append("began another")

        clock.join()
        task = asyncio.create_task(progress.named("submit", submit)())
        await turns()
        resting = asyncio.create_task(progress.rest(machine, 15))
        await turns()
        machine.advance(1)
        await turns()
        assert not resting.done()
        answer.set()
        await turns()
        machine.advance(1)
        assert await resting
        await turns()
        await clock.sleep_until(EVENING)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        clock.leave()

    assert done == ["recorded"]


async def test_the_end_waits_only_so_long() -> None:
    machine, progress = FakeMachineClock(), Progress()
    task = asyncio.create_task(progress.named("poll", for_ever)())
    await turns()
    resting = asyncio.create_task(progress.rest(machine, 15))
    for _ in range(16):
        await turns()
        machine.advance(1)
    task.cancel()

    assert await resting is False
    assert await Progress().rest(machine, 0)


async def test_the_clock_is_otherwise_the_one_it_watches() -> None:
    async with market_clock(EVENING) as inner:
        clock = ProgressClock(inner, Progress())
        signal = clock.signal()
        signal.set()

        assert clock.now() == inner.now() == EVENING
        assert await clock.sleep_until(at("09:31:00"), signal)
