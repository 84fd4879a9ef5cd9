from datetime import date
from decimal import Decimal

import pytest

from market.auction import AuctionInterest, AuctionMatch, match_call_auction
from market.limits import is_valid_after_hours_price
from market.phases import (
    Phase,
    PhasePolicy,
    accepts_cancels,
    accepts_orders,
    is_continuous,
    market_time,
    next_phase_change,
    phase_at,
)
from market.side import Side
from tests.market.given import calendar

SESSION = date(2026, 9, 1)


def phase_of(clock: str) -> Phase:
    return phase_at(market_time(SESSION, clock), calendar())


@pytest.mark.parametrize(
    ("clock", "accepted"), [("09:18:00", True), ("09:23:00", False), ("14:58:00", False)]
)
def test_E31_no_cancel_after_0920_nor_in_the_closing_call(clock: str, accepted: bool) -> None:
    assert accepts_cancels(phase_of(clock)) is accepted


def test_E32_a_call_auction_trades_the_largest_volume() -> None:
    buys = [
        AuctionInterest(Decimal(price), quantity)
        for price, quantity in (("10.02", 300), ("10.01", 400), ("10.00", 500))
    ]
    sells = [
        AuctionInterest(Decimal(price), quantity)
        for price, quantity in (("9.99", 200), ("10.00", 600), ("10.01", 300))
    ]

    match = match_call_auction(buys, sells, reference=Decimal("10.05"))

    assert match == AuctionMatch(Decimal("10.00"), 800)


def test_E33_after_hours_buys_at_the_close_or_not_at_all() -> None:
    close = Decimal("8.00")

    assert is_valid_after_hours_price(Side.BUY, Decimal("8.10"), close)
    assert not is_valid_after_hours_price(Side.BUY, Decimal("7.99"), close)
    assert not is_valid_after_hours_price(Side.SELL, Decimal("8.01"), close)


def test_E34_a_cancel_that_arrives_at_1457_is_too_late() -> None:
    assert accepts_cancels(phase_of("14:56:59.900000"))
    assert not accepts_cancels(phase_of("14:57:00.100000"))


def test_E35_an_order_at_lunch_does_not_match_before_1300() -> None:
    noon = market_time(SESSION, "11:45:00")

    assert accepts_orders(phase_at(noon, calendar()), PhasePolicy(lunch_orders=True))
    assert not is_continuous(phase_at(noon, calendar()))
    assert next_phase_change(noon, calendar()) == market_time(SESSION, "13:00:00")
    assert is_continuous(phase_of("13:00:00"))
