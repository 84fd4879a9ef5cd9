"""The files that stop the sends: that one exists is enough (trading-day.md rule 24).

`HALT` stops every send, `REDUCE_ONLY` stops the buys. What a file says is read only for the record;
an empty or unreadable one, a directory or a dangling link made by hand stops just as well.
"""

import os
import pwd
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from daemon.artifacts.files import write_atomically

BYTES_MAX = 16_384
# JSON takes six bytes at most for one character: both texts fit what is read back.
WORDS_LENGTH_MAX = 1000
BY_HAND = "by hand"


class Grade(StrEnum):
    """How much may be sent: everything, only sells, nothing."""

    ACTIVE = "active"
    REDUCE_ONLY = "reduce-only"
    HALTED = "halted"


FILE_NAMES = {Grade.HALTED: "HALT", Grade.REDUCE_ONLY: "REDUCE_ONLY"}


def _writable(words: str) -> str:
    """Return words as a file can hold them: a halt is not lost over how its reason was typed."""
    return words.encode(errors="replace").decode()[:WORDS_LENGTH_MAX]


Words = Annotated[str, AfterValidator(_writable)]


class HaltNote(BaseModel):
    """Who stopped the sends, why, when (machine time), through which door, and what stays.

    `keep_orders` leaves live orders at the broker. A file made by hand says none of this: then it
    is the file's owner, at its last change, and nothing stays. Longer words are cut, and what is
    no Unicode in them becomes "?".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Words
    reason: Words
    at: AwareDatetime
    way: str
    keep_orders: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody made the file without a command."""
        return self.way == BY_HAND


@dataclass(slots=True)
class HaltFiles:
    """Both files of one state directory; the grade is asked right before every send.

    `_unwritten` keeps what a full disk refused, for as long as this process lives.
    """

    state: Path
    _unwritten: dict[Grade, HaltNote] = field(default_factory=dict)

    def grade(self) -> Grade:
        """Return the strictest grade that stands; a few microseconds, no file is opened."""
        for grade in (Grade.HALTED, Grade.REDUCE_ONLY):
            if grade in self._unwritten or _exists(self.path(grade)):
                return grade
        return Grade.ACTIVE

    def path(self, grade: Grade) -> Path:
        """Return the file of a grade. Raises KeyError for ACTIVE, which has none."""
        return self.state / FILE_NAMES[grade]

    def note(self, grade: Grade) -> HaltNote:
        """Return what the file of a grade that stands says, or what can be said of it."""
        unwritten = self._unwritten.get(grade)
        if unwritten is not None:
            return unwritten
        path = self.path(grade)
        try:
            return HaltNote.model_validate_json(_content(path))
        except (OSError, ValidationError):
            return _seen_from_outside(path)

    def cancels_wanted(self) -> bool:
        """Whether a halt stands under which nothing may stay live at the broker."""
        if self.grade() is not Grade.HALTED:
            return False
        return not self.note(Grade.HALTED).keep_orders

    def place(self, grade: Grade, note: HaltNote) -> bool:
        """Make the file of a grade, durably; False where the disk refused: then only we know.

        A halt that stands and cancels is not weakened to one that keeps its orders.
        """
        if note.keep_orders and self.grade() is Grade.HALTED and self.cancels_wanted():
            note = note.model_copy(update={"keep_orders": False})
        path = self.path(grade)
        try:
            self.state.mkdir(parents=True, exist_ok=True)
            write_atomically(path, note.model_dump_json().encode() + b"\n")
        except OSError:
            if not _exists(path):
                self._unwritten[grade] = note
                return False
        return True

    def remove(self) -> tuple[HaltNote, ...]:
        """Take both files away and return what they said. Raises OSError where one stays.

        A directory made by hand is moved aside, with whatever lies in it.
        """
        removed = []
        for grade, name in FILE_NAMES.items():
            path = self.state / name
            if grade in self._unwritten or _exists(path):
                removed.append(self.note(grade))
                self._unwritten.pop(grade, None)
                _take_away(path)
        return tuple(removed)


def _exists(path: Path) -> bool:
    """Whether anything has this name; where that cannot be told, it counts as there."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _content(path: Path) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        return os.read(descriptor, BYTES_MAX)
    finally:
        os.close(descriptor)


def _seen_from_outside(path: Path) -> HaltNote:
    """Tell of a file that says nothing; the epoch where even its owner cannot be read."""
    owner, changed_at = "somebody", datetime.fromtimestamp(0, UTC)
    # A file system may keep a time that no calendar has: the halt stands all the same.
    with suppress(OSError, ValueError, OverflowError):
        seen = path.lstat()
        owner = _login(seen.st_uid)
        changed_at = datetime.fromtimestamp(seen.st_mtime, UTC)
    return HaltNote(by=owner, reason=f"{path.name} file", at=changed_at, way=BY_HAND)


def _login(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _take_away(path: Path) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(path.lstat().st_mode):
            _move_aside(path)
        else:
            path.unlink()


def _move_aside(folder: Path) -> None:
    number = 1
    while _exists(aside := folder.with_name(f"{folder.name}.removed-{number}")):
        number += 1
    folder.rename(aside)
