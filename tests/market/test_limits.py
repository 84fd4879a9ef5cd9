from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.limits import (
    DailyLimits,
    LimitKnowledge,
    PriceFault,
    cage_applies,
    cage_base,
    cage_bounds,
    daily_limits,
    limits_disagree,
    price_fault,
    read_published_limits,
    strictest_cage_bound,
)
from market.money import CENT, ceil_to, floor_to, is_multiple_of, round_half_up
from market.phases import Phase
from market.rules import SecurityStatus
from market.side import Side
from tests.market.given import BSE, CHINEXT, FUND, MAIN, STAR, rules_of

STOCKS = st.sampled_from([MAIN, CHINEXT, STAR, BSE])
PRICES = st.decimals(min_value="0.10", max_value=3_000, places=2)


@given(STOCKS, PRICES)
def test_limits_enclose_the_previous_close_on_the_tick(code: str, prev_close: Decimal) -> None:
    rules = rules_of(code)
    limits = daily_limits(rules, prev_close)

    assert limits is not None
    assert limits.down < prev_close < limits.up
    assert is_multiple_of(limits.up, rules.tick)
    assert is_multiple_of(limits.down, rules.tick)
    assert limits.contains(limits.up)
    assert not limits.contains(limits.up + rules.tick)
    assert not limits.contains(limits.down - rules.tick)


@given(PRICES)
def test_beijing_limits_never_leave_the_exact_band(prev_close: Decimal) -> None:
    limits = daily_limits(rules_of(BSE), prev_close)

    assert limits is not None
    assert limits.up <= prev_close * Decimal("1.3")
    assert limits.down >= prev_close * Decimal("0.7")


@given(STOCKS, st.sampled_from(Side), PRICES)
def test_the_generators_bound_is_inside_every_exchange_cage(
    code: str, side: Side, base: Decimal
) -> None:
    exchange = cage_bounds(rules_of(code), side, base, base, base, base)
    ours = strictest_cage_bound(side, base)

    assert side.sign * (exchange - ours) >= 0
    assert side.sign * (ours - base) >= 0


READINGS = [
    (Decimal(ratio), ticks, rounding)
    for ratio in ("0.02", "0.05")
    for ticks in (0, 10)
    for rounding in (round_half_up, floor_to, ceil_to)
]


@given(st.sampled_from(Side), st.decimals(min_value="0.50", max_value=3_000, places=2))
def test_the_generators_bound_is_valid_under_every_reading_of_the_cage(
    side: Side, base: Decimal
) -> None:
    ours = strictest_cage_bound(side, base)

    for ratio, ticks, rounding in READINGS:
        by_ratio = rounding(base * (1 + side.sign * ratio), CENT)
        by_ticks = base + side.sign * ticks * CENT
        bound = max(by_ratio, by_ticks) if side is Side.BUY else min(by_ratio, by_ticks)
        assert side.sign * (bound - ours) >= 0, (ratio, ticks, rounding)


@given(STOCKS, st.sampled_from(Side), PRICES, st.data())
def test_a_price_inside_cage_and_band_is_valid_and_the_next_tick_is_not(
    code: str, side: Side, prev_close: Decimal, data: st.DataObject
) -> None:
    rules = rules_of(code)
    limits = daily_limits(rules, prev_close)
    assert limits is not None
    ticks = int((limits.up - limits.down) / rules.tick)
    base = limits.down + rules.tick * data.draw(st.integers(0, ticks))
    cage = cage_bounds(rules, side, base, base, base, prev_close)
    ceiling = min(cage, limits.up) if side is Side.BUY else max(cage, limits.down)
    beyond = ceiling + side.sign * rules.tick

    assert limits.contains(ceiling)
    assert price_fault(rules, side, ceiling, limits, cage) is None
    assert price_fault(rules, side, base, limits, cage) is None
    assert price_fault(rules, side, beyond, limits, cage) is not None


@given(STOCKS, PRICES)
def test_a_higher_previous_close_never_lowers_a_limit(code: str, prev_close: Decimal) -> None:
    rules = rules_of(code)
    lower = daily_limits(rules, prev_close)
    higher = daily_limits(rules, prev_close + rules.tick)

    assert lower is not None
    assert higher is not None
    assert lower.up <= higher.up
    assert lower.down <= higher.down


def test_a_day_without_limits_says_so() -> None:
    rules = rules_of(MAIN, status=SecurityStatus.UNLIMITED)

    assert daily_limits(rules, Decimal("10.00")) is None
    assert price_fault(rules, Side.BUY, Decimal("99.99"), None, None) is None


def test_the_delisting_period_keeps_the_band_of_its_board() -> None:
    for code, up in ((MAIN, "1.10"), (CHINEXT, "1.20"), (STAR, "1.20"), (BSE, "1.30")):
        limits = daily_limits(rules_of(code, status=SecurityStatus.DELISTING), Decimal("1.00"))
        assert limits is not None
        assert limits.up == Decimal(up)


