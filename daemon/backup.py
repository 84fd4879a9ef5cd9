"""Backups of the record: taken while the daemon runs, verified, and the newest kept.

A backup is a folder with everything that `verify --database` asks for and that another daemon
could go on with: the database, the anchors of its chain, and the key of the approvals.
"""

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from daemon.inspection import Exhibits, ExhibitUnreadable, inspect
from storage.backup import copy_online
from storage.offline import CopyUnreadable
from storage.store import Violation

DATABASE, ANCHORS, KEY = "execd.sqlite", "anchors.jsonl", "approval.key"
PRIVATE_FOLDER = 0o700
_NAME = "%Y%m%dT%H%M%SZ"
_FINISHED = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class BackupFailed(Exception):
    """There is no new backup; the older ones are untouched."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup, and the older ones that were removed for it."""

    folder: Path
    removed: tuple[Path, ...]


def back_up(state: Path, into: Path, now: datetime, *, keep: int) -> Backup:
    """Copy the record in `state` into a new folder of `into`, named for the moment in UTC.

    It gets its name only once every invariant was found to hold in the copy. Raises BackupFailed.
    """
    folder = into / now.astimezone(UTC).strftime(_NAME)
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        _clear(into)
        partial.mkdir(mode=PRIVATE_FOLDER, parents=True)
        _copy(state, partial)
        _require_sound(_violations(partial))
        _sync(partial)
        partial.rename(folder)
        return Backup(folder, _prune(into, keep))
    except (OSError, CopyUnreadable, ExhibitUnreadable, ValueError) as error:
        raise BackupFailed(f"no backup of {state}: {error}") from error


def finished(into: Path) -> list[Path]:
    """Return the finished backups, oldest first."""
    return sorted(path for path in into.iterdir() if _FINISHED.fullmatch(path.name))


def _copy(state: Path, partial: Path) -> None:
    """The anchors first: a database may know more than they say, never less."""
    for name in (ANCHORS, KEY):
        if (state / name).is_file():
            shutil.copyfile(state / name, partial / name)
    copy_online(state / DATABASE, partial / DATABASE)


def _violations(folder: Path) -> tuple[Violation, ...]:
    key = folder / KEY
    exhibits = Exhibits(
        folder / DATABASE,
        anchors=folder / ANCHORS if (folder / ANCHORS).is_file() else None,
        approval_key=bytes.fromhex(key.read_text(encoding="ascii")) if key.is_file() else None,
    )
    return inspect(exhibits)


def _require_sound(violations: tuple[Violation, ...]) -> None:
    if violations:
        first = violations[0]
        raise BackupFailed(
            f"the copy breaks {len(violations)} invariants, first {first.invariant}: {first.detail}"
        )


def _clear(into: Path) -> None:
    """Remove what a backup that was killed left behind."""
    if into.is_dir():
        for leftover in into.glob(".*.partial"):
            shutil.rmtree(leftover)


def _sync(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prune(into: Path, keep: int) -> tuple[Path, ...]:
    old = tuple(finished(into)[:-keep])
    for path in old:
        shutil.rmtree(path)
    return old
