"""The life of an order at the venue, from the counter to its last word."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.venues.simulated.account import Account
from adapters.venues.simulated.admission import Application, Means, Objection, objection_to
from adapters.venues.simulated.agenda import Agenda, Rank
from adapters.venues.simulated.bars import from_cents, next_instant
from adapters.venues.simulated.book import Book, Execution, Instant
from adapters.venues.simulated.day_market import DayMarket
from adapters.venues.simulated.faults import FaultPlan, VenueFaultKind
from adapters.venues.simulated.listings import Listing
from adapters.venues.simulated.orders import Archive, VenueOrder
from adapters.venues.simulated.statuses import CANCELABLE, ended_status, live_status
from adapters.wire.models import FeesView, FillView, NewOrder, OrderView
from market.fees import Fees
from market.money import CENT, is_multiple_of
from market.phases import Phase, accepts_cancels, accepts_orders
from market.rules import Rules
from market.side import Side
from market.symbol import Symbol, SymbolError
from statemachine.events import VenueStatus
from statemachine.fill import FillKind

_LOT = 100
_FAULT_FILL_DELAY = timedelta(milliseconds=1)


class DayEnd(StrEnum):
    """When the counter writes off what was not filled (a-share-rules.md section 7, 8)."""

    AT_CLOSE = "AT_CLOSE"
    AT_CLEARING = "AT_CLEARING"

    @property
    def clock(self) -> time:
        """The time of day."""
        return time(15, 0) if self is DayEnd.AT_CLOSE else time(15, 30)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """How this counter behaves; `participation` is a share of each bar's volume."""

    participation: Decimal = Decimal("0.1")
    cancel_latency: timedelta = timedelta(seconds=1)
    day_end: DayEnd = DayEnd.AT_CLOSE


