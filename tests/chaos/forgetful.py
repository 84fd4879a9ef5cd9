"""A file system in memory that forgets what was not synced when the power goes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import apsw

SECTOR_BYTES = 512


@dataclass(slots=True)
class Held:
    """One file: what is on the platter, what a reader sees, and the writes in between."""

    durable: bytearray = field(default_factory=bytearray)
    current: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, offset: int, content: bytes) -> None:
        """Write where readers see it; the platter learns of it with the next sync."""
        _lay(self.current, offset, content)
        self.unsynced.append((offset, content))

    def truncate(self, size: int) -> None:
        """Cut; as durable as a write is."""
        del self.current[size:]
        self.unsynced.append((size, None))

    def sync(self) -> None:
        """Bring everything to the platter."""
        for offset, content in self.unsynced:
            _apply(self.durable, offset, content)
        self.unsynced.clear()

    def after_a_cut(self, dice: random.Random, kept_share: float) -> bytes:
        """Return what the platter holds when each unsynced sector was written or was not."""
        left = bytearray(self.durable)
        for offset, content in self.unsynced:
            for start, piece in _sectors(offset, content):
                if dice.random() < kept_share:
                    _apply(left, start, piece)
        return bytes(left)


class Forgetful(apsw.VFS):
    """All files of one host; `on_change` is told before every write, cut and sync."""

    def __init__(self, name: str) -> None:
        self.files: dict[str, Held] = {}
        self.changes = 0
        self.cut_at: int | None = None
        self.name = name
        super().__init__(name, base="")

    def xOpen(self, name: object, flags: list[int]) -> Any:
        """Open a file, making it where there is none."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return ForgetfulFile(self, self.files.setdefault(path, Held()))

    def xFullPathname(self, name: str) -> str:
        """There is one folder."""
        return name

    def xAccess(self, path: str, _flags: int) -> bool:
        """Whether there is such a file."""
        return path in self.files

    def xDelete(self, path: str, _is_synced: bool) -> None:
        """Remove a file, durably."""
        self.files.pop(path, None)

    def change(self) -> None:
        """Count a change; the power goes before the one it is to go at."""
        self.changes += 1
        if self.cut_at is not None and self.changes >= self.cut_at:
            raise apsw.IOError("the power is gone")

    def after_a_cut(self, dice: random.Random) -> dict[str, bytes]:
        """Return what every file holds when the power comes back."""
        kept_share = dice.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        return {path: held.after_a_cut(dice, kept_share) for path, held in self.files.items()}

    def restore(self, contents: dict[str, bytes]) -> None:
        """Hold these files, all of them durable."""
        self.files = {
            path: Held(bytearray(content), bytearray(content)) for path, content in contents.items()
        }
        self.cut_at = None


class ForgetfulFile:
    """What SQLite holds of an open file. No shared memory: the log is used with an own lock."""

    def __init__(self, host: Forgetful, held: Held) -> None:
        self._host = host
        self._held = held

    def xRead(self, amount: int, offset: int) -> bytes:
        """Read what is there."""
        return bytes(self._held.current[offset : offset + amount])

    def xWrite(self, content: bytes, offset: int) -> None:
        """Write."""
        self._host.change()
        self._held.write(offset, bytes(content))

    def xTruncate(self, size: int) -> None:
        """Cut."""
        self._host.change()
        self._held.truncate(size)

    def xSync(self, _flags: int) -> None:
        """Sync."""
        self._host.change()
        self._held.sync()

    def xFileSize(self) -> int:
        """Return the size that readers see."""
        return len(self._held.current)

    def xSectorSize(self) -> int:
        """Return the smallest unit that is written as a whole."""
        return SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:
        """Promise what the file system of the host promises by default: no more than psow."""
        return int(apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE)

    def xFileControl(self, _operation: int, _pointer: int) -> bool:
        """Know no control."""
        return False

    def xLock(self, _level: int) -> None:
        """Be alone."""

    def xUnlock(self, _level: int) -> None:
        """Be alone."""

    def xCheckReservedLock(self) -> bool:
        """Be alone."""
        return False

    def excepthook(self, *_error: object) -> None:
        """Say nothing of a close that the cut power made fail: nobody is left to hear it."""

    def xClose(self) -> None:
        """Nothing is lost by closing, and nothing synced."""


def _apply(content: bytearray, offset: int, piece: bytes | None) -> None:
    if piece is None:
        del content[offset:]
    else:
        _lay(content, offset, piece)


def _lay(content: bytearray, offset: int, piece: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(piece)] = piece


def _sectors(offset: int, piece: bytes | None) -> Sequence[tuple[int, bytes | None]]:
    if piece is None:
        return [(offset, None)]
    ends = range(offset - offset % SECTOR_BYTES + SECTOR_BYTES, offset + len(piece), SECTOR_BYTES)
    starts = [offset, *ends]
    return [
        (start, piece[start - offset : end - offset])
        for start, end in zip(starts, [*ends, offset + len(piece)], strict=True)
    ]
