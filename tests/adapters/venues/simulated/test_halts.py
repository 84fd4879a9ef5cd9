import pytest

from adapters.venues.simulated.halts import Halts
from market.symbol import Symbol
from tests.adapters.venues.simulated.markets import BANK, STEEL, on_monday

NAME = Symbol.parse(BANK)


def halted(start: str, end: str) -> Halts:
    halts = Halts()
    halts.add(NAME, on_monday(start), on_monday(end))
    return halts


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("09:59:59", False), ("10:00:00", True), ("10:09:59", True), ("10:10:00", False)],
)
def test_a_halt_holds_from_its_start_to_before_its_end(clock: str, *, expected: bool) -> None:
    assert halted("10:00:00", "10:10:00").is_halted(NAME, on_monday(clock)) is expected


def test_a_halt_is_of_one_name() -> None:
    halts = halted("10:00:00", "10:10:00")
    assert not halts.is_halted(Symbol.parse(STEEL), on_monday("10:05:00"))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("09:59:30", "09:59:45", False),
        ("09:59:45", "10:00:00", True),
        ("10:09:45", "10:10:00", True),
        ("10:10:00", "10:10:15", False),
    ],
)
def test_a_step_is_touched_by_any_part_of_a_halt(start: str, end: str, *, expected: bool) -> None:
    halts = halted("10:00:00", "10:10:00")
    assert halts.touches(NAME, on_monday(start), on_monday(end)) is expected


def test_only_a_halt_makes_halts() -> None:
    assert not Halts()
    assert halted("10:00:00", "10:10:00")


def test_a_halt_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        halted("10:00:00", "10:00:00")
