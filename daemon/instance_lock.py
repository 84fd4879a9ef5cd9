import fcntl
import os
from pathlib import Path
from typing import Self

PID_BYTES_MAX = 20


class AlreadyRunning(Exception):
    """Another process holds the lock of this state directory."""


class InstanceLock:
    """An exclusive flock on a file of the state directory; the loser leaves at once (A6)."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Take the lock or raise AlreadyRunning; the file itself is never removed."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held = _held(path, descriptor)
            os.close(descriptor)
            raise held from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(path, descriptor)

    @classmethod
    def require_free(cls, path: Path) -> None:
        """Raise AlreadyRunning where somebody holds the lock now; nothing is created or written.

        Only `acquire` decides: whoever passes here may still lose to somebody quicker.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(path, descriptor) from error
        finally:
            os.close(descriptor)

    def still_held(self) -> bool:
        """Whether the locked file is still the one at its path (S1 of the safety protocol)."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        ours = os.fstat(self._descriptor)
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Let the lock go."""
        os.close(self._descriptor)


def _held(path: Path, descriptor: int) -> AlreadyRunning:
    """Return the refusal; the holder's pid is the line it wrote into the file."""
    pid = os.pread(descriptor, PID_BYTES_MAX, 0).decode("ascii", "replace").strip()
    return AlreadyRunning(f"another sage-execd, pid {pid or 'unknown'}, holds {path}")
