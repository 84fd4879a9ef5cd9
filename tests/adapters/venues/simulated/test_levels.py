import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.venues.simulated.levels import LEVEL_COUNT, book_shape, levels_against
from market.side import Side

VOLUMES = st.integers(min_value=0, max_value=10**10)
CENTS = st.integers(min_value=1, max_value=300_000)
KEYS = st.text(max_size=20)


@given(VOLUMES, KEYS)
def test_the_same_key_draws_the_same_book(volume: int, key: str) -> None:
    assert book_shape(volume, key) == book_shape(volume, key)


def test_another_key_draws_another_book() -> None:
    assert book_shape(6_000_000, "1|600000.SH|0") != book_shape(6_000_000, "2|600000.SH|0")


@given(VOLUMES, KEYS)
def test_every_level_shows_whole_lots_around_a_quarter_minute_of_volume(
    volume: int, key: str
) -> None:
    shape = book_shape(volume, key)
    for side in Side:
        sizes = shape.sizes_against(side)
        assert len(sizes) == LEVEL_COUNT
        assert all(size >= 100 and size % 100 == 0 for size in sizes)
        assert all(size <= max(volume // 60 * 3 + 3, 100) for size in sizes)


def test_depth_lies_between_half_and_one_and_a_half_and_grows_away_from_the_touch() -> None:
    shapes = [book_shape(6_000_000, str(draw)) for draw in range(200)]
    touches = [shape.ask_sizes[0] for shape in shapes]
    assert min(touches) >= 50_000
    assert max(touches) <= 150_000
    assert sum(shape.ask_sizes[-1] for shape in shapes) > 1.7 * sum(touches)


@pytest.mark.parametrize(("volume", "ticks"), [(6000, 1), (5999, 2), (1000, 2), (999, 3), (0, 3)])
def test_a_thin_name_has_a_wide_spread(volume: int, ticks: int) -> None:
    assert book_shape(volume, "").half_spread == ticks


@given(VOLUMES, CENTS, st.integers(1, 5000), st.integers(1, 5000))
def test_bids_and_asks_step_away_from_the_last_trade_inside_the_limits(
    volume: int, last: int, above: int, below: int
) -> None:
    up, down = last + above, max(last - below, 1)
    shape = book_shape(volume, "")
    asks = [level.price for level in levels_against(Side.BUY, last, shape, up, down)]
    bids = [level.price for level in levels_against(Side.SELL, last, shape, up, down)]
    assert all(last <= price <= up for price in asks)
    assert all(down <= price <= last for price in bids)
    assert asks == sorted(set(asks))
    assert bids == sorted(set(bids), reverse=True)


def test_at_a_limit_one_side_is_empty_and_the_other_stands_there() -> None:
    shape = book_shape(60_000, "")
    assert levels_against(Side.BUY, 1100, shape, 1100, 900) == ()
    assert levels_against(Side.SELL, 1100, shape, 1100, 900)[0].price == 1100
    assert levels_against(Side.SELL, 900, shape, 1100, 900) == ()
    assert levels_against(Side.BUY, 900, shape, 1100, 900)[0].price == 900


def test_without_limits_a_bid_stays_above_nothing() -> None:
    shape = book_shape(60_000, "")
    assert levels_against(Side.SELL, 1, shape, None, None) == ()
    assert [level.price for level in levels_against(Side.SELL, 3, shape, None, None)] == [2, 1]
    assert len(levels_against(Side.BUY, 10**6, shape, None, None)) == LEVEL_COUNT
