import pytest

from config.people_settings import ApprovalSettings


@pytest.mark.parametrize("seconds", [1, 2])
def test_a_plan_is_shown_for_at_least_three_seconds_or_not_asked_for(seconds: int) -> None:
    with pytest.raises(ValueError, match="at least 3 s"):
        ApprovalSettings(seconds_shown_min=seconds)
    assert ApprovalSettings(seconds_shown_min=0).seconds_shown_min == 0
    assert ApprovalSettings(seconds_shown_min=3).seconds_shown_min == 3


def test_a_machine_approves_no_stages() -> None:
    with pytest.raises(ValueError, match="without stages"):
        ApprovalSettings(auto=True, stages=True)


def test_everything_is_off_by_default() -> None:
    asked = ApprovalSettings()

    assert not (asked.auto)
    assert not (asked.stages)
    assert not (asked.two_persons_above)
    assert asked.author_may_approve
