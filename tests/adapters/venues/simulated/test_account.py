from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adapters.venues.simulated.account import Account, OpeningPosition
from adapters.venues.simulated.orders import VenueOrder
from market.fees import FeeSchedule, order_fees
from market.phases import market_time
from market.side import Side
from market.symbol import Symbol
from tests.adapters.venues.simulated.markets import BANK
from tests.market.given import rule_book

DAY = date(2025, 11, 10)
NEXT_DAY = date(2025, 11, 11)
NOW = market_time(DAY, "10:00:00")
SYMBOL = Symbol.parse(BANK)
RULES = rule_book().on(SYMBOL, DAY)


def account(cash: str = "20000", shares: int = 0) -> Account:
    books = Account(FeeSchedule())
    held = {SYMBOL: OpeningPosition(shares, Decimal("10.00"))} if shares else {}
    books.open(Decimal(cash), held, NOW)
    return books


def order(side: Side, price: str, quantity: int, number: int = 1) -> VenueOrder:
    return VenueOrder(
        client_order_id=f"ORDER{number:04d}",
        venue_order_id=str(number),
        symbol=SYMBOL,
        side=side,
        limit_price=Decimal(price),
        quantity=quantity,
        trade_date=DAY,
        created_at=NOW,
        updated_at=NOW,
        rules=RULES,
    )


def test_E36_shares_bought_today_count_but_cannot_be_sold() -> None:
    books = account(shares=800)
    buy = order(Side.BUY, "12.34", 300)
    books.reserve(buy, NOW)
    books.settle(buy, 300, Decimal("12.34"), NOW)
    held = books.name(SYMBOL)
    assert held is not None
    assert (held.quantity, books.sellable(SYMBOL, RULES)) == (1100, 800)
    sell = order(Side.SELL, "12.34", 500, number=2)
    books.reserve(sell, NOW)
    books.settle(sell, 500, Decimal("12.34"), NOW)
    assert (held.quantity, books.sellable(SYMBOL, RULES)) == (600, 300)


def test_E37_a_buy_freezes_its_limit_and_fees_and_gives_back_the_rest() -> None:
    books = account()
    buy = order(Side.BUY, "12.59", 1000)
    books.reserve(buy, NOW)
    assert books.frozen == Decimal("12595.13")
    assert books.available == Decimal(20000) - Decimal("12595.13")
    books.settle(buy, 1000, Decimal("12.34"), NOW)
    assert books.frozen == 0
    assert books.available == Decimal(20000) - Decimal("12345.12")


def test_E38_sale_proceeds_can_be_spent_today_and_withdrawn_tomorrow() -> None:
    books = account(shares=1000)
    sell = order(Side.SELL, "12.30", 1000)
    books.reserve(sell, NOW)
    books.settle(sell, 1000, Decimal("12.34"), NOW)
    assert books.available == Decimal("32328.71")
    assert books.withdrawable == Decimal(20000)
    books.roll(NEXT_DAY)
    assert books.withdrawable == Decimal("32328.71")


def test_E39_a_live_sell_freezes_its_shares_until_it_ends() -> None:
    books = account(shares=1000)
    sell = order(Side.SELL, "12.34", 400)
    books.reserve(sell, NOW)
    assert books.sellable(SYMBOL, RULES) == 600
    books.release(sell, NOW)
    assert books.sellable(SYMBOL, RULES) == 1000


def test_E47_the_minimum_commission_counts_once_for_an_order_in_parts() -> None:
    books = account(shares=1000)
    sell = order(Side.SELL, "12.30", 1000)
    books.reserve(sell, NOW)
    first = books.settle(sell, 300, Decimal("12.34"), NOW)
    second = books.settle(sell, 700, Decimal("12.35"), NOW)
    assert first.commission == Decimal(5)
    assert second.commission == Decimal(0)
    assert sell.charged.total == Decimal("11.29")
    assert sell.filled_amount / sell.filled_quantity == Decimal("12.347")


def test_bought_shares_can_be_sold_after_the_roll() -> None:
    books = account()
    buy = order(Side.BUY, "10.00", 100)
    books.reserve(buy, NOW)
    books.settle(buy, 100, Decimal("10.00"), NOW)
    assert books.sellable(SYMBOL, RULES) == 0
    books.roll(NEXT_DAY)
    assert books.sellable(SYMBOL, RULES) == 100


def test_the_average_cost_follows_buys_and_sells() -> None:
    books = account(shares=1000)
    buy = order(Side.BUY, "12.00", 1000)
    books.reserve(buy, NOW)
    books.settle(buy, 1000, Decimal("12.00"), NOW)
    held = books.name(SYMBOL)
    assert held is not None
    assert held.cost == Decimal("22005.12")
    sell = order(Side.SELL, "12.00", 1000, number=2)
    books.reserve(sell, NOW)
    books.settle(sell, 1000, Decimal("12.00"), NOW)
    assert held.cost == Decimal("11002.56")


@given(
    side=st.sampled_from(Side),
    parts=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 100)), min_size=1, max_size=12),
    shortfall=st.integers(0, 10),
)
def test_cash_is_exact_and_reserves_suffice_however_an_order_fills(
    side: Side, parts: list[tuple[int, int]], shortfall: int
) -> None:
    quantity = sum(lots for lots, _ in parts) * 100
    books = account(cash="500000", shares=quantity)
    limit = Decimal("10.00")
    work = order(side, str(limit), quantity + shortfall * 100 * (side is Side.BUY))
    books.reserve(work, NOW)
    least = books.available
    for lots, cents in parts:
        price = limit - side.sign * Decimal(cents).scaleb(-2)
        books.settle(work, lots * 100, price, NOW)
        assert books.available >= least
        assert books.cash == sum(entry.amount for entry in books.ledger.cash)
        assert books.sellable(SYMBOL, RULES) >= 0
    fees = order_fees(side, work.filled_amount, RULES, FeeSchedule())
    assert work.charged == fees
    assert books.cash == Decimal(500000) - side.sign * work.filled_amount - fees.total
    books.release(work, NOW)
    assert books.frozen == 0
