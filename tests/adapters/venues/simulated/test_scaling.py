import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.venues.simulated.bars import Bar
from adapters.venues.simulated.scaling import Band, Scaling

DOUBLED = Scaling(1000, 2000, Band(900, 1100), Band(1800, 2200))


@pytest.mark.parametrize(
    ("price", "expected"),
    [(1000, 2000), (1001, 2002), (1100, 2200), (900, 1800), (1200, 2200), (1, 1800)],
)
def test_prices_keep_their_ratio_to_the_reference_and_stay_in_the_band(
    price: int, expected: int
) -> None:
    assert DOUBLED.price(price) == expected


def test_what_was_locked_at_a_limit_stays_locked_whatever_rounding_makes_of_it() -> None:
    odd = Scaling(1001, 2000, Band(901, 1101), Band(1800, 2200))

    assert odd._in_proportion(901) == 1800
    assert odd._in_proportion(1101) == 2200
    nearly = Scaling(337, 2000, Band(303, 371), Band(1800, 2200))
    assert nearly._in_proportion(371) != 2200
    assert nearly.price(371) == 2200
    assert nearly.price(303) == 1800


def test_a_session_without_limits_is_played_without_them() -> None:
    assert Scaling(1000, 2000, None, None).price(3000) == 6000
    assert Scaling(1000, 2000, None, Band(1800, 2200)).price(3000) == 2200
    assert Scaling(1000, 1, None, None).price(1) == 1


def test_a_bar_is_scaled_but_its_volume_is_what_was_traded() -> None:
    bar = Bar(1000, 1050, 950, 1010, 500, 505_000)

    assert DOUBLED.bar(bar) == Bar(2000, 2100, 1900, 2020, 500, 1_010_000)


@given(
    prev_close=st.integers(100, 50_000),
    reference=st.integers(100, 50_000),
    prices=st.tuples(st.integers(1, 100_000), st.integers(1, 100_000)),
)
def test_the_order_of_prices_never_turns_round(
    prev_close: int, reference: int, prices: tuple[int, int]
) -> None:
    before = Band(prev_close * 9 // 10, prev_close * 11 // 10)
    after = Band(reference * 9 // 10, reference * 11 // 10)
    scaling = Scaling(prev_close, reference, before, after)
    low, high = sorted(prices)

    assert after.down <= scaling.price(low) <= scaling.price(high) <= after.up
