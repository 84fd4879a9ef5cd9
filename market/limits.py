from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from market.money import CENT, ceil_to, floor_to, is_multiple_of, round_half_up
from market.phases import Phase, is_continuous
from market.rules import LimitRounding, Rules
from market.side import Side

# a-share-rules.md section 3: 2 % without the ten ticks is inside every reading of the cage.
_STRICTEST_CAGE_RATIO = Decimal("0.02")

# a-share-rules.md section 3: a name whose published limits differ by more is held.
_DISAGREEMENT = Decimal("0.005")

# Vendors write 999999.999, 1000000, 100000 or 99999.99 above and 0 or 0.01 below.
_SENTINEL_UP = Decimal("99999.99")
_SENTINEL_DOWN = CENT


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """The highest and lowest price of the day in CNY, both themselves allowed."""

    up: Decimal
    down: Decimal

    def contains(self, price: Decimal) -> bool:
        """Whether an order at that price is inside the band."""
        return self.down <= price <= self.up


class LimitKnowledge(StrEnum):
    """What a vendor's pair of limit prices says."""

    KNOWN = "KNOWN"
    UNLIMITED = "UNLIMITED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class PublishedLimits:
    """A vendor's limits read; `limits` is set exactly when they are KNOWN."""

    knowledge: LimitKnowledge
    limits: DailyLimits | None = None


class PriceFault(StrEnum):
    """Why an exchange would refuse the price of a limit order."""

    OFF_TICK = "OFF_TICK"
    ABOVE_LIMIT_UP = "ABOVE_LIMIT_UP"
    BELOW_LIMIT_DOWN = "BELOW_LIMIT_DOWN"
    OUTSIDE_CAGE = "OUTSIDE_CAGE"


def daily_limits(rules: Rules, prev_close: Decimal) -> DailyLimits | None:
    """Return the band around the published previous close, or None on a day without limits.

    Shanghai and Shenzhen round half up and keep one tick distance, Beijing cuts towards the
    previous close (examples E16 to E24). Raises ValueError unless `prev_close` is positive.
    """
    _require_positive(prev_close)
    if rules.limit_ratio is None:
        return None
    raw_up = prev_close * (1 + rules.limit_ratio)
    raw_down = prev_close * (1 - rules.limit_ratio)
    match rules.limit_rounding:
        case LimitRounding.HALF_UP:
            return DailyLimits(
                up=max(round_half_up(raw_up, rules.tick), prev_close + rules.tick),
                down=min(round_half_up(raw_down, rules.tick), prev_close - rules.tick),
            )
        case LimitRounding.INWARD:
            return DailyLimits(floor_to(raw_up, rules.tick), ceil_to(raw_down, rules.tick))
        case _:
            assert_never(rules.limit_rounding)


def read_published_limits(up: Decimal | None, down: Decimal | None) -> PublishedLimits:
    """Tell a vendor's limit prices from its marks for "no limit" and from nothing at all."""
    if up is None or down is None or up < down:
        return PublishedLimits(LimitKnowledge.UNKNOWN)
    if up >= _SENTINEL_UP and down <= _SENTINEL_DOWN:
        return PublishedLimits(LimitKnowledge.UNLIMITED)
    if down <= 0:
        return PublishedLimits(LimitKnowledge.UNKNOWN)
    return PublishedLimits(LimitKnowledge.KNOWN, DailyLimits(up, down))


def limits_disagree(up: Decimal | None, down: Decimal | None, computed: DailyLimits) -> bool:
    """Whether a published limit, CNY, differs from the computed one by more than 0.005 CNY.

    None, a limit that was not published, differs from nothing.
    """
    pairs = ((up, computed.up), (down, computed.down))
    return any(
        published is not None and abs(published - ours) > _DISAGREEMENT for published, ours in pairs
    )


def cage_base(
    side: Side,
    bid1: Decimal | None,
    ask1: Decimal | None,
    last: Decimal | None,
    prev_close: Decimal,
) -> Decimal:
    """Return the price the cage is measured from: opposite quote, own quote, last, prev_close.

    None stands for an empty book side or no trade yet.
    """
    match side:
        case Side.BUY:
            candidates = (ask1, bid1, last)
        case Side.SELL:
            candidates = (bid1, ask1, last)
        case _:
            assert_never(side)
    return next((price for price in candidates if price is not None), prev_close)


def cage_applies(rules: Rules, phase: Phase) -> bool:
    """Whether a limit order of this phase meets the cage; call auctions have none (E30)."""
    return rules.cage.ratio is not None and is_continuous(phase)


def cage_bounds(
    rules: Rules,
    side: Side,
    bid1: Decimal | None,
    ask1: Decimal | None,
    last: Decimal | None,
    prev_close: Decimal,
) -> Decimal:
    """Return the highest buy or lowest sell price of continuous trading, as the exchange reads it.

    A less aggressive price is always fine (examples E25 to E29). Raises ValueError for a security
    without a cage; ask `cage_applies` first.
    """
    if rules.cage.ratio is None:
        raise ValueError(f"{rules.board} has no price cage")
    base = cage_base(side, bid1, ask1, last, prev_close)
    _require_positive(base)
    distance_ticks = max(rules.cage.ticks, 1) * rules.tick
    by_ratio = round_half_up(base * (1 + side.sign * rules.cage.ratio), rules.tick)
    by_ticks = base + side.sign * distance_ticks
    return max(by_ratio, by_ticks) if side is Side.BUY else min(by_ratio, by_ticks)


def strictest_cage_bound(side: Side, base: Decimal, tick: Decimal = CENT) -> Decimal:
    """Return the bound our own orders keep: 2 % of the base, cut inward, no ten ticks (E25).

    It is valid under every published reading of the cage and on every board.
    """
    _require_positive(base)
    match side:
        case Side.BUY:
            return floor_to(base * (1 + _STRICTEST_CAGE_RATIO), tick)
        case Side.SELL:
            return ceil_to(base * (1 - _STRICTEST_CAGE_RATIO), tick)
        case _:
            assert_never(side)


def price_fault(
    rules: Rules,
    side: Side,
    price: Decimal,
    limits: DailyLimits | None,
    cage_bound: Decimal | None,
) -> PriceFault | None:
    """Return why the exchange refuses the price, or None: cage, daily limits and tick together.

    `limits` None: no daily limit today. `cage_bound` None: no cage in this phase.
    """
    if not is_multiple_of(price, rules.tick):
        return PriceFault.OFF_TICK
    if limits is not None and price > limits.up:
        return PriceFault.ABOVE_LIMIT_UP
    if limits is not None and price < limits.down:
        return PriceFault.BELOW_LIMIT_DOWN
    if cage_bound is not None and side.sign * (price - cage_bound) > 0:
        return PriceFault.OUTSIDE_CAGE
    return None


def is_valid_after_hours_price(side: Side, limit_price: Decimal, close: Decimal) -> bool:
    """Whether a fixed-price order can trade at the close at all (example E33)."""
    return side.sign * (limit_price - close) >= 0


def _require_positive(price: Decimal) -> None:
    if not price.is_finite() or price <= 0:
        raise ValueError(f"{price} is not a price")
