"""An event loop whose time is a number: it never waits, it moves on to the next timer.

never-twice-never-lost.md C3. Nothing scheduled is an error: in production it would be a daemon
that sleeps for ever.
"""

import asyncio
import heapq
import selectors
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")
Inline = Callable[[Callable[..., Any], tuple[Any, ...]], Awaitable[Any]]


class Deadlock(RuntimeError):
    """Nothing is scheduled and nobody can run."""


class _NeverBlocks(selectors.SelectSelector):
    """Real descriptors never become ready in here: the loop below does not even ask."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        raise Deadlock(f"a virtual loop waits for descriptors, {timeout}")


class VirtualLoop(asyncio.SelectorEventLoop):
    """`now_s` are seconds since the world began; threads are forbidden, `inline` does their work.

    `inline` awaits whatever a thread would have cost and calls the function in this thread.
    """

    # What the base class keeps and its type stubs leave out.
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool

    def __init__(self, now_s: float) -> None:
        super().__init__(_NeverBlocks())
        self.now_s = now_s
        self.inline: Inline | None = None

    def time(self) -> float:
        return self.now_s

    def get_debug(self) -> bool:
        return False

    def _run_once(self) -> None:
        """Run what is ready, or move time on to the next timer: the base class without waiting."""
        ready, scheduled = self._ready, self._scheduled
        while scheduled and scheduled[0]._cancelled:
            _drop(scheduled)
        if not ready and not self._stopping:
            if not scheduled:
                raise Deadlock("nothing is scheduled")
            self.now_s = max(self.now_s, scheduled[0].when())
        while scheduled and scheduled[0].when() <= self.now_s:
            ready.append(_drop(scheduled))
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[Arguments]], Result],
        *args: *Arguments,
    ) -> asyncio.Future[Result]:
        return asyncio.ensure_future(self._run_inline(func, *args), loop=self)

    async def _run_inline(self, func: Callable[..., Result], *args: Any) -> Result:
        if self.inline is not None:
            result: Result = await self.inline(func, args)
            return result
        return func(*args)

    async def pause(self, seconds: float) -> None:
        """Let virtual time pass."""
        woken = self.create_future()
        timer = self.call_later(seconds, _wake, woken)
        try:
            await woken
        finally:
            timer.cancel()


def _drop(scheduled: list[asyncio.TimerHandle]) -> asyncio.TimerHandle:
    """Take the first timer out of the heap."""
    timer: Any = heapq.heappop(scheduled)
    timer._scheduled = False
    first: asyncio.TimerHandle = timer
    return first


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def abandon(loop: VirtualLoop) -> None:
    """Drop a loop whose process was killed: no task of it runs another line that matters.

    Coroutines are closed while the points raise, so that a `finally` that awaits goes nowhere.
    """
    loop.set_exception_handler(lambda _loop, _context: None)
    for task in sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name()):
        vars_of: Any = task
        vars_of._log_destroy_pending = False
        coroutine: Any = task.get_coro()
        while coroutine is not None and not _is_closed(coroutine):
            continue
    loop.close()


def _is_closed(coroutine: Coroutine[Any, Any, Any]) -> bool:
    """Close a coroutine; False where it awaited something instead of ending."""
    try:
        coroutine.close()
    except SystemExit:
        return True
    except RuntimeError as error:
        return "ignored GeneratorExit" not in str(error)
    return True
