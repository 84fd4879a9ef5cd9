"""What the service manager is told: sd_notify(3) in a few lines, UTF-8, without a dependency."""

import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Self

MICROSECONDS = 1_000_000
_ABSTRACT, _PATH = "@", "/"
_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


@dataclass(frozen=True, slots=True)
class NotifySocket:
    """The socket of the service manager that started us; without one nothing is sent.

    `address` is a path, or "@name" for an abstract socket; `watchdog_s` the seconds without a
    WATCHDOG=1 after which the manager kills us, None where it does not watch.
    """

    address: str = ""
    watchdog_s: float | None = None

    @classmethod
    def of(cls, environ: MutableMapping[str, str]) -> Self:
        """Take the variables out of the environment, so that no child believes they are its own.

        A watchdog meant for another process is none of ours.
        """
        found = {name: environ.pop(name, "") for name in _VARIABLES}
        address, timeout_us, pid = (found[name] for name in _VARIABLES)
        is_ours = pid in {"", str(os.getpid())}
        watched = is_ours and timeout_us.isdecimal() and int(timeout_us) > 0
        return cls(
            address if address.startswith((_ABSTRACT, _PATH)) else "",
            int(timeout_us) / MICROSECONDS if watched else None,
        )

    def tell(self, *lines: str) -> bool:
        """Send "NAME=value" lines as one message; False where it did not go out.

        Never waits and never raises: no service manager is a reason to stop trading.
        """
        if not self.address:
            return False
        target = self.address
        if target.startswith(_ABSTRACT):
            target = "\0" + target.removeprefix(_ABSTRACT)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
                door.setblocking(False)  # noqa: FBT003 - the only way to say it
                door.sendto("\n".join(lines).encode(), target)
        except OSError:
            return False
        return True

    def status(self, words: str) -> bool:
        """Send the one line that `systemctl status` shows."""
        return self.tell(status_line(words))


def status_line(words: str) -> str:
    """Return the assignment; a line end would begin another one."""
    return "STATUS=" + " ".join(words.split())
