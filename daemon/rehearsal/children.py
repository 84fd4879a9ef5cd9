"""The two child processes of a rehearsal: the paper gateway and the real daemon."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from daemon.rehearsal.options import RehearsalError

STOP_TIMEOUT_S = 20
RESTARTS_MAX = 20
MODULE = ("-m", "daemon.cli.main")


class Child:
    """A child of this interpreter running one sage-execd verb, its log in a file."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, verb: Sequence[str], log: Path, environment: dict[str, str]) -> Self:
        """Start `sage-execd VERB ...`; its output is appended to the log."""
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *MODULE,
                *verb,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **environment},
            )
        return cls(process)

    @property
    def has_ended(self) -> bool:
        """Whether it ended, by itself or not."""
        return self._process.returncode is not None

    @property
    def pid(self) -> int:
        """The process id, printed so that a person can look at it or kill it."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait for its end and return the exit code (negative: killed by that signal)."""
        return await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end, and kill it if it does not."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()


class KeptAlive:
    """A child that is started again whenever it dies; `restarts` counts that."""

    def __init__(
        self,
        verb: Sequence[str],
        log: Path,
        environment: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._verb = verb
        self._log = log
        self._environment = environment
        self._say = say
        self._child: Child | None = None
        self._stopping = False
        self.restarts = 0
        self.failure: str | None = None

    async def run(self) -> None:
        """Keep it alive until `stop`; too many deaths end the rehearsal."""
        while True:
            self._child = await Child.start(self._verb, self._log, self._environment)
            self._say(f"daemon pid {self._child.pid}")
            code = await self._ended(self._child)
            if self._stopping:
                return
            self.restarts += 1
            self._say(f"daemon ended with {code}; restart {self.restarts}")
            if self.restarts >= RESTARTS_MAX:
                self.failure = f"the daemon died {self.restarts} times; see {self._log}"
                return

    async def _ended(self, child: Child) -> int:
        """Wait for its end; one that was still being started when `stop` came is ended here."""
        return await (child.stop() if self._stopping else child.wait())

    async def stop(self) -> None:
        """End it for good."""
        self._stopping = True
        if self._child is not None:
            await self._child.stop()

    def check(self) -> None:
        """Raise RehearsalError if the daemon is beyond help."""
        if self.failure is not None:
            raise RehearsalError(self.failure)
