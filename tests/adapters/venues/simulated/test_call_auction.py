import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.venues.simulated.bars import from_cents
from adapters.venues.simulated.call_auction import Call, CallOrder, CallResult, hold_call
from adapters.venues.simulated.levels import book_shape
from market.auction import AuctionInterest, match_call_auction
from market.side import Side


def call(volume: int = 100_000, room: int = 10_000, price: int = 1000) -> Call:
    return Call(price, volume, room, book_shape(volume, ""), 1100, 900)


def buy(limit: int, quantity: int, ahead: int = 0) -> CallOrder:
    return CallOrder(Side.BUY, limit, quantity, ahead)


def sell(limit: int, quantity: int, ahead: int = 0) -> CallOrder:
    return CallOrder(Side.SELL, limit, quantity, ahead)


def held(market: Call, *orders: CallOrder) -> CallResult:
    result = hold_call(market, orders)
    assert result is not None
    return result


def test_alone_the_market_clears_at_the_price_of_its_bar() -> None:
    assert held(call()) == CallResult(1000, ())


def test_orders_through_the_price_fill_at_it_and_others_do_not() -> None:
    result = held(call(), sell(990, 300), sell(1001, 300), buy(1005, 400), buy(999, 400))
    assert result == CallResult(1000, (300, 0, 400, 0))


def test_ours_together_take_no_more_than_their_room() -> None:
    result = held(call(room=1000), sell(990, 600), buy(1010, 600), buy(1005, 600))
    assert result.quantities == (600, 400, 0)


def test_at_the_price_the_market_that_came_before_is_served_first() -> None:
    orders = [buy(1000, 3000, ahead=ahead) for ahead in (0, 99_000, 100_000)]
    assert [held(call(), order).quantities for order in orders] == [(3000,), (1000,), (0,)]


def test_what_ours_trade_at_a_better_price_is_gone_for_those_at_the_price() -> None:
    assert held(call(), buy(1010, 1000), buy(1000, 3000, ahead=98_000)).quantities == (1000, 1000)


def test_those_at_the_price_who_cannot_be_reached_leave_the_room_to_others() -> None:
    result = held(call(room=1000), sell(1000, 1000, ahead=100_000), buy(1010, 1000))
    assert result.quantities == (0, 1000)


@pytest.mark.parametrize(("price", "sold", "bought"), [(1100, 100, 0), (900, 0, 100)])
def test_at_a_limit_only_those_who_give_way_trade(price: int, sold: int, bought: int) -> None:
    result = held(call(price=price), sell(900, 100), buy(1100, 100))
    assert result.quantities == (sold, bought)


def test_without_a_trade_there_is_no_match() -> None:
    assert hold_call(call(volume=0, room=0), [buy(1100, 100), sell(900, 100)]) is None


LIMITS = st.integers(min_value=900, max_value=1100)
ORDERS = st.lists(
    st.builds(
        CallOrder, st.sampled_from(Side), LIMITS, st.integers(1, 30_000), st.integers(0, 120_000)
    ),
    max_size=8,
).map(lambda orders: sorted(orders, key=lambda order: (order.side, -order.side.sign * order.limit)))


@given(
    st.integers(min_value=1, max_value=10**6),
    st.integers(min_value=0, max_value=10**6),
    LIMITS,
    ORDERS,
)
def test_the_price_is_that_of_the_largest_volume_and_stays_the_bars_own(
    volume: int, room: int, price: int, orders: list[CallOrder]
) -> None:
    result = held(call(volume, room, price), *orders)

    assert result.price == price
    assert sum(result.quantities) <= min(room, volume)
    for order, quantity in zip(orders, result.quantities, strict=True):
        assert 0 <= quantity <= order.quantity
        assert quantity % 100 == 0 or quantity == order.quantity
        if quantity:
            assert order.side.sign * (order.limit - price) >= 0
            assert price != (1100 if order.side is Side.BUY else 900)


@given(ORDERS, st.integers(0, 10_000))
def test_a_worse_price_trades_only_what_a_better_one_left(
    orders: list[CallOrder], room: int
) -> None:
    """A better one that is short of whole lots may be too small to have been cut further."""
    result = held(call(room=room), *orders)
    for side in Side:
        pairs = [
            (order, quantity)
            for order, quantity in zip(orders, result.quantities, strict=True)
            if order.side is side
        ]
        short = [order.limit for order, quantity in pairs if quantity < order.quantity]
        lots = [order.limit for order, quantity in pairs if quantity >= 100]
        if short and lots:
            first_short = max(short, key=lambda limit: side.sign * limit)
            assert all(side.sign * (first_short - limit) <= 0 for limit in lots)


def test_E32_the_venue_clears_by_the_rule_of_the_largest_volume() -> None:
    """The interests of the example have one price, and it is no average of anything."""
    buys = [AuctionInterest(from_cents(p), q) for p, q in ((1002, 300), (1001, 400), (1000, 500))]
    sells = [AuctionInterest(from_cents(p), q) for p, q in ((999, 200), (1000, 600), (1001, 300))]
    match = match_call_auction(buys, sells, from_cents(1001))
    assert match is not None
    assert (match.price, match.quantity) == (from_cents(1000), 800)