@pytest.mark.parametrize("text", ["0", "-1", "NaN"])
def test_limits_of_no_price_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a price"):
        daily_limits(rules_of(MAIN), Decimal(text))


@pytest.mark.parametrize(
    ("side", "bid1", "ask1", "last", "base"),
    [
        (Side.BUY, "9.99", "10.01", "10.00", "10.01"),
        (Side.BUY, "9.99", None, "10.00", "9.99"),
        (Side.BUY, None, None, "10.00", "10.00"),
        (Side.BUY, None, None, None, "9.00"),
        (Side.SELL, "9.99", "10.01", "10.00", "9.99"),
        (Side.SELL, None, "10.01", "10.00", "10.01"),
        (Side.SELL, None, None, "10.00", "10.00"),
        (Side.SELL, None, None, None, "9.00"),
    ],
)
def test_the_cage_is_measured_from_the_opposite_quote_first(
    side: Side, bid1: str | None, ask1: str | None, last: str | None, base: str
) -> None:
    quotes = [None if text is None else Decimal(text) for text in (bid1, ask1, last)]

    assert cage_base(side, quotes[0], quotes[1], quotes[2], Decimal("9.00")) == Decimal(base)


def test_a_fund_has_no_cage() -> None:
    assert not cage_applies(rules_of(FUND), Phase.MORNING)
    with pytest.raises(ValueError, match="no price cage"):
        cage_bounds(rules_of(FUND), Side.BUY, None, None, None, Decimal("1.000"))


@pytest.mark.parametrize("phase", list(Phase))
def test_the_cage_holds_in_continuous_trading_only(phase: Phase) -> None:
    assert cage_applies(rules_of(MAIN), phase) is (phase in {Phase.MORNING, Phase.AFTERNOON})


@pytest.mark.parametrize(
    ("price", "side", "fault"),
    [
        ("10.005", Side.BUY, PriceFault.OFF_TICK),
        ("11.01", Side.BUY, PriceFault.ABOVE_LIMIT_UP),
        ("8.99", Side.SELL, PriceFault.BELOW_LIMIT_DOWN),
        ("10.21", Side.BUY, PriceFault.OUTSIDE_CAGE),
        ("10.21", Side.SELL, None),
        ("9.50", Side.BUY, None),
    ],
)
def test_a_price_is_refused_for_one_named_reason(
    price: str, side: Side, fault: PriceFault | None
) -> None:
    limits = daily_limits(rules_of(MAIN), Decimal("10.00"))
    bound = strictest_cage_bound(side, Decimal("10.00"))

    assert price_fault(rules_of(MAIN), side, Decimal(price), limits, bound) is fault


@pytest.mark.parametrize(
    ("up", "down", "knowledge"),
    [
        ("11.00", "9.00", LimitKnowledge.KNOWN),
        ("999999.999", "0.01", LimitKnowledge.UNLIMITED),
        ("1000000", "0.01", LimitKnowledge.UNLIMITED),
        ("100000", "0", LimitKnowledge.UNLIMITED),
        ("99999.99", "0", LimitKnowledge.UNLIMITED),
        ("0", "0", LimitKnowledge.UNKNOWN),
        ("9.00", "11.00", LimitKnowledge.UNKNOWN),
        (None, "9.00", LimitKnowledge.UNKNOWN),
        ("11.00", None, LimitKnowledge.UNKNOWN),
    ],
)
def test_a_vendors_mark_for_no_limit_is_neither_a_price_nor_unknown(
    up: str | None, down: str | None, knowledge: LimitKnowledge
) -> None:
    published = read_published_limits(
        None if up is None else Decimal(up), None if down is None else Decimal(down)
    )

    assert published.knowledge is knowledge
    assert (published.limits is not None) is (knowledge is LimitKnowledge.KNOWN)


@pytest.mark.parametrize(
    ("up", "down", "disagree"),
    [
        ("11.06", "9.05", False),
        ("11.065", "9.045", False),
        ("11.0651", "9.05", True),
        ("11.06", "9.04", True),
        (None, "9.05", False),
        ("11.06", None, False),
        (None, "9.04", True),
        (None, None, False),
    ],
)
def test_limits_that_differ_by_more_than_half_a_cent_disagree(
    up: str | None, down: str | None, disagree: bool
) -> None:
    computed = DailyLimits(Decimal("11.06"), Decimal("9.05"))
    published = [None if text is None else Decimal(text) for text in (up, down)]

    assert limits_disagree(published[0], published[1], computed) is disagree


@pytest.mark.parametrize(("side", "bound"), [(Side.BUY, "0.21"), (Side.SELL, "0.19")])
def test_the_cage_leaves_at_least_one_tick(side: Side, bound: str) -> None:
    base = Decimal("0.20")

    assert cage_bounds(rules_of(STAR), side, base, base, base, base) == Decimal(bound)
