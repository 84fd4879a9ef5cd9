from dataclasses import replace

import pytest

from tests.simulation.faults import Fault, Kind
from tests.simulation.generate import generate
from tests.simulation.planted.bugs import BUGS, Bug
from tests.simulation.planted.copies import DoesNotApply, applies, planted
from tests.simulation.scenario import Scenario, World

DAYS = [generate(seed) for seed in range(1, 201)]


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


def test_a_hunt_plays_the_days_that_draw_what_a_bug_needs() -> None:
    bug = Bug("late", "daemon/crew.py", "a", "b", ("I1",), ("net:401 after + submit", "BUST"))
    repeated = Fault(Kind.NET_401_AFTER, "net submit ", 2)

    assert bug.may_show(Scenario(1, faults=(repeated,)))
    assert bug.may_show(Scenario(1, faults=(Fault(Kind.BROKER_FAULT, "venue", 1, 3, "BUST"),)))
    assert not bug.may_show(Scenario(1, faults=(replace(repeated, at="net cancel "),)))
    assert not bug.may_show(Scenario(1))
    assert replace(bug, needs=()).may_show(Scenario(1))
    assert replace(bug, needs=("in stages",)).may_show(Scenario(1, World(stages=True)))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_days_that_may_show_a_bug_are_drawn_often_enough(bug: Bug) -> None:
    assert sum(bug.may_show(day) for day in DAYS) >= 5
