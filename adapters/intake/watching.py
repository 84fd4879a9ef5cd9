"""Tells when something in the directory may have changed; what it was, the caller's sweep finds."""

import logging
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.intake.names import part_of_name

if TYPE_CHECKING:
    from asyncinotify import Event, Inotify

_LOG = logging.getLogger(__name__)


class WatchEnd(StrEnum):
    """Why watching ended; the caller's sweep goes on, and it may watch again."""

    NO_INOTIFY = "NO_INOTIFY"
    DIRECTORY_GONE = "DIRECTORY_GONE"


async def watch_directory(directory: Path, on_change: Callable[[], None]) -> WatchEnd:
    """Call `on_change` after each finished write, rename or removal of an input file.

    Returns only when nothing more can be told: no inotify on this host or for this directory, or
    the directory was removed or moved. When the kernel dropped events (queue overflow) the
    callback is called, since anything may have happened. Cancel the task to stop it.
    """
    # Imported here: importing it fails on hosts without inotify, which only costs the speed.
    try:
        from asyncinotify import Inotify  # noqa: PLC0415
    except (ImportError, OSError, RuntimeError) as error:
        _LOG.warning("no inotify on this host, sweeping only: %s", error)
        return WatchEnd.NO_INOTIFY
    try:
        with Inotify() as inotify:
            return await _listen(inotify, directory, on_change)
    except OSError as error:
        _LOG.warning("cannot watch %s, sweeping only: %s", directory, error)
        return WatchEnd.NO_INOTIFY


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
            return WatchEnd.DIRECTORY_GONE
        if event.mask & Mask.Q_OVERFLOW or _is_about_input(event):
            on_change()


def _is_about_input(event: "Event") -> bool:
    return event.name is not None and part_of_name(event.name.name) is not None
