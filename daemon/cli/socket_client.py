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
    """The daemon answered no, or failed (500 and above); `problem` is the body of its answer."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail", f"the daemon answered {status}")))
        self.status = status
        self.problem = problem


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def call(
    path: Path,
    method: str,
    target: str,
    body: dict[str, Any] | None = None,
    *,
    timeout_s: float = CONNECT_TIMEOUT_S,
) -> Any:
    """Make one call and return the decoded JSON answer.

    Raises DaemonUnreachable and DaemonRefused.
    """
    connection = UnixConnection(path, timeout_s)
    # What was typed and is no Unicode travels as "?"; the daemon takes no half characters.
    payload = (
        None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    )
    try:
        connection.request(method, target, payload, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise DaemonUnreachable(f"no daemon answers at {path}: {error}") from error
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise DaemonRefused(answer.status, _problem(content))
    try:
        return json.loads(content)
    except ValueError as error:
        raise DaemonUnreachable(f"what answers at {path} is no sage-execd: {error}") from error


def _payload(body: dict[str, Any]) -> bytes:
    """Return the body in UTF-8; what was typed and is no Unicode travels as "?"."""
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def _problem(content: bytes) -> dict[str, Any]:
    """Return the problem document; a daemon that failed may have sent none."""
    try:
        problem = json.loads(content)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
