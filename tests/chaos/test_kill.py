"""A sample of the kill points; `make chaos` plays them all."""

from pathlib import Path

import pytest

from tests.chaos.births import Births
from tests.chaos.catalogue import Point, all_points
from tests.chaos.kill import Kill, chosen, play_kill

pytestmark = pytest.mark.timeout(300)

SAMPLE = (
    Kill(Point("cycle", "send orders: after the first byte"), 1),
    Kill(Point("recovery", "commit recover_open: before COMMIT"), 1),
)


def test_there_are_at_least_sixty_named_points() -> None:
    points = all_points()

    assert len(points) == len(set(points)) >= 60
    assert len(chosen("60")) == 60
    assert {kill.point for kill in SAMPLE} <= set(points)


@pytest.mark.parametrize("kill", SAMPLE, ids=lambda kill: str(kill.point))
async def test_a_daemon_killed_at_a_point_loses_and_repeats_nothing(
    kill: Kill, tmp_path: Path
) -> None:
    async with Births() as births:
        result = await play_kill(births, kill, tmp_path / "out")

    assert result.was_hit
    assert result.violations == ()