class OrderDesk:
    """Takes orders and cancels, and plays what becomes of them on the agenda."""

    def __init__(
        self,
        *,
        market: DayMarket,
        account: Account,
        agenda: Agenda,
        faults: FaultPlan,
        settings: DeskSettings,
        phase_of: Callable[[datetime], Phase],
    ) -> None:
        """Work on these; the first day must be opened with `open_day`."""
        self._market = market
        self._account = account
        self._agenda = agenda
        self._faults = faults
        self._settings = settings
        self._phase_of = phase_of
        self.archive = Archive()
        self._live: dict[str, VenueOrder] = {}
        self._is_matching = False
        self._book = self._new_book()

    def open_day(self) -> None:
        """Begin the day the market is in, with an empty book."""
        self._book = self._new_book()
        self._is_matching = False

    def place(self, request: NewOrder, at: datetime) -> OrderView:
        """Take an order, or raise VenueRefused or VenueUncertain.

        The same id again is the same order. What the counter refuses after the door, it keeps as
        废单; what is refused at the door (deadline, closed market, unknown name) leaves no trace.
        """
        known = self.archive.order(request.client_order_id)
        if known is not None:
            return _repeated(known, request)
        listing = self._at_the_door(request, at)
        order = self._new_order(request, listing, at)
        if self._faults.strike(VenueFaultKind.UNKNOWN_LOST, order):
            raise VenueUncertain("the counter did not answer")
        objection = self._objection(order, listing, at)
        if objection is not None:
            self._refuse(order, objection, at)
        self._accept(order, at)
        if self._faults.strike(VenueFaultKind.UNKNOWN_TAKEN, order):
            raise VenueUncertain("the counter did not answer")
        return order.view()

    def cancel(self, client_order_id: str, at: datetime) -> OrderView:
        """Send a cancel to the exchange, or raise VenueRefused."""
        order = self.archive.order(client_order_id)
        if order is None:
            raise VenueRefused("ORDER_NOT_FOUND", f"没有委托 {client_order_id}")
        if order.status not in CANCELABLE:
            raise VenueRefused("NOT_CANCELABLE", "委托状态错误", order.view())
        phase = self._phase_of(at)
        if not accepts_cancels(phase):
            raise VenueRefused("MARKET_NO_CANCEL", f"当前时段不可撤单: {phase}", order.view())
        if order.status is VenueStatus.UNREPORTED:
            self._end(order, ended_status(0), at)
            return order.view()
        self._change(order, live_status(order.filled_quantity, cancelling=True), at)
        effect = at + self._settings.cancel_latency
        if fault := self._faults.strike(VenueFaultKind.FILL_DURING_CANCEL, order):
            effect += timedelta(seconds=fault.delay_s)
            self._agenda.schedule(
                at + _FAULT_FILL_DELAY, Rank.MATCH, lambda when: self._fill_one_lot(order, when)
            )
        refused = self._faults.strike(VenueFaultKind.REFUSED_CANCEL, order) is not None
        self._agenda.schedule(
            effect, Rank.CANCEL, lambda when: self._finish_cancel(order, when, refused=refused)
        )
        return order.view()

    def expire(self, at: datetime) -> None:
        """Write off what is left at the end of the day."""
        for order in list(self._live.values()):
            self._end(order, ended_status(order.filled_quantity), at, "收盘未成交自动撤单")

    def _new_book(self) -> Book:
        return Book(self._market.day, self._settings.participation, self._market.name_day)

    def _at_the_door(self, request: NewOrder, at: datetime) -> Listing:
        if request.deadline < at:
            raise VenueRefused("DEADLINE_EXCEEDED", f"已过委托截止时间 {request.deadline}")
        phase = self._phase_of(at)
        if not accepts_orders(phase):
            raise VenueRefused("MARKET_CLOSED", f"当前时段不接受委托: {phase}")
        try:
            listing = self._market.listing(Symbol.parse(request.symbol), at)
        except SymbolError as error:
            raise VenueRefused("INVALID_ARGUMENT", error.message_zh) from error
        if listing is None:
            raise VenueRefused("INVALID_ARGUMENT", f"证券代码不存在: {request.symbol}")
        return listing

    def _new_order(self, request: NewOrder, listing: Listing, at: datetime) -> VenueOrder:
        number = self.archive.order_count + 1
        return VenueOrder(
            client_order_id=request.client_order_id,
            venue_order_id=f"{self._market.day:%Y%m%d}{number:06d}",
            symbol=listing.symbol,
            side=request.side,
            limit_price=request.limit_price,
            quantity=request.quantity,
            trade_date=self._market.day,
            created_at=at,
            updated_at=at,
            rules=listing.rules,
        )

    def _objection(self, order: VenueOrder, listing: Listing, at: datetime) -> Objection | None:
        if fault := self._faults.strike(VenueFaultKind.PARTIAL_BATCH, order):
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
            for order in self.archive.orders_of(self._market.day)
            if order.symbol == symbol and order.side is Side.BUY
        )

    def _refuse(self, order: VenueOrder, objection: Objection, at: datetime) -> None:
        order.reject_code = objection.code
        order.detail = objection.text
        order.status = VenueStatus.JUNK
        self.archive.record_order(order, at)
        raise VenueRefused(objection.code, objection.text, order.view())

    def _accept(self, order: VenueOrder, at: datetime) -> None:
        self._account.reserve(order)
        self._live[order.client_order_id] = order
        if fault := self._faults.strike(VenueFaultKind.DELAYED_ACK, order):
            self.archive.record_order(order, at)
            reported = at + timedelta(seconds=fault.delay_s)
            self._agenda.schedule(reported, Rank.REPORT, lambda when: self._report(order, when))
        else:
            self._report(order, at)
        if fault := self._faults.strike(VenueFaultKind.LATE_REJECT, order):
            text = fault.text
            rejected = at + timedelta(seconds=fault.delay_s)
            self._agenda.schedule(
                rejected, Rank.REJECT, lambda when: self._reject_late(order, text, when)
            )

    def _report(self, order: VenueOrder, at: datetime) -> None:
        """Put an order into the exchange's book, unless it ended before it got there."""
        if order.status is not VenueStatus.UNREPORTED:
            return
        order.venue_sys_id = f"{order.symbol.exchange}{order.venue_order_id}"
        self._book.add(order, at)
        self._change(order, VenueStatus.REPORTED, at)
        self._schedule_match(at)

    def _reject_late(self, order: VenueOrder, text: str, at: datetime) -> None:
        if order.is_terminal or order.filled_quantity:
            return
        order.reject_code = "VENUE_REJECTED"
        self._end(order, VenueStatus.JUNK, at, text)

    def _schedule_match(self, after: datetime) -> None:
        coming = next_instant(self._market.day, after)
        if self._is_matching or coming is None:
            return
        self._is_matching = True
        instant = Instant(*coming)
        self._agenda.schedule(instant.at, Rank.MATCH, lambda _: self._match(instant))

    def _match(self, instant: Instant) -> None:
        self._is_matching = False
        for execution in self._book.match(instant):
            self._fill(execution, instant.at)
        if not self._book.is_empty:
            self._schedule_match(instant.at)

    def _fill(self, execution: Execution, at: datetime) -> None:
        order, price = execution.order, from_cents(execution.price)
        fees = self._account.settle(order, execution.quantity, price, at)
        self.archive.record_fill(self._fill_view(order, execution.quantity, price, fees, at))
        if order.remaining_quantity:
            cancelling = order.status in {VenueStatus.REPORTED_CANCEL, VenueStatus.PARTSUCC_CANCEL}
            self._change(order, live_status(order.filled_quantity, cancelling=cancelling), at)
        else:
            self._end(order, VenueStatus.SUCCEEDED, at)

    def _fill_view(
        self, order: VenueOrder, quantity: int, price: Decimal, fees: Fees, at: datetime
    ) -> FillView:
        return FillView(
            fill_id=f"{order.trade_date:%Y%m%d}{self.archive.fill_count + 1:08d}",
            kind=FillKind.TRADE,
            market=order.symbol.exchange.value,
            trade_date=order.trade_date,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            symbol=str(order.symbol),
            side=order.side,
            quantity=quantity,
            price=price,
            amount=price * quantity,
            # the wire has three items; what a net commission leaves beside it is billed in it
            fees=FeesView(
                commission=fees.commission + fees.handling_fee + fees.regulatory_fee,
                stamp_duty=fees.stamp_duty,
                transfer=fees.transfer_fee,
            ),
            fill_time=at,
        )

    def _fill_one_lot(self, order: VenueOrder, at: datetime) -> None:
        """Trade one lot at the limit whatever the market does: a fault, outside participation."""
        if order.is_resting:
            price = int(order.limit_price.scaleb(2))
            self._fill(Execution(order, min(_LOT, order.remaining_quantity), price), at)

    def _finish_cancel(self, order: VenueOrder, at: datetime, *, refused: bool) -> None:
        """Take an order out, or put it back where the cancel came too late or was refused."""
        if order.is_terminal:
            return
        if refused or not accepts_cancels(self._phase_of(at)):
            status = live_status(order.filled_quantity, cancelling=False)
            self._change(order, status, at, "撤单失败")
            return
        self._end(order, ended_status(order.filled_quantity), at)

    def _change(
        self, order: VenueOrder, status: VenueStatus, at: datetime, detail: str = ""
    ) -> None:
        order.status = status
        order.detail = detail
        self.archive.record_order(order, at)

    def _end(self, order: VenueOrder, status: VenueStatus, at: datetime, detail: str = "") -> None:
        del self._live[order.client_order_id]
        self._book.remove(order)
        self._account.release(order)
        self._change(order, status, at, detail)


def _repeated(order: VenueOrder, request: NewOrder) -> OrderView:
    """Answer an id the venue has seen: once more the same, or no to another order under it."""
    same = (
        str(order.symbol) == request.symbol
        and order.side is request.side
        and order.limit_price == request.limit_price
        and order.quantity == request.quantity
    )
    if not same:
        raise VenueRefused("IDEMPOTENCY_CONFLICT", "同一委托编号内容不同")
    if order.status is VenueStatus.JUNK and order.reject_code is not None:
        raise VenueRefused(order.reject_code, order.detail, order.view())
    return order.view()
