"""Who the counter lets in: the door first, then what it checks and keeps as 废单."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from adapters.gateway.venue import VenueRefused
from adapters.venues.simulated.account import Account
from adapters.venues.simulated.admission import Application, Means, Objection, objection_to
from adapters.venues.simulated.day_market import DayMarket
from adapters.venues.simulated.faults import FaultPlan, VenueFaultKind
from adapters.venues.simulated.listings import Listing
from adapters.venues.simulated.orders import Archive, VenueOrder
from adapters.venues.simulated.statuses import PHASE_WORD
from adapters.wire.models import NewOrder
from market.money import CENT, is_multiple_of
from market.phases import Phase, PhasePolicy, accepts_orders
from market.rules import Rules
from market.side import Side
from market.symbol import Symbol, SymbolError


class Counter:
    """Judges orders before they are taken; changes nothing."""

    def __init__(
        self,
        market: DayMarket,
        account: Account,
        archive: Archive,
        faults: FaultPlan,
        phase_of: Callable[[datetime], Phase],
        phase_policy: PhasePolicy,
    ) -> None:
        """Judge by these."""
        self._market = market
        self._account = account
        self._archive = archive
        self._faults = faults
        self._phase_of = phase_of
        self._phase_policy = phase_policy

    def require_open_door(self, request: NewOrder, at: datetime) -> Listing:
        """Return the name's facts, or raise VenueRefused for what leaves no trace."""
        if request.deadline < at:
            raise VenueRefused("DEADLINE_EXCEEDED", f"已过委托截止时间 {request.deadline}")
        phase = self._phase_of(at)
        if not accepts_orders(phase, self._phase_policy):
            raise VenueRefused("MARKET_CLOSED", f"当前时段不接受委托: {PHASE_WORD[phase]}")
        try:
            listing = self._market.listing(Symbol.parse(request.symbol), at)
        except SymbolError as error:
            raise VenueRefused("INVALID_ARGUMENT", error.message_zh) from error
        if listing is None:
            raise VenueRefused("INVALID_ARGUMENT", f"证券代码不存在: {request.symbol}")
        return listing

    def objection(self, order: VenueOrder, listing: Listing, at: datetime) -> Objection | None:
        """Return why the counter refuses the order, or None."""
        if fault := self._faults.strike(VenueFaultKind.PARTIAL_BATCH, order, at):
            return Objection(fault.code, fault.text)
        if not is_multiple_of(order.limit_price, CENT):
            return Objection("PRICE_TICK", "委托价格不符合最小变动价位")
        is_buy = order.side is Side.BUY
        application = Application(
            side=order.side,
            limit_price=order.limit_price,
            quantity=order.quantity,
            cost=self._account.buy_cost_bound(order) if is_buy else Decimal(0),
        )
        means = Means(
            available=self._account.available,
            sellable=self._account.sellable(order.symbol, listing.rules),
            bought_today=self._bought_today(order.symbol, listing.rules) if is_buy else 0,
        )
        quote = self._market.quote(order.symbol, at)
        return objection_to(application, listing, quote, self._phase_of(at), means)

    def _bought_today(self, symbol: Symbol, rules: Rules) -> int:
        """Return shares bought or being bought today; only names with a cap are counted."""
        if rules.daily_buy_maximum is None:
            return 0
        return sum(
            order.filled_quantity if order.is_terminal else order.quantity
            for order in self._archive.orders_of(self._market.day)
            if order.symbol == symbol and order.side is Side.BUY
        )
