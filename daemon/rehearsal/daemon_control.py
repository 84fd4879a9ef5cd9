"""The driver's end of the daemon's control socket; survives a daemon that is being restarted."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from daemon.cli.socket_client import DaemonRefused, DaemonUnreachable, call
from daemon.rehearsal.options import RehearsalError

RETRY_INTERVAL_S = 0.02
UNREACHABLE_MAX_S = 60
FAILED = HTTPStatus.INTERNAL_SERVER_ERROR


class DaemonControl:
    """Calls the socket from a worker thread and repeats a call until a daemon answers it.

    One that failed at it (500) is asked again like one that is gone: it is about to end.
    """

    def __init__(self, socket: Path, check: Callable[[], None]) -> None:
        self._socket = socket
        self._check = check

    async def get(self, target: str) -> dict[str, Any]:
        """Read something."""
        return await self._call("GET", target, None)

    async def post(self, target: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do something; repeated only while nobody answers, and every verb bears a repetition."""
        return await self._call("POST", target, body)

    async def _call(self, method: str, target: str, body: dict[str, Any] | None) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + UNREACHABLE_MAX_S
        while True:
            self._check()
            try:
                answer: dict[str, Any] = await asyncio.to_thread(
                    call, self._socket, method, target, body
                )
            except (DaemonUnreachable, DaemonRefused) as error:
                if isinstance(error, DaemonRefused) and error.status < FAILED:
                    raise
                if asyncio.get_running_loop().time() > deadline:
                    raise RehearsalError(str(error)) from error
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                return answer


__all__ = ["DaemonControl", "DaemonRefused"]
