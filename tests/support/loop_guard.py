"""What pytest-asyncio lets pass: tasks that outlive their test, exceptions nobody looked at."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

# Closing a connection or a server takes a few turns of the loop after the last await of a test.
TURNS_TO_SETTLE = 10
# What a test made is young; looking through everything would take most of the suite's time.
YOUNG = 1


@asynccontextmanager
async def loop_guard() -> AsyncIterator[None]:
    """Fail when the body leaks a task, or when the loop was told of an error nobody handled."""
    loop = asyncio.get_running_loop()
    complaints: list[str] = []
    previous = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: complaints.append(_sentence(context)))
    before = asyncio.all_tasks()
    try:
        yield
        complaints += await _leaked_tasks(before)
        # A lost exception is told only when its task is collected, and a traceback is a cycle.
        gc.collect(YOUNG)
    finally:
        loop.set_exception_handler(previous)
    if complaints:
        raise AssertionError("; ".join(complaints))


async def _leaked_tasks(before: set[asyncio.Task[Any]]) -> list[str]:
    # The fixture around a test is set up in one task and taken down in another.
    expected = before | {asyncio.current_task()}
    for _ in range(TURNS_TO_SETTLE):
        if asyncio.all_tasks() <= expected:
            return []
        await asyncio.sleep(0)
    leaked = asyncio.all_tasks() - expected
    for task in leaked:
        task.cancel()
    await asyncio.gather(*leaked, return_exceptions=True)
    return [f"leaked {task.get_name()}: {task.get_coro()!r}" for task in leaked]


def _sentence(context: dict[str, Any]) -> str:
    cause = context.get("exception")
    return f"{context['message']}: {cause!r}" if cause else str(context["message"])
