import pytest

from tests.simulation.planted.bugs import BUGS, Bug
from tests.simulation.planted.copies import DoesNotApply, applies, planted


def test_there_are_at_least_thirty_bugs_and_each_is_another() -> None:
    assert len(BUGS) >= 30
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert len({(bug.path, bug.old, bug.new) for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_bug_can_still_be_planted_and_names_what_it_breaks(bug: Bug) -> None:
    applies(bug)
    assert bug.breaks
    assert bug.old != bug.new


def test_a_bug_that_no_longer_applies_says_so() -> None:
    bug = Bug("gone", "daemon/crew.py", "no such line", "", ("I1",))

    with pytest.raises(DoesNotApply, match="0 times in daemon/crew"):
        planted(bug, "other text")
