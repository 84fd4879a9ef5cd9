from daemon.shown_plans import KEPT_MAX, ShownPlans
from tests.fakes.fake_clock import FakeMachineClock

SECOND_NS = 1_000_000_000


def test_only_the_person_it_was_shown_to_has_had_a_plan_and_only_that_plan() -> None:
    machine = FakeMachineClock()
    shown = ShownPlans(machine)

    shown.note("plan", 1000)
    machine.elapsed_ns += 3 * SECOND_NS

    assert shown.is_long_enough("plan", 1000, 3)
    assert not shown.is_long_enough("plan", 1000, 4)
    assert not shown.is_long_enough("plan", 1001, 3)
    assert not shown.is_long_enough("another", 1000, 3)


def test_looking_again_does_not_start_the_time_again() -> None:
    machine = FakeMachineClock()
    shown = ShownPlans(machine)
    for _ in range(3):
        shown.note("plan", 1000)
        machine.elapsed_ns += SECOND_NS

    assert shown.is_long_enough("plan", 1000, 3)


def test_the_oldest_is_forgotten_when_there_are_too_many() -> None:
    shown = ShownPlans(FakeMachineClock())
    for number in range(KEPT_MAX + 1):
        shown.note(str(number), 1000)

    assert not shown.is_long_enough("0", 1000, 0)
    assert shown.is_long_enough("1", 1000, 0)
    assert shown.is_long_enough(str(KEPT_MAX), 1000, 0)
