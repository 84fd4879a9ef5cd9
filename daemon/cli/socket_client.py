"""The CLI's end of the control socket: plain HTTP over a unix socket, standard library only."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any

CONNECT_TIMEOUT_S = 60


class DaemonUnreachable(Exception):
    """No daemon answers at the socket."""


class DaemonRefused(Exception):
    """The daemon said no; `status` is the HTTP status, `problem` its body."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail", problem)))
        self.status = status
        self.problem = problem


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=CONNECT_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def call(path: Path, method: str, target: str, body: dict[str, Any] | None = None) -> Any:
    """Make one call and return the decoded JSON answer.

    Raises DaemonUnreachable and DaemonRefused.
    """
    connection = UnixConnection(path)
    payload = None if body is None else json.dumps(body)
    try:
        connection.request(method, target, payload, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise DaemonUnreachable(f"no daemon answers at {path}: {error}") from error
    finally:
        connection.close()
    decoded = json.loads(content) if content else {}
    if answer.status >= http.client.BAD_REQUEST:
        raise DaemonRefused(answer.status, decoded)
    return decoded
