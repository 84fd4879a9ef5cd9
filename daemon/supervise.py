"""Runs the long-lived tasks: all of them or none. A task that ends or raises stops the daemon."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from daemon.clock import MarketClock


class TaskEnded(Exception):
    """A task that should run for ever returned."""


async def supervise(
    participants: Mapping[str, Callable[[], Awaitable[None]]],
    background: Mapping[str, Callable[[], Awaitable[None]]],
    clock: MarketClock,
    stop: asyncio.Event,
    settle: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run until `stop`, or until one task fails (its error comes out of the group).

    Participants sleep on the market clock and are counted by it before the first of them runs;
    background tasks (the clock itself, sockets, watches on machine time) are not. After `stop` and
    before anything is cancelled, `settle` is awaited.
    """
    for _ in participants:
        clock.join()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_for_ever(name, run), name=name)
            for name, run in (*participants.items(), *background.items())
        ]
        await stop.wait()
        if settle is not None:
            await settle()
        for task in tasks:
            task.cancel()


async def _for_ever(name: str, run: Callable[[], Awaitable[None]]) -> None:
    await run()
    raise TaskEnded(f"task {name} ended by itself")
