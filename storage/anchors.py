"""Anchors: what the head of the chain was at a moment, kept outside the database.

A journal that was cut short, or written anew with fresh seals, contradicts the last anchor. One
line of JSON each, sealed with the key of the approvals, appended durably.
"""

import hmac
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from statemachine.canonical import canonical_json
from storage import journal
from storage.records import Mark, Violation

PURPOSE = b"anchor of the chain|"
TAIL_BYTES = 4096
# The line of the log that holds an anchor whole.
LOGGED_AS = "chain anchored"
NAMES = ("sequence", "hash", "epoch", "made_utc", "follows", "mac")


class AnchorsUnreadable(Exception):
    """The file holds a whole line that is no anchor."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest event when it was made; `made_utc` is machine time, `mac` seals the rest.

    `follows` is the seal of the line before it, "" in the first: no line between two can go.
    """

    sequence: int
    hash: str
    epoch: int
    made_utc: str
    follows: str = ""
    mac: str = ""

    def mark(self) -> Mark:
        """Return where a pass of another process may begin."""
        return Mark(self.sequence, self.hash)


def sealed(key: bytes, anchor: Anchor) -> Anchor:
    """Return the anchor with its MAC (HMAC-SHA256, hexadecimal)."""
    return replace(anchor, mac=_mac(key, anchor))


def is_authentic(key: bytes, anchor: Anchor) -> bool:
    """Whether the MAC belongs to the anchor and this key; takes constant time."""
    return hmac.compare_digest(_mac(key, anchor).encode(), anchor.mac.encode())


def append(path: Path, anchor: Anchor) -> None:
    """Add a line, durably; a line that a power cut tore gives way to it. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        _drop_torn_line(descriptor)
        os.write(descriptor, json.dumps(asdict(anchor)).encode() + b"\n")
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> tuple[Anchor, ...]:
    """Return every anchor, oldest first; () without a file. A log in JSON does as well.

    A last line without its end is what a power cut leaves, and says nothing. Raises
    AnchorsUnreadable for any other line that is no anchor, OSError where the file cannot be read.
    """
    if not path.exists():
        return ()
    lines = (_logged(path, line) for line in path.read_bytes().split(b"\n")[:-1] if line)
    return tuple(anchor for anchor in lines if anchor is not None)


def newest(path: Path) -> Anchor | None:
    """Return the last whole line; None without one. Raises as `read` does."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = [line for line in file.read().split(b"\n")[:-1] if line]
    return _anchor(path, lines[-1]) if lines else None


def contradicted(
    connection: sqlite3.Connection, anchored: Iterable[Anchor], key: bytes | None
) -> Iterator[Violation]:
    """Yield every anchor the chain does not reach or does not agree with (I14).

    Where the key is given, an anchor that it did not seal is a violation itself.
    """
    anchored = tuple(anchored)
    yield from out_of_line(anchored)
    yield from against_chain(connection, anchored, key)


def out_of_line(anchored: Iterable[Anchor], before: str = "") -> Iterator[Violation]:
    """Yield every anchor that does not follow the line before it; `before` the first is a seal."""
    for anchor in anchored:
        if anchor.follows != before:
            detail = f"the anchor of event {anchor.sequence} does not follow the line before it"
            yield Violation("I14", detail, str(anchor.sequence))
        before = anchor.mac


def of_stretch(anchored: Iterable[Anchor], first: int, last: int) -> tuple[Anchor, ...]:
    """Return the anchors of a stretch of the chain and of the event before it."""
    return tuple(anchor for anchor in anchored if first - 1 <= anchor.sequence <= last)


def against_chain(
    connection: sqlite3.Connection, anchored: Iterable[Anchor], key: bytes | None
) -> Iterator[Violation]:
    """Yield every anchor whose event is another one, or is gone, or that the key did not seal."""
    for anchor in anchored:
        found, subject = journal.hash_at(connection, anchor.sequence), str(anchor.sequence)
        if key is not None and not is_authentic(key, anchor):
            yield Violation(
                "I14", f"the seal of the anchor of event {subject} does not fit", subject
            )
        if found is None:
            yield Violation("I14", f"event {subject} was anchored and is gone", subject)
        elif found != anchor.hash:
            yield Violation("I14", f"event {subject} is not the one that was anchored", subject)


def _drop_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(descriptor, size - torn)


def _logged(path: Path, line: bytes) -> Anchor | None:
    """Return the anchor of a line, None for a line of the log that holds none."""
    if b'"event":' not in line:
        return _anchor(path, line)
    try:
        told = json.loads(line)
    except ValueError as error:
        raise AnchorsUnreadable(f"{path}: {line[:80]!r} is no anchor") from error
    if told.get("event") != LOGGED_AS:
        return None
    return _anchor(path, json.dumps({name: told.get(name) for name in NAMES}).encode())


def _anchor(path: Path, line: bytes) -> Anchor:
    try:
        return Anchor(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise AnchorsUnreadable(f"{path}: {line[:80]!r} is no anchor") from error


def _mac(key: bytes, anchor: Anchor) -> str:
    content = {name: value for name, value in asdict(anchor).items() if name != "mac"}
    return hmac.new(key, PURPOSE + canonical_json(content), sha256).hexdigest()
