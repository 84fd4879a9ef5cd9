"""A sample of the kill points; `make chaos` plays them all."""

from pathlib import Path

import pytest

from tests.chaos.catalogue import all_points
from tests.chaos.kill import campaign, chosen

pytestmark = pytest.mark.timeout(300)

SAMPLE = (
    "quiet: commit open_batch: after COMMIT",
    "quiet: send orders: after the first byte",
    "quiet: rename broker_submit: before",
)


def test_there_are_at_least_sixty_named_points() -> None:
    points = all_points()

    assert len(points) == len(set(points)) >= 60
    assert len(chosen("60")) == 60


async def test_a_daemon_killed_at_a_point_loses_and_repeats_nothing(tmp_path: Path) -> None:
    points = [point for point in all_points() if str(point) in SAMPLE]
    tally = await campaign(points, 1, tmp_path)

    assert len(points) == len(SAMPLE)
    assert not tally.failed, tally.table("kill points")
