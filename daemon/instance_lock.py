import fcntl
import os
from pathlib import Path
from typing import Self


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
            os.close(descriptor)
            raise AlreadyRunning(f"another sage-execd holds {path}") from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return cls(path, descriptor)

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
