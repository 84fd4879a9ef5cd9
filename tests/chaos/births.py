"""The driver's end of a nursery: ask for processes, and wait for their deaths."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.chaos.nursery import Birth

PATIENCE_S = 60


@dataclass(slots=True)
class Life:
    """One process; `code` is None while it lives, negative where a signal ended it."""

    pid: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    code: int | None = None
    cpu_s: float = 0

    async def wait(self) -> int:
        """Wait for its end."""
        await self.ended.wait()
        assert self.code is not None
        return self.code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, if it still lives."""
        if self.code is None:
            os.kill(self.pid, number)

    async def end(self) -> int:
        """Ask it to end, and kill it if it does not."""
        self.signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.wait(), PATIENCE_S)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.wait()


class Births:
    """A nursery of our own; leaving it kills whoever is left in it."""

    def __init__(self) -> None:
        self._nursery: Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._asked: asyncio.Queue[asyncio.Future[Life]] = asyncio.Queue()
        self._alive: dict[int, Life] = {}
        self.cpu_s = 0.0

    async def __aenter__(self) -> Self:
        program = (sys.executable, "-m", "tests.chaos.nursery")
        self._nursery = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
        self._listening = asyncio.create_task(self._listen(self._nursery))
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        assert self._listening is not None
        for life in list(self._alive.values()):
            life.signal(signal.SIGKILL)
            await life.wait()
        self._nursery.stdin.close()
        await self._nursery.wait()
        await self._listening

    async def birth(self, birth: Birth) -> Life:
        """Start a process."""
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        born: asyncio.Future[Life] = asyncio.get_running_loop().create_future()
        self._asked.put_nowait(born)
        self._nursery.stdin.write(birth.line())
        return await born

    async def _listen(self, nursery: Process) -> None:
        assert nursery.stdout is not None
        while line := await nursery.stdout.readline():
            told = json.loads(line)
            if "code" not in told:
                life = self._alive[told["pid"]] = Life(told["pid"])
                self._asked.get_nowait().set_result(life)
                continue
            life = self._alive.pop(told["pid"])
            life.code, life.cpu_s = told["code"], told["cpu_s"]
            self.cpu_s += life.cpu_s
            life.ended.set()
