"""A sample of the failing system calls; `make syscalls` plays them all."""

from pathlib import Path

import pytest

from tests.chaos.births import Births
from tests.chaos.syscalls import Injection, can_trace, play_injection

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_trace(), reason="strace may not trace here"),
]


async def test_a_database_that_cannot_sync_ends_the_process_before_it_sends(
    tmp_path: Path,
) -> None:
    async with Births() as births:
        result = await play_injection(births, Injection("fdatasync", "EIO", 20), tmp_path / "out")

    assert result.was_hit
    assert result.violations == ()


async def test_an_artifact_that_cannot_be_synced_ends_the_process_by_its_name(
    tmp_path: Path,
) -> None:
    async with Births() as births:
        result = await play_injection(
            births, Injection("fsync", "EIO", 3, "inbox"), tmp_path / "out"
        )

    assert result.was_hit
    assert result.violations == ()
