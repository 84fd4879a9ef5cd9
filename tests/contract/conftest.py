from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.support.book import opened_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Give an empty store, and hold it against every invariant in the end."""
    async with opened_store(tmp_path / "book.sqlite") as store:
        yield store
        assert await store.verify() == ()
