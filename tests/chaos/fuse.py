"""Kills a daemon at a named point: what a process that was born with a plan carries with it."""

import os
import signal
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to one process. Passed points are appended to `passed_path`, one a line.

    It kills itself at the `kill_nth` pass of `kill_at`, counted from 1, and is stopped for
    `pause_s` real seconds at the first pass of `pause_at`. `wall_ahead_s` shifts the wall clock
    from the `wall_from`-th reading on.
    """

    passed_path: str
    kill_at: str | None = None
    kill_nth: int = 1
    pause_at: str | None = None
    pause_s: float = 0
    wall_ahead_s: float = 0
    wall_from: int = 0


class Fuse:
    """Counts the passes of every point, from any thread."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._passes = Counter[str]()
        self._lock = threading.Lock()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._passed = os.open(plan.passed_path, flags, 0o600)

    def reach(self, point: str) -> None:
        """Pass a point, or end here as a power cut would end it."""
        with self._lock:
            self._passes[point] += 1
            os.write(self._passed, f"{point}\n".encode())
            if point == self._plan.kill_at and self._passes[point] == self._plan.kill_nth:
                os.kill(os.getpid(), signal.SIGKILL)
            if point == self._plan.pause_at and self._passes[point] == 1:
                self._pause()

    def _pause(self) -> None:
        """Be stopped by the kernel, every thread at once, until somebody else lets us go on."""
        words = f"sleep {self._plan.pause_s}; kill -CONT {os.getpid()}"
        subprocess.Popen(["sh", "-c", words])
        os.kill(os.getpid(), signal.SIGSTOP)
