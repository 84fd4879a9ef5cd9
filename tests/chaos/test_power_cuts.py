"""A sample of the power cuts; `make powercuts` plays thousands."""

from tests.chaos.power_cuts import cut_power


def test_nothing_committed_is_lost_by_a_power_cut() -> None:
    score = cut_power(50, "FULL")

    assert (score.cuts, score.lost, score.corrupt) == (50, 0, 0)
    assert score.committed > 50


def test_the_control_without_full_syncs_loses_commits() -> None:
    assert cut_power(20, "NORMAL").lost > 0
