import shutil
from pathlib import Path

from statemachine.reasons import Reason
from storage.place import place_of
from tests.support.book import opened_store


async def causes(path: Path) -> list[str]:
    async with opened_store(path) as store:
        return [halt.cause for halt in await store.halts()]


async def test_a_database_that_stays_where_it_is_is_not_halted(tmp_path: Path) -> None:
    path = tmp_path / "execd.sqlite"

    assert await causes(path) == []
    assert await causes(path) == []


async def test_a_copied_state_directory_does_not_trade_until_somebody_resumes(
    tmp_path: Path,
) -> None:
    path, copy = tmp_path / "execd.sqlite", tmp_path / "copy.sqlite"
    await causes(path)
    shutil.copy(path, copy)
    assert place_of(path) != place_of(copy)

    assert await causes(copy) == [Reason.DATABASE_MOVED]
    assert await causes(copy) == [Reason.DATABASE_MOVED]

    async with opened_store(copy) as store:
        (halt,) = await store.halts()
        await store.resume(halt.kind, actor="wang", reason="moved by me", now=halt.since)
    assert await causes(copy) == []
