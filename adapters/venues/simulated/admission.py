"""What the counter checks before it takes an order (a-share-rules.md sections 2 to 5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from adapters.broker import InstrumentStatus
from adapters.venues.simulated.listings import Listing
from adapters.wire.models import QuoteView
from market.limits import PriceFault, cage_applies, cage_bounds, price_fault
from market.phases import Phase
from market.quantity import is_valid_buy_quantity, is_valid_sell_quantity
from market.side import Side


@dataclass(frozen=True, slots=True)
class Objection:
    """Why the counter says no: a code of gateway-contract.md section 4 and its own words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Means:
    """What the account can put behind an order: cash, sellable shares, shares bought today.

    `bought_today` counts live buys of the name in full.
    """

    available: Decimal
    sellable: int
    bought_today: int


@dataclass(frozen=True, slots=True)
class Application:
    """An order before the counter; `cost` is the cash a buy would freeze."""

    side: Side
    limit_price: Decimal
    quantity: int
    cost: Decimal


def objection_to(
    application: Application, listing: Listing, quote: QuoteView, phase: Phase, means: Means
) -> Objection | None:
    """Return the first reason to refuse an order, or None."""
    if listing.status is InstrumentStatus.HALTED:
        return Objection("SUSPENDED", "证券临时停牌")
    if listing.status is not InstrumentStatus.TRADING:
        return Objection("SUSPENDED", "证券停牌")
    return (
        _quantity_objection(application, listing, means)
        or _price_objection(application, listing, quote, phase)
        or _means_objection(application, listing, means)
    )


def _quantity_objection(
    application: Application, listing: Listing, means: Means
) -> Objection | None:
    rules, quantity = listing.rules, application.quantity
    match application.side:
        case Side.BUY:
            valid = is_valid_buy_quantity(rules, quantity)
        case Side.SELL:
            # more than is sellable is another fault; its shape is judged against itself
            valid = is_valid_sell_quantity(rules, quantity, max(means.sellable, quantity))
        case _:
            assert_never(application.side)
    return None if valid else Objection("LOT_SIZE", f"委托数量不合法: {quantity}")


def _price_objection(
    application: Application, listing: Listing, quote: QuoteView, phase: Phase
) -> Objection | None:
    bound = _cage_bound(application, listing, quote, phase)
    fault = price_fault(
        listing.rules, application.side, application.limit_price, listing.limits, bound
    )
    match fault:
        case None:
            return None
        case PriceFault.OFF_TICK:
            return Objection("PRICE_TICK", "委托价格不符合最小变动价位")
        case PriceFault.ABOVE_LIMIT_UP:
            return Objection("PRICE_LIMIT", "委托价格高于涨停价")
        case PriceFault.BELOW_LIMIT_DOWN:
            return Objection("PRICE_LIMIT", "委托价格低于跌停价")
        case PriceFault.OUTSIDE_CAGE:
            return Objection("PRICE_CAGE", f"超出有效申报价格范围: {bound}")
        case _:
            assert_never(fault)


def _cage_bound(
    application: Application, listing: Listing, quote: QuoteView, phase: Phase
) -> Decimal | None:
    if not cage_applies(listing.rules, phase):
        return None
    reference = listing.prev_close if quote.last is None else quote.last
    if reference is None:  # a first day before its first trade has nothing to measure from
        return None
    return cage_bounds(
        listing.rules, application.side, quote.bid1, quote.ask1, quote.last, reference
    )


def _means_objection(application: Application, listing: Listing, means: Means) -> Objection | None:
    match application.side:
        case Side.BUY:
            return _buying_objection(application, listing, means)
        case Side.SELL:
            if application.quantity > means.sellable:
                return Objection("INSUFFICIENT_SELLABLE", f"可用股份不足: {means.sellable}")
            return None
        case _:
            assert_never(application.side)


def _buying_objection(application: Application, listing: Listing, means: Means) -> Objection | None:
    maximum = listing.rules.daily_buy_maximum
    if maximum is not None and means.bought_today + application.quantity > maximum:
        return Objection("VENUE_REJECTED", f"超出风险警示股票单日买入上限: {maximum}")
    if application.cost > means.available:
        return Objection("INSUFFICIENT_FUNDS", f"可用资金不足: {means.available}")
    return None
