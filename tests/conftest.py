import asyncio
import os
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from tests.support.loop_guard import loop_guard
from tests.support.reconcile_files import require_valid_reports

# "ci" is the default everywhere, so that a test suite says the same twice; search deeper with
# HYPOTHESIS_PROFILE=deep.
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=60, database=None)
settings.register_profile("deep", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure() -> None:
    """Say that there is no loop yet: asked for one, Python 3.11 makes one that nobody closes."""
    asyncio.set_event_loop(None)


@pytest.fixture
async def guarded_loop() -> AsyncIterator[None]:
    async with loop_guard():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Guard the loop of every coroutine test; first in, so that it looks after all others left."""
    for item in items:
        if isinstance(item, pytest.Function) and pytest_asyncio.is_async_test(item):
            item.fixturenames.insert(0, "guarded_loop")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hold every reconcile report that a test wrote against the published schema."""
    outcome = yield
    folder = item.funcargs.get("tmp_path") if isinstance(item, pytest.Function) else None
    if isinstance(folder, Path) and item.get_closest_marker("spoils_reports") is None:
        require_valid_reports(folder)
    return outcome
