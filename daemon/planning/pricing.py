"""What an order may cost: envelope, gap and limit price (trading-day.md rule 15)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from adapters.broker import Instrument, InstrumentStatus, Quote
from config.settings import PriceSettings
from market.limits import cage_base, strictest_cage_bound
from market.money import CENT, ceil_to, floor_to
from market.rules import Rules
from market.side import Side
from statemachine.reasons import Reason

BASIS_POINTS = Decimal(10_000)


def rebased_limit_worst(
    side: Side, base: Decimal, prices: PriceSettings, tick: Decimal = CENT
) -> Decimal:
    """Return the worst price an order may have while its line is based on `base`, CNY.

    `limit_worst_bp` beyond the base, rounded to the tick towards it; cage and daily limits cap
    the order again when it is priced.
    """
    return _inward(side, base * _factor(side, prices.limit_worst_bp), tick)


def gap_bp(side: Side, live: Decimal, reference: Decimal) -> Decimal:
    """Return how far the live price lies from the reference, basis points, positive = adverse.

    A buy is hurt by a rise, a sell by a fall.
    """
    return side.sign * (live - reference) / reference * BASIS_POINTS


def ex_rights_factor(reference: Decimal, prev_close: Decimal) -> Decimal:
    """Return published prev_close / the close a plan was based on; 1 on an ordinary day."""
    return prev_close / reference


def live_price(side: Side, quote: Quote) -> Decimal | None:
    """Return the opposite quote, else the last trade, CNY; None where there is neither."""
    opposite = quote.ask1 if side is Side.BUY else quote.bid1
    return quote.last if opposite is None else opposite


def is_fresh(quote: Quote, now: datetime, prices: PriceSettings) -> bool:
    """Whether the quote is young enough to trade on (rule 4)."""
    if quote.quote_time is None:
        return False
    return now - quote.quote_time <= timedelta(seconds=prices.quote_age_max_s)


def is_locked(side: Side, instrument: Instrument, quote: Quote) -> bool:
    """Whether the name sits at its limit with nobody on the other side (rule 16)."""
    match side:
        case Side.BUY:
            own, opposite, limit = quote.bid1, quote.ask1, instrument.limit_up
        case Side.SELL:
            own, opposite, limit = quote.ask1, quote.bid1, instrument.limit_down
        case _:
            assert_never(side)
    return opposite is None and limit is not None and limit in {own, quote.last}


def standing_obstacle(instrument: Instrument | None) -> Reason | None:
    """Return why the name does not trade today whatever the book says, or None."""
    if instrument is None or instrument.status is InstrumentStatus.NOT_FOUND:
        return Reason.NOT_LISTED
    if instrument.status in {InstrumentStatus.SUSPENDED, InstrumentStatus.HALTED}:
        return Reason.SUSPENDED
    return None


def book_obstacle(
    side: Side, instrument: Instrument, quote: Quote | None, now: datetime, prices: PriceSettings
) -> Reason | None:
    """Return why no order can be priced at this moment, or None.

    No young quote, a crossed or empty book, or locked (a-share-rules.md section 11).
    """
    if quote is None or not is_fresh(quote, now, prices) or _is_crossed(quote):
        return Reason.NO_PRICE
    if is_locked(side, instrument, quote):
        return Reason.LIMIT_LOCKED
    return Reason.NO_PRICE if quote.bid1 is None and quote.ask1 is None else None


def limit_price(
    side: Side,
    quote: Quote,
    instrument: Instrument,
    rules: Rules,
    prices: PriceSettings,
    *,
    limit_worst: Decimal,
) -> Decimal | Reason:
    """Return the limit of an order sent now, on the tick grid, CNY (examples E68, E69).

    The offset from the live price, held back by the strictest reading of the cage, the day's
    limit and `limit_worst`. NO_PRICE without a price to start from; OUTSIDE_ENVELOPE where what is
    left of the envelope lies outside the day's limits.
    """
    live = live_price(side, quote)
    if live is None:
        return Reason.NO_PRICE
    base = cage_base(side, quote.bid1, quote.ask1, quote.last, live)
    bounds = [
        _inward(side, live * _factor(side, prices.limit_offset_bp), rules.tick),
        _inward(side, limit_worst, rules.tick),
        strictest_cage_bound(side, base, rules.tick),
    ]
    own_limit = instrument.limit_up if side is Side.BUY else instrument.limit_down
    if own_limit is not None:
        bounds.append(own_limit)
    price = min(bounds) if side is Side.BUY else max(bounds)
    return price if _is_inside_day(price, instrument) else Reason.OUTSIDE_ENVELOPE


def _factor(side: Side, basis_points: int) -> Decimal:
    return 1 + side.sign * Decimal(basis_points) / BASIS_POINTS


def _inward(side: Side, price: Decimal, tick: Decimal) -> Decimal:
    return floor_to(price, tick) if side is Side.BUY else ceil_to(price, tick)


def _is_crossed(quote: Quote) -> bool:
    return quote.bid1 is not None and quote.ask1 is not None and quote.bid1 >= quote.ask1


def _is_inside_day(price: Decimal, instrument: Instrument) -> bool:
    if price <= 0:
        return False
    if instrument.limit_up is not None and price > instrument.limit_up:
        return False
    return instrument.limit_down is None or price >= instrument.limit_down
