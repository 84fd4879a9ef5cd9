import asyncio

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.expectations import refusal
from adapters.gateway.conformance.names import resting_buy
from adapters.gateway.conformance.verdict import NotKept, require
from adapters.wire.errors import ErrorCode
from adapters.wire.models import EventsView

_LONG_POLL_S = 10
_GRACE_S = 20


async def past_change_answers_at_once(bench: Bench) -> None:
    """Ask for what came after the beginning: the answer does not wait for more."""
    await bench.accepted(await resting_buy(bench))
    view = await _answer(bench, 0, _LONG_POLL_S)
    require(view.changed, "an order was placed, and nothing is said to have changed")
    require(view.sequence > 0, f"the sequence is {view.sequence}")


async def silence_ends(bench: Bench) -> None:
    """Ask after the newest sequence: the answer comes when the time is up, unchanged."""
    await bench.accepted(await resting_buy(bench))
    newest = (await _answer(bench, 0, 0)).sequence
    for timeout_s in (0, 1):
        view = await _answer(bench, newest, timeout_s)
        require(not view.changed, f"nothing happened after {newest}, and something changed")
        require(view.sequence == newest, f"the sequence went from {newest} to {view.sequence}")


async def change_wakes_the_poll(bench: Bench) -> None:
    """Place an order while a poll waits: the poll answers."""
    order = await resting_buy(bench)
    newest = (await _answer(bench, 0, 0)).sequence
    waiting = asyncio.create_task(_answer(bench, newest, _LONG_POLL_S))
    try:
        await bench.accepted(order)
        view = await waiting
    finally:
        waiting.cancel()
    require(view.changed, "an order was placed, and the poll saw no change")
    require(view.sequence > newest, f"the sequence stays {view.sequence}")


async def bad_polls(bench: Bench) -> None:
    """Poll with what is no number."""
    for query in ("after=soon", "after=-1", "timeout=long", "timeout=-1", "timeout=NaN"):
        answer = await bench.client.get(f"/v1/events?{query}")
        refusal(answer, ErrorCode.INVALID_ARGUMENT)


async def _answer(bench: Bench, after: int, timeout_s: int) -> EventsView:
    target = f"/v1/events?after={after}&timeout={timeout_s}"
    try:
        async with asyncio.timeout(timeout_s + _GRACE_S):
            return await bench.read(target, EventsView)
    except TimeoutError as error:
        raise NotKept(f"a poll of {timeout_s} s has no answer after {_GRACE_S} s more") from error


CASES = (
    Case("C100", "events", "a change in the past answers at once", past_change_answers_at_once),
    Case("C101", "events", "without a change the answer comes when the time is up",
         silence_ends),
    Case("C102", "events", "a change wakes a waiting poll", change_wakes_the_poll),
    Case("C103", "events", "a poll with a bad number is refused", bad_polls),
)  # fmt: skip
