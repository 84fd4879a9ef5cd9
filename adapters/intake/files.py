"""The disk under intake: one safe listing, one safe read (never-twice-never-lost.md A6).

These calls block; the caller runs them in a worker thread.
"""

import errno
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from adapters.intake.findings import Findings
from adapters.intake.names import part_of_name
from adapters.intake.pairing import Signature
from statemachine.portfolio import Refusal
from statemachine.reasons import Reason

_CHUNK_BYTES = 1 << 20
_ROOT_UID = 0
# O_NONBLOCK: opening a FIFO must not wait for a writer.
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file as it was at one moment, whose it is, and `notes` as in TargetPortfolio."""

    name: str
    data: bytes
    signature: Signature
    notes: tuple[str, ...] = ()
    owner_uid: int = _ROOT_UID


def list_inputs(directory: Path) -> dict[str, Signature]:
    """Return the signature of every input by name; links and odd files are listed as they are.

    Raises OSError where the directory cannot be read.
    """
    found: dict[str, Signature] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            if part_of_name(entry.name) is not None:
                facts = _facts_or_gone(entry)
                if facts is not None:
                    found[entry.name] = signature_of(facts)
    return found


def signature_of(facts: os.stat_result) -> Signature:
    """Return what changes when the file is written or replaced."""
    return Signature(facts.st_mtime_ns, facts.st_size, facts.st_ino)


def read_file(
    path: Path,
    *,
    bytes_max: int,
    owner_uids: Collection[int] = (),
    expected: Signature | None = None,
) -> FileBytes | Refusal:
    """Read a regular file once, or say why not.

    Everything is checked on the open descriptor, so nothing can be swapped between check and read:
    no symbolic link, a regular file with one name, owned by us, root or one of `owner_uids`, not
    world-writable, at most `bytes_max`. A file that is gone, or not what `expected` says, is
    refused as PAIR_INCOMPLETE: the caller waits for it to be quiet again.
    """
    findings = Findings(path.name)
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        return _unopened(error, findings)
    try:
        return _read_open(descriptor, findings, bytes_max, owner_uids, expected)
    except OSError as error:
        return _refusal(findings, Reason.FILE_UNREADABLE, f"cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)


def _read_open(
    descriptor: int,
    findings: Findings,
    bytes_max: int,
    owner_uids: Collection[int],
    expected: Signature | None,
) -> FileBytes | Refusal:
    before = os.fstat(descriptor)
    problem = _problem(before, bytes_max, owner_uids)
    if problem is not None:
        return _refusal(findings, *problem)
    data = _read_at_most(descriptor, bytes_max)
    signature = signature_of(os.fstat(descriptor))
    stable = signature == signature_of(before) and len(data) == before.st_size
    if not stable or expected not in {None, signature}:
        problem_text = "it changed while it was being read"
        return _refusal(findings, Reason.PAIR_INCOMPLETE, problem_text)
    if before.st_mode & stat.S_IWGRP:
        findings.note(Reason.FILE_GROUP_WRITABLE, f"{findings.file} can be written by its group")
    return FileBytes(findings.file, data, signature, findings.notes, before.st_uid)


def _problem(
    facts: os.stat_result, bytes_max: int, owner_uids: Collection[int]
) -> tuple[Reason, str] | None:
    if not stat.S_ISREG(facts.st_mode):
        return Reason.FILE_NOT_REGULAR, "it is not a regular file"
    if facts.st_nlink != 1:
        return Reason.FILE_NOT_REGULAR, f"it has {facts.st_nlink} names (hard links)"
    if facts.st_uid not in {os.geteuid(), _ROOT_UID, *owner_uids}:
        return (
            Reason.FILE_PERMISSIONS,
            f"its owner, uid {facts.st_uid}, is not allowed to drop files",
        )
    if facts.st_mode & stat.S_IWOTH:
        return Reason.FILE_PERMISSIONS, "everybody can write it"
    if facts.st_size > bytes_max:
        return Reason.FILE_TOO_LARGE, f"{facts.st_size} bytes where {bytes_max} are allowed"
    return None


def _read_at_most(descriptor: int, bytes_max: int) -> bytes:
    """Read to the end, but never more than one chunk beyond the cap."""
    chunks: list[bytes] = []
    size = 0
    while size <= bytes_max:
        chunk = os.read(descriptor, _CHUNK_BYTES)
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _unopened(error: OSError, findings: Findings) -> Refusal:
    if error.errno == errno.ENOENT:
        return _refusal(findings, Reason.PAIR_INCOMPLETE, "it is gone")
    if error.errno == errno.ELOOP:
        return _refusal(findings, Reason.FILE_NOT_REGULAR, "it is a symbolic link")
    if error.errno == errno.ENXIO:
        return _refusal(findings, Reason.FILE_NOT_REGULAR, "it is not a regular file")
    return _refusal(findings, Reason.FILE_UNREADABLE, f"cannot be opened: {error.strerror}")


def _refusal(findings: Findings, code: Reason, problem: str) -> Refusal:
    findings.refuse(code, problem)
    return findings.refusals[0]


def _facts_or_gone(entry: "os.DirEntry[str]") -> os.stat_result | None:
    """Return the entry's own facts, or None if it went away between listing and asking."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
