"""Tells when something in the directory may have changed; what it was, the caller's sweep finds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.intake.names import part_of_name

if TYPE_CHECKING:
    from asyncinotify import Event, Inotify


class WatchEndKind(StrEnum):
    """Why nothing more can be told."""

    NO_INOTIFY = "NO_INOTIFY"
    DIRECTORY_GONE = "DIRECTORY_GONE"


@dataclass(frozen=True, slots=True)
class WatchEnd:
    """Why watching ended; the caller's sweep goes on, and it may watch again."""

    kind: WatchEndKind
    detail: str


async def watch_directory(directory: Path, on_change: Callable[[], None]) -> WatchEnd:
    """Call `on_change` once at the start and after each write, rename or removal of an input.

    A file still being written is not told of. Returns only when nothing more can be told: no
    inotify on this host or for this directory, or the directory was removed or moved. When the
    kernel dropped events (queue overflow) the callback is called, since anything may have
    happened. Cancel the task to stop it.
    """
    # Imported here: importing it fails on hosts without inotify, which costs speed and no more.
    try:
        from asyncinotify import Inotify  # noqa: PLC0415
    except (ImportError, OSError, RuntimeError) as error:
        return WatchEnd(WatchEndKind.NO_INOTIFY, str(error))
    try:
        with Inotify() as inotify:
            return await _listen(inotify, directory, on_change)
    except OSError as error:
        return WatchEnd(WatchEndKind.NO_INOTIFY, str(error))


async def _listen(inotify: "Inotify", directory: Path, on_change: Callable[[], None]) -> WatchEnd:
    from asyncinotify import Mask  # noqa: PLC0415 - see watch_directory

    gone = Mask.DELETE_SELF | Mask.MOVE_SELF
    news = Mask.CLOSE_WRITE | Mask.MOVED_TO | Mask.DELETE | Mask.MOVED_FROM
    inotify.add_watch(directory, news | gone | Mask.ONLYDIR)
    on_change()
    while True:
        event = await inotify.get()
        if event.mask & (gone | Mask.IGNORED | Mask.UNMOUNT):
            on_change()
            return WatchEnd(WatchEndKind.DIRECTORY_GONE, f"{directory} is gone")
        if event.mask & Mask.Q_OVERFLOW or _is_about_input(event):
            on_change()


def _is_about_input(event: "Event") -> bool:
    return event.name is not None and part_of_name(event.name.name) is not None
