import asyncio
from pathlib import Path

import pytest

from daemon.archive.pack import Pack
from tests.support.packed import packed


@pytest.fixture(scope="package")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack of a run that bought one of two names."""
    folder: Path = tmp_path_factory.mktemp("packed")
    return asyncio.run(packed(folder))
