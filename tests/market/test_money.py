from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import (
    CENT,
    ceil_to,
    decimal_text,
    floor_to,
    from_e4,
    is_multiple_of,
    round_cent,
    round_half_up,
    to_e4,
)

INT64_MAXIMUM = 2**63 - 1
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6)
TICKS = st.sampled_from([Decimal("0.01"), Decimal("0.001"), Decimal("0.005")])


@given(st.integers(min_value=-INT64_MAXIMUM, max_value=INT64_MAXIMUM))
def test_every_stored_amount_comes_back_the_same(units: int) -> None:
    assert to_e4(from_e4(units)) == units


@pytest.mark.parametrize("text", ["0.00001", "1.23456", "NaN", "Infinity", "-Infinity", "1E+999"])
def test_what_the_store_cannot_hold_exactly_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|64 bits"):
        to_e4(Decimal(text))


@pytest.mark.parametrize(
    ("text", "units"), [("12.34", 123_400), ("-0.0001", -1), ("0", 0), ("1E+3", 10_000_000)]
)
def test_amounts_are_stored_in_ten_thousandths(text: str, units: int) -> None:
    assert to_e4(Decimal(text)) == units


@given(AMOUNTS, TICKS)
def test_rounding_stays_on_the_grid_and_within_a_tick(value: Decimal, tick: Decimal) -> None:
    low, high = floor_to(value, tick), ceil_to(value, tick)
    nearest = round_half_up(value, tick)

    assert low <= value <= high
    assert high - low in {0, tick}
    assert nearest in {low, high}
    assert abs(nearest - value) <= tick / 2
    assert is_multiple_of(nearest, tick)


@pytest.mark.parametrize(
    ("text", "rounded"), [("0.125", "0.13"), ("0.135", "0.14"), ("-0.125", "-0.13"), ("9", "9")]
)
def test_halves_round_away_from_zero_never_to_even(text: str, rounded: str) -> None:
    assert round_cent(Decimal(text)) == Decimal(rounded)
    assert round_half_up(Decimal(text), CENT) == Decimal(rounded)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("12.34", "12.34"),
        ("12.3400", "12.34"),
        ("0", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("0E-10", "0"),
        ("1E+3", "1000"),
        ("1000", "1000"),
        ("-0.50", "-0.5"),
        ("1E-7", "0.0000001"),
    ],
)
def test_a_number_has_one_text(text: str, canonical: str) -> None:
    assert decimal_text(Decimal(text)) == canonical


@given(AMOUNTS, st.integers(min_value=0, max_value=6))
def test_equal_numbers_have_equal_texts(value: Decimal, zeros: int) -> None:
    padded = Decimal(f"{value:f}" + "0" * zeros)

    assert decimal_text(padded) == decimal_text(value)
    assert Decimal(decimal_text(value)) == value


@pytest.mark.parametrize("text", ["NaN", "Infinity"])
def test_what_is_no_number_has_no_text(text: str) -> None:
    with pytest.raises(ValueError, match="no decimal text"):
        decimal_text(Decimal(text))
