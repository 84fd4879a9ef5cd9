"""Two halts of the fifty that `python -m tests.chaos.halts` plays."""

from datetime import date
from pathlib import Path

import pytest

from market.phases import market_time
from tests.chaos.births import Births
from tests.chaos.halts import DEAD, HUNG, WAYS, moments, play_halt

pytestmark = pytest.mark.timeout(300)

FIFTY = moments(50, market_time(date(2026, 1, 19), "00:00:00"))


def test_fifty_moments_try_every_way_and_ten_find_the_daemon_dead() -> None:
    assert sum(moment.way == DEAD for moment in FIFTY) == 10
    assert {moment.way for moment in FIFTY} == {*WAYS, DEAD, HUNG}


@pytest.mark.parametrize("number", [2, 10])
async def test_a_halt_sends_nothing_more_leaves_nothing_live_and_proves_it(
    number: int, tmp_path: Path
) -> None:
    async with Births() as births:
        result = await play_halt(births, FIFTY[number], tmp_path / "out")

    assert result.violations == ()
