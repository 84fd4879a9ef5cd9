"""inotify tells of finished inputs at once, and its absence or loss is no failure."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import asyncinotify
import pytest

from adapters.intake.watching import WatchEnd, WatchEndKind, watch_directory

NAME = "portfolio_20251107.csv"


class Changes:
    """Counts the calls and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._next.set()

    async def one(self) -> None:
        await asyncio.wait_for(self._next.wait(), timeout=10)
        self._next.clear()


@asynccontextmanager
async def watching(directory: Path) -> AsyncIterator[tuple[Changes, "asyncio.Task[WatchEnd]"]]:
    changes = Changes()
    task = asyncio.create_task(watch_directory(directory, changes))
    await changes.one()
    try:
        yield changes, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_caller_is_told_once_at_the_start_so_that_nothing_falls_between(
    tmp_path: Path,
) -> None:
    async with watching(tmp_path) as (changes, _):
        assert changes.count == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda inbox: (inbox / NAME).write_bytes(b"x"),
        lambda inbox: (inbox / ".tmp").rename(inbox / "execution_context_20251107.json"),
        lambda inbox: (inbox / "portfolio_20251031.csv").unlink(),
        lambda inbox: (inbox / "portfolio_20251031.csv").rename(inbox / "away"),
    ],
    ids=["written", "moved in", "removed", "moved away"],
)
async def test_each_change_of_an_input_is_told(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    (tmp_path / ".tmp").write_bytes(b"x")
    (tmp_path / "portfolio_20251031.csv").write_bytes(b"x")
    async with watching(tmp_path) as (changes, _):
        change(tmp_path)

        await changes.one()


async def test_a_file_is_told_when_it_is_closed_not_while_it_is_written(tmp_path: Path) -> None:
    async with watching(tmp_path) as (changes, _):
        with (tmp_path / NAME).open("wb", buffering=0) as stream:
            stream.write(b"half")
            (tmp_path / "portfolio_20251031.csv").write_bytes(b"x")
            await changes.one()
            assert changes.count == 2
        await changes.one()

        assert changes.count == 3


async def test_our_own_outputs_and_temporary_files_wake_nobody(tmp_path: Path) -> None:
    async with watching(tmp_path) as (changes, _):
        (tmp_path / "broker_submit_20251107_093000.json").write_bytes(b"{}")
        (tmp_path / ".portfolio_20251107.csv.tmp").write_bytes(b"x")
        (tmp_path / NAME).write_bytes(b"x")
        await changes.one()

        assert changes.count == 2


async def test_a_directory_that_is_removed_ends_the_watch(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    async with watching(inbox) as (changes, task):
        inbox.rmdir()
        await changes.one()
        end = await asyncio.wait_for(task, timeout=10)

        assert end == WatchEnd(WatchEndKind.DIRECTORY_GONE, f"{inbox} is gone")


async def test_a_directory_that_is_moved_away_ends_the_watch(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    async with watching(inbox) as (_, task):
        inbox.rename(tmp_path / "elsewhere")

        assert (await asyncio.wait_for(task, timeout=10)).kind is WatchEndKind.DIRECTORY_GONE


async def test_a_directory_that_is_not_there_ends_the_watch(tmp_path: Path) -> None:
    end = await watch_directory(tmp_path / "nowhere", lambda: None)

    assert end.kind is WatchEndKind.NO_INOTIFY
    assert "No such file" in end.detail


async def test_a_host_without_inotify_ends_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None in sys.modules makes the import fail, as it does where the C library has no inotify.
    monkeypatch.setitem(sys.modules, "asyncinotify", None)
    end = await watch_directory(tmp_path, lambda: None)

    assert end.kind is WatchEndKind.NO_INOTIFY


async def test_dropped_events_count_as_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overflow = SimpleNamespace(mask=asyncinotify.Mask.Q_OVERFLOW, name=None)
    gone = SimpleNamespace(mask=asyncinotify.Mask.IGNORED, name=None)
    events = iter((overflow, gone))

    async def scripted(_: asyncinotify.Inotify) -> SimpleNamespace:
        await asyncio.sleep(0)
        return next(events)

    monkeypatch.setattr(asyncinotify.Inotify, "get", scripted)
    changes = Changes()
    end = await watch_directory(tmp_path, changes)

    assert end.kind is WatchEndKind.DIRECTORY_GONE
    assert changes.count == 3
