"""Whoever changes anything in a closed record is found by `verify --all` beside its anchors."""

import asyncio
import shutil
from pathlib import Path

import pytest

from daemon.inspection import Exhibits, ExhibitUnreadable, inspect
from storage import anchors
from storage.anchors import Anchor
from storage.sqlite_store import SqliteStore
from tests.storage.random_tamperings import ANCHORS, DATABASE, closed_copy, tamper
from tests.support.book import KEY, OPEN, opened_store
from tests.support.full_book import fill_the_book

MADE = "2025-11-10T07:40:00.000000Z"
FEW, ALL = range(100), range(1000)


async def anchor(store: SqliteStore, path: Path) -> None:
    mark = (await store.verify_since(None)).mark
    before = anchors.newest(path)
    follows = "" if before is None else before.mac
    made = Anchor(mark.sequence, mark.hash, store.epoch, MADE, follows)
    anchors.append(path, anchors.sealed(KEY, made))


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("closed")

    async def build() -> None:
        async with opened_store(folder / DATABASE) as store:
            await anchor(store, folder / ANCHORS)
            await fill_the_book(store)
            await anchor(store, folder / ANCHORS)
            await store.note("CLOSED", {}, actor="daemon", now=OPEN)
            await anchor(store, folder / ANCHORS)

    asyncio.run(build())
    return folder


def is_found(folder: Path, done: str) -> bool:
    """Whether a violation names it, or a line of the anchors is said to be no anchor."""
    try:
        return bool(inspect(Exhibits(folder / DATABASE, folder / ANCHORS, KEY)))
    except ExhibitUnreadable:
        return done.startswith("anchors")


def unfound(closed: Path, tmp_path: Path, seeds: range) -> list[str]:
    """Play one tampering a seed; return those nobody would notice."""
    missed = []
    for seed in seeds:
        folder = closed_copy(closed, tmp_path / str(seed))
        done = tamper(seed, folder)
        if not is_found(folder, done):
            missed.append(f"{seed}: {done}")
        shutil.rmtree(folder)
    return missed


def test_what_nobody_touched_breaks_nothing(closed: Path) -> None:
    assert inspect(Exhibits(closed / DATABASE, closed / ANCHORS, KEY)) == ()


def test_every_tampering_is_found(closed: Path, tmp_path: Path) -> None:
    assert unfound(closed, tmp_path, FEW) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_tamperings_are_found(closed: Path, tmp_path: Path) -> None:
    assert unfound(closed, tmp_path, ALL) == []
