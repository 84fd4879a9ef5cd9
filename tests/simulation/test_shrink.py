from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.faults import Fault, Kind
from tests.simulation.regressions import read_regression, regression_files
from tests.simulation.run import run_day
from tests.simulation.scenario import Scenario
from tests.simulation.shrink import minimal, regression


@given(st.sets(st.integers(0, 30), max_size=4), st.integers(1, 31))
def test_what_is_left_is_all_that_is_needed(needed: set[int], size: int) -> None:
    def breaks(items: Sequence[int]) -> bool:
        return needed <= set(items)

    items = range(max(size, max(needed, default=0) + 1))

    assert set(minimal(items, breaks)) == needed


def test_a_day_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    fault = Fault(Kind.NET_LATE_REQUEST, "net submit ", 2, 7)
    scenario = Scenario(seed=7, faults=(fault, Fault(Kind.FILES_REMOVED, "time", 0)))
    path = tmp_path / "day.json"
    path.write_text(regression(scenario, ("I1 one thing",)), encoding="utf-8")

    assert read_regression(path) == scenario


@pytest.mark.parametrize("path", regression_files(), ids=lambda path: path.stem)
def test_a_day_that_once_broke_a_promise_keeps_it(path: Path) -> None:
    assert run_day(read_regression(path)).violations == ()
