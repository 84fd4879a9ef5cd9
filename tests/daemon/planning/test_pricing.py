from decimal import Decimal

import pytest

from adapters.broker import Instrument, InstrumentStatus, Quote
from config.settings import PriceSettings
from daemon.planning.pricing import (
    book_obstacle,
    gap_bp,
    is_locked,
    limit_price,
    rebased_limit_worst,
    standing_obstacle,
)
from market.phases import market_time
from market.side import Side
from statemachine.reasons import Reason
from tests.daemon.planning.builders import SESSION, instrument, quote, rule_book, symbol

CODE = "600000.SH"
PRICES = PriceSettings()
NOW = market_time(SESSION, "10:00:00")
FAR = {Side.BUY: "1000", Side.SELL: "0.01"}


def price(side: Side, book: Quote, facts: Instrument, worst: str | None = None) -> Decimal | Reason:
    return limit_price(
        side,
        book,
        facts,
        rule_book().on(symbol(CODE), SESSION),
        PRICES,
        limit_worst=Decimal(worst or FAR[side]),
    )


def test_E68_half_a_percent_above_the_ask_floored_to_the_tick() -> None:
    facts = instrument(CODE, "12.34", limit_up="13.57", limit_down="11.11")

    assert price(Side.BUY, quote(CODE, "12.34", "12.33", "12.34"), facts) == Decimal("12.40")
    assert price(Side.BUY, quote(CODE, "12.34"), facts) == Decimal("12.40")


def test_E69_near_the_limit_the_limit_itself_is_the_price() -> None:
    facts = instrument(CODE, "10.05", limit_up="11.06", limit_down="9.05")

    assert price(Side.BUY, quote(CODE, "11.02", "11.02", "11.03"), facts) == Decimal("11.06")


def test_a_sell_is_priced_below_the_bid_and_rounded_up_to_the_tick() -> None:
    facts = instrument(CODE, "12.34", limit_up="13.57", limit_down="11.11")

    assert price(Side.SELL, quote(CODE, "12.35", "12.34", "12.36"), facts) == Decimal("12.28")


@pytest.mark.parametrize(
    ("side", "worst", "expected"), [(Side.BUY, "12.355", "12.35"), (Side.SELL, "12.315", "12.32")]
)
def test_the_envelope_caps_the_price_inside_itself(side: Side, worst: str, expected: str) -> None:
    facts = instrument(CODE, "12.34", limit_up="13.57", limit_down="11.11")

    assert price(side, quote(CODE, "12.34", "12.34", "12.34"), facts, worst) == Decimal(expected)


def test_a_wide_offset_ends_at_the_strictest_cage() -> None:
    facts = instrument(CODE, "12.34", limit_up="13.57", limit_down="11.11")
    wide = PriceSettings(limit_offset_bp=300)
    rules = rule_book().on(symbol(CODE), SESSION)

    bought = limit_price(
        Side.BUY,
        quote(CODE, "12.34", "12.33", "12.34"),
        facts,
        rules,
        wide,
        limit_worst=Decimal(20),
    )
    sold = limit_price(
        Side.SELL,
        quote(CODE, "12.34", "12.34", "12.35"),
        facts,
        rules,
        wide,
        limit_worst=Decimal(1),
    )

    assert (bought, sold) == (Decimal("12.58"), Decimal("12.10"))


def test_an_envelope_outside_the_day_gives_no_price() -> None:
    facts = instrument(CODE, "12.34", limit_up="13.57", limit_down="11.11")

    assert price(Side.BUY, quote(CODE, "11.20"), facts, "11.10") is Reason.OUTSIDE_ENVELOPE
    assert price(Side.SELL, quote(CODE, "13.50"), facts, "13.58") is Reason.OUTSIDE_ENVELOPE


def test_without_a_quote_or_a_trade_there_is_no_price() -> None:
    assert price(Side.BUY, quote(CODE, None, bid1="10"), instrument(CODE)) is Reason.NO_PRICE


def test_the_worst_price_is_350_basis_points_away_cut_inward() -> None:
    assert rebased_limit_worst(Side.BUY, Decimal("10.01"), PRICES) == Decimal("10.36")
    assert rebased_limit_worst(Side.SELL, Decimal("10.01"), PRICES) == Decimal("9.66")


def test_a_gap_is_adverse_when_a_buy_rises_or_a_sell_falls() -> None:
    reference = Decimal(10)

    assert gap_bp(Side.BUY, Decimal("10.30"), reference) == 300
    assert gap_bp(Side.SELL, Decimal("10.30"), reference) == -300
    assert gap_bp(Side.SELL, Decimal("9.70"), reference) == 300


def test_a_name_at_its_limit_with_nobody_opposite_is_locked() -> None:
    facts = instrument(CODE, "10", limit_up="11", limit_down="9")

    assert is_locked(Side.BUY, facts, quote(CODE, "11", bid1="11"))
    assert not is_locked(Side.BUY, facts, quote(CODE, "11", "10.99", "11"))
    assert not is_locked(Side.SELL, facts, quote(CODE, "11", bid1="11"))
    assert is_locked(Side.SELL, facts, quote(CODE, "9", ask1="9"))
    assert not is_locked(Side.BUY, instrument(CODE, "10"), quote(CODE, "11", bid1="11"))


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        (quote(CODE, "10", "9.99", "10", at=market_time(SESSION, "09:59:50")), None),
        (quote(CODE, "10", "9.99", "10", at=market_time(SESSION, "09:59:49")), Reason.NO_PRICE),
        (quote(CODE, "10", at=None), Reason.NO_PRICE),
        (quote(CODE, "10", "10", "10", at=NOW), Reason.NO_PRICE),
        (quote(CODE, "11", "11", at=NOW), Reason.LIMIT_LOCKED),
        (None, Reason.NO_PRICE),
    ],
)
def test_only_a_young_uncrossed_unlocked_book_can_be_priced(
    book: Quote | None, expected: Reason | None
) -> None:
    facts = instrument(CODE, "10", limit_up="11", limit_down="9")

    assert book_obstacle(Side.BUY, facts, book, NOW, PRICES) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (InstrumentStatus.TRADING, None),
        (InstrumentStatus.SUSPENDED, Reason.SUSPENDED),
        (InstrumentStatus.HALTED, Reason.SUSPENDED),
        (InstrumentStatus.NOT_FOUND, Reason.NOT_LISTED),
    ],
)
def test_what_the_venue_says_of_the_day_stands_in_the_way(
    status: InstrumentStatus, expected: Reason | None
) -> None:
    assert standing_obstacle(instrument(CODE, status=status)) is expected


def test_no_order_is_priced_at_nothing() -> None:
    facts = instrument(CODE, "10")

    assert price(Side.BUY, quote(CODE, "10", "9.99", "10"), facts, "0") is Reason.OUTSIDE_ENVELOPE
