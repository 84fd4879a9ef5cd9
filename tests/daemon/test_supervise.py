import asyncio

import pytest

from daemon.market_clock import SteppedMarketClock
from daemon.supervise import TaskEnded, supervise
from tests.fakes.fake_clock import jump
from tests.support.desk import EVENING, at


def clock() -> SteppedMarketClock:
    return SteppedMarketClock(EVENING, jump)


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_stop_ends_every_task() -> None:
    ended: list[str] = []

    async def run() -> None:
        try:
            await for_ever()
        finally:
            ended.append("ended")

    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)

    await supervise({"participant": run}, {"background": run}, clock(), stop)

    assert ended == ["ended", "ended"]


async def test_what_is_to_be_settled_is_settled_before_anything_is_cancelled() -> None:
    said: list[str] = []

    async def run() -> None:
        try:
            await for_ever()
        finally:
            said.append("cancelled")

    async def settle() -> None:
        said.append("settled")

    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)

    await supervise({"participant": run}, {}, clock(), stop, settle)

    assert said == ["settled", "cancelled"]


async def test_one_task_that_fails_ends_all_and_its_error_comes_out() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as raised:
        await supervise({"broken": fail, "sound": for_ever}, {}, clock(), asyncio.Event())

    (error,) = raised.value.exceptions
    assert isinstance(error, ZeroDivisionError)


async def test_a_task_that_returns_stops_the_daemon_and_is_named() -> None:
    async def done() -> None:
        return

    with pytest.raises(ExceptionGroup) as raised:
        await supervise({}, {"watch": done, "sound": for_ever}, clock(), asyncio.Event())

    (error,) = raised.value.exceptions
    assert isinstance(error, TaskEnded)
    assert "watch" in str(error)


async def test_time_stands_still_until_every_participant_sleeps() -> None:
    stepped, stop = clock(), asyncio.Event()
    awake, woken = asyncio.Event(), asyncio.Event()

    async def sleeps() -> None:
        await stepped.sleep_until(at("09:31:00"))
        woken.set()
        await for_ever()

    async def works() -> None:
        await awake.wait()
        await stepped.sleep_until(at("10:00:00"))
        stop.set()
        await for_ever()

    async def looks() -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        assert not woken.is_set()
        awake.set()
        await woken.wait()
        stop.set()
        await for_ever()

    await supervise(
        {"a": sleeps, "b": works}, {"clock": stepped.run, "looks": looks}, stepped, stop
    )

    assert woken.is_set()
    assert stepped.now() == at("09:31:00")
