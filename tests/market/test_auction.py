from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from market.auction import AuctionInterest, AuctionMatch, match_call_auction

REFERENCE = Decimal("10.00")
INTERESTS = st.lists(
    st.builds(
        AuctionInterest,
        st.decimals(min_value="9.90", max_value="10.10", places=2),
        st.integers(min_value=1, max_value=1_000),
    ),
    max_size=8,
)


def interest(price: str, quantity: int) -> AuctionInterest:
    return AuctionInterest(Decimal(price), quantity)


def test_books_that_do_not_cross_do_not_trade() -> None:
    assert match_call_auction([interest("9.99", 100)], [interest("10.01", 100)], REFERENCE) is None
    assert match_call_auction([], [], REFERENCE) is None


def test_of_equal_volumes_the_smaller_surplus_wins() -> None:
    buys = [interest("10.02", 100), interest("10.00", 50)]
    sells = [interest("9.99", 100)]

    match = match_call_auction(buys, sells, REFERENCE)

    assert match == AuctionMatch(Decimal("10.02"), 100)


def test_of_equal_surpluses_the_price_nearest_the_reference_wins() -> None:
    match = match_call_auction([interest("10.05", 100)], [interest("9.99", 100)], REFERENCE)

    assert match == AuctionMatch(Decimal("9.99"), 100)


@given(INTERESTS, INTERESTS)
def test_no_other_price_trades_more(
    buys: list[AuctionInterest], sells: list[AuctionInterest]
) -> None:
    match = match_call_auction(buys, sells, REFERENCE)
    volumes = [
        min(
            sum(buy.quantity for buy in buys if buy.price >= price),
            sum(sell.quantity for sell in sells if sell.price <= price),
        )
        for price in {one.price for one in (*buys, *sells)}
    ]

    assert (match.quantity if match else 0) == max(volumes, default=0)
