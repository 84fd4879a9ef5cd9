import pytest

from tests.simulation.run import run_day
from tests.simulation.sweep import IN_DOUBT, REFERENCE, UNKNOWN, Case, cases, play, play_share


def test_the_reference_day_has_a_part_a_cancel_a_second_leg_and_a_doubt() -> None:
    outcome = run_day(REFERENCE)

    assert outcome.violations == ()
    assert outcome.struck == {UNKNOWN.kind: 1}
    assert outcome.orders > 4


def test_a_sweep_crashes_in_the_day_and_again_in_the_recovery() -> None:
    chosen = list(cases(every=400))
    in_recovery = [case for case in chosen if case.in_recovery]

    assert len(chosen) > len(in_recovery) > 0
    assert play(in_recovery[0]).crashes == 2


def test_a_crash_in_the_middle_of_the_reference_day_breaks_nothing() -> None:
    verdict = play(Case(1500, in_recovery=False))

    assert (verdict.violations, verdict.crashes) == ((), 1)
    assert IN_DOUBT.at == "net submit arrived"


@pytest.mark.parametrize("in_recovery", [False, True])
def test_a_copy_that_shares_the_past_lives_the_same_day_as_one_that_lives_it_itself(
    in_recovery: bool,
) -> None:
    """Both points lie in a recovery, where the copy dies in its main coroutine."""
    begins = next(case.point for case in cases(every=100) if case.in_recovery is in_recovery)
    chosen = tuple(Case(begins + further, in_recovery) for further in (30, 80))

    shared = play_share(chosen)

    assert [verdict.violations for verdict in shared] == [(), ()]
    assert shared == [play(case) for case in chosen]
