import pytest

from adapters.gateway.conformance.catalogue import CASES, GROUPS, UnknownCase, chosen


def test_every_number_is_used_once_and_they_count_on() -> None:
    assert [case.number for case in CASES] == [
        f"C{number:02d}" for number in range(1, len(CASES) + 1)
    ]


def test_there_are_at_least_sixty_cases_in_every_group_that_was_asked_for() -> None:
    assert len(CASES) >= 60
    assert len({case.title for case in CASES}) == len(CASES)
    assert len({case.run for case in CASES}) == len(CASES)
    assert {
        "health",
        "session",
        "signing",
        "submission",
        "idempotency",
        "cancels",
        "cursors",
        "errors",
        "limits",
        "day roll",
    } <= set(GROUPS)


def test_groups_and_numbers_choose() -> None:
    assert chosen((), ()) == CASES
    assert {case.group for case in chosen(("fills",), ())} == {"fills"}
    assert [case.number for case in chosen(("health",), ("C44",))] == ["C01", "C02", "C03", "C44"]


@pytest.mark.parametrize(("groups", "numbers"), [(("fils",), ()), ((), ("C1",))])
def test_a_misspelt_choice_is_named(groups: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    with pytest.raises(UnknownCase, match=r"fils|C1"):
        chosen(groups, numbers)
