"""Our paper venue beside two matchers that this project did not write."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.differential.cases import Case, Facts, cases
from tests.differential.matcher_differences import MATCHER_DIFFERENCES, MatcherDifference
from tests.differential.matchers import BacktestMatcher, BridgeGateway, Matcher, OurVenue, Scene

OTHERS: dict[str, Callable[[Scene, Path], Matcher]] = {
    "qmt-tcp-bridge": BridgeGateway,
    "xtquant-big-convert": BacktestMatcher,
}


async def played(case: Case, other: str, folder: Path) -> tuple[Facts, Facts]:
    ours = await case.script(OurVenue(case.scene, folder / "ours"))
    theirs = await case.script(OTHERS[other](case.scene, folder / "theirs"))
    assert ours.keys() == theirs.keys()
    return ours, theirs


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
async def test_both_matchers_agree_or_differ_as_written_down(
    case: Case, other: str, tmp_path: Path
) -> None:
    ours, theirs = await played(case, other, tmp_path)

    found = {
        MatcherDifference(other, case.name, fact, ours[fact], theirs[fact])
        for fact in ours
        if ours[fact] != theirs[fact]
    }

    assert found == {
        known for known in MATCHER_DIFFERENCES if (known.other, known.case) == (other, case.name)
    }


def test_every_difference_written_down_belongs_to_a_case() -> None:
    names = [case.name for case in cases()]

    assert len(names) == len(set(names))
    assert {known.case for known in MATCHER_DIFFERENCES} <= set(names)
    assert {known.other for known in MATCHER_DIFFERENCES} == OTHERS.keys()
