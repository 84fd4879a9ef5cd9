"""The life of an order at the venue, from the counter to its last word."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.venues.simulated.account import Account
from adapters.venues.simulated.admission import Objection
from adapters.venues.simulated.agenda import Agenda, Rank
from adapters.venues.simulated.bars import from_cents, next_instant
from adapters.venues.simulated.book import Book
from adapters.venues.simulated.counter import Counter
from adapters.venues.simulated.day_market import DayMarket
from adapters.venues.simulated.desk_settings import DayEnd, DeskSettings
from adapters.venues.simulated.faults import FaultPlan, VenueFaultKind
from adapters.venues.simulated.listings import Listing
from adapters.venues.simulated.name_book import Execution, Instant
from adapters.venues.simulated.orders import Archive, VenueOrder, cancel_row
from adapters.venues.simulated.statuses import CANCELABLE, PHASE_WORD, ended_status, live_status
from adapters.venues.simulated.telling import Telling
from adapters.wire.models import NewOrder, OrderView
from market.phases import SHANGHAI, Phase, accepts_cancels
from statemachine.events import VenueStatus

_FAULT_FILL_DELAY = timedelta(milliseconds=1)
_OVERNIGHT_ENTRY = time(9, 15)
_EXPIRED = "收盘未成交自动撤单"

# Unfilled orders leave the book then and free what they froze, whatever the counter shows.
CLOSE = time(15, 0)


class CounterDown(Exception):
    """The counter broke off in the middle of something."""


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
        self._telling = Telling(self.archive, account, agenda, faults)
        self._counter = Counter(
            market, account, self.archive, faults, phase_of, settings.phase_policy
        )
        self._overnight: list[NewOrder] = []
        self._live: dict[str, VenueOrder] = {}
        self._is_matching = False
        self._book = self._new_book()

    def open_day(self) -> None:
        """Begin the day the market is in, with an empty book."""
        self._book = self._new_book()
        self._is_matching = False
        entry = datetime.combine(self._market.day, _OVERNIGHT_ENTRY, SHANGHAI)
        for request in self._overnight:
            self._arrive_at(entry, request)
        self._overnight.clear()

    def place(self, request: NewOrder, at: datetime) -> OrderView:
        """Take an order, or raise VenueRefused or VenueUncertain.

        The same id again is the same order. What the counter refuses after the door, it keeps as
        废单; what is refused at the door (deadline, closed market, unknown name) leaves no trace.
        """
        known = self.archive.order(request.client_order_id)
        if known is not None:
            return _repeated(known, request)
        listing = self._counter.require_open_door(request, at)
        order = self._new_order(request, listing, at)
        self._mislay(order, request, at)
        self._examine(order, listing, at)
        if self._faults.strike(VenueFaultKind.UNKNOWN_TAKEN, order, at):
            raise VenueUncertain("柜台未应答")
        return order.view()

    def place_at_terminal(
        self, request: NewOrder, at: datetime, *, block_price: Decimal | None = None
    ) -> VenueOrder:
        """Take an order of a person at the terminal: it has no client_order_id on the wire.

        With a `block_price` it trades at once and in full, outside the book. Raises VenueRefused.
        """
        if self.archive.order(request.client_order_id) is not None:
            raise VenueRefused("INVALID_ARGUMENT", f"名称重复: {request.client_order_id}")
        listing = self._counter.require_open_door(request, at)
        order = self._new_order(request, listing, at, is_ours=False)
        self._examine(order, listing, at)
        if block_price is not None:
            price = int(block_price.scaleb(2))
            self._fill(Execution(order, order.quantity, price), at)
        return order

    def keep_row(self, order: VenueOrder, at: datetime) -> None:
        """List a row that is no order in the book, under the next number of the day."""
        order.venue_order_id = self._next_number()
        self.archive.record_order(order, at)

    def change_day_end(self, day_end: DayEnd, clearing_time: time) -> None:
        """Behave otherwise at the end of the day from now on."""
        self._settings = replace(self._settings, day_end=day_end, clearing_time=clearing_time)

    @property
    def day(self) -> date:
        """The session the counter works in."""
        return self._market.day

    def cancel(self, order: VenueOrder, at: datetime) -> OrderView:
        """Send a cancel of one of the archive's orders to the exchange, or raise VenueRefused."""
        self._require_cancelable(order, at)
        if self._faults.strike(VenueFaultKind.CANCEL_LOST, order, at):
            return order.view()
        if order.status is VenueStatus.UNREPORTED:
            self._end(order, ended_status(0), at)
            return order.view()
        row = self._list_cancel(order, at)
        self._change(order, live_status(order.filled_quantity, cancelling=True), at)
        effect = self._cancel_effect(order, at)
        refused = self._faults.strike(VenueFaultKind.REFUSED_CANCEL, order, at) is not None
        self._agenda.schedule(
            effect, Rank.CANCEL, lambda when: self._finish_cancel(order, row, when, refused=refused)
        )
        return order.view()

    def expire(self, at: datetime) -> None:
        """End the day for what was not filled: out of the book, nothing frozen any more."""
        for order in list(self._live.values()):
            left_open = self._faults.strike(VenueFaultKind.OPEN_AFTER_CLOSE, order, at)
            if self._settings.day_end is DayEnd.AT_CLOSE and left_open is None:
                self._end(order, ended_status(order.filled_quantity), at, _EXPIRED)
            else:
                self._close_out(order, at)
                self._schedule_clearing(order, at)

    def _schedule_clearing(self, order: VenueOrder, at: datetime) -> None:
        clearing = datetime.combine(at.date(), self._settings.clearing_time, SHANGHAI)
        self._agenda.schedule(max(clearing, at), Rank.EXPIRE, lambda when: self._clear(order, when))

    def _clear(self, order: VenueOrder, at: datetime) -> None:
        self._change(order, ended_status(order.filled_quantity), at, _EXPIRED)

    def _require_cancelable(self, order: VenueOrder, at: datetime) -> None:
        if order.status not in CANCELABLE:
            raise VenueRefused("NOT_CANCELABLE", "委托状态错误", order.view())
        phase = self._phase_of(at)
        if not accepts_cancels(phase, self._settings.phase_policy):
            text = f"当前时段不可撤单: {PHASE_WORD[phase]}"
            raise VenueRefused("MARKET_NO_CANCEL", text, order.view())

    def _cancel_effect(self, order: VenueOrder, at: datetime) -> datetime:
        """Return when a cancel reaches the order, and what trades before it does."""
        effect = at + self._settings.cancel_latency
        soon = at + _FAULT_FILL_DELAY
        if fault := self._faults.strike(VenueFaultKind.SLOW_CANCEL, order, at):
            effect += timedelta(seconds=fault.delay_s)
        if fault := self._faults.strike(VenueFaultKind.FILL_DURING_CANCEL, order, at):
            effect += timedelta(seconds=fault.delay_s)
            quantity = fault.quantity
            self._agenda.schedule(
                soon, Rank.MATCH, lambda when: self._fill_at_limit(order, quantity, when)
            )
        if self._faults.strike(VenueFaultKind.FILLED_DURING_CANCEL, order, at):
            self._agenda.schedule(
                soon, Rank.MATCH, lambda when: self._fill_at_limit(order, order.quantity, when)
            )
        return effect

    def _list_cancel(self, order: VenueOrder, at: datetime) -> VenueOrder | None:
        """List the cancel as a row of its own, where the counter does that."""
        if not self._settings.lists_cancels:
            return None
        row = cancel_row(order, at)
        self.keep_row(row, at)
        return row

    def _new_book(self) -> Book:
        market = self._market
        return Book(market.day, self._settings.participation, market.name_day, market.halts)

    def _new_order(
        self, request: NewOrder, listing: Listing, at: datetime, *, is_ours: bool = True
    ) -> VenueOrder:
        order = VenueOrder(
            client_order_id=request.client_order_id,
            venue_order_id=self._next_number(),
            symbol=listing.symbol,
            side=request.side,
            limit_price=request.limit_price,
            quantity=request.quantity,
            trade_date=self._market.day,
            created_at=at,
            updated_at=at,
            rules=listing.rules,
            is_ours=is_ours,
        )
        if self._faults.strike(VenueFaultKind.ID_REUSE, order, at):
            order.venue_order_id = f"{len(self.archive.orders_of(self._market.day)) + 1:06d}"
        return order

    def _next_number(self) -> str:
        return f"{self._market.day:%Y%m%d}{self.archive.order_count + 1:06d}"

    def _mislay(self, order: VenueOrder, request: NewOrder, at: datetime) -> None:
        """Lose the order on its way to the counter, for now or for ever, where a fault says so."""
        if self._faults.strike(VenueFaultKind.BATCH_BREAKS_OFF, order, at):
            raise CounterDown("柜台连接中断")
        lost = self._faults.strike(VenueFaultKind.UNKNOWN_LOST, order, at) is not None
        if fault := self._faults.strike(VenueFaultKind.UNKNOWN_LATE, order, at):
            self._arrive_at(at + timedelta(seconds=fault.delay_s), request)
            lost = True
        if self._faults.strike(VenueFaultKind.OVERNIGHT, order, at):
            self._overnight.append(request)
            lost = True
        if lost:
            raise VenueUncertain("柜台未应答")

    def _arrive_at(self, moment: datetime, request: NewOrder) -> None:
        self._agenda.schedule(moment, Rank.REPORT, lambda when: self._arrive(request, when))

    def _arrive(self, request: NewOrder, at: datetime) -> None:
        """Take an order that was on its way, whatever its deadline; nobody waits for an answer."""
        if self.archive.order(request.client_order_id) is not None:
            return
        with suppress(VenueRefused):
            listing = self._counter.require_open_door(
                request.model_copy(update={"deadline": at}), at
            )
            self._examine(self._new_order(request, listing, at), listing, at)

    def _examine(self, order: VenueOrder, listing: Listing, at: datetime) -> None:
        """Let the counter take the order, or keep it as 废单 and raise VenueRefused."""
        objection = self._counter.objection(order, listing, at)
        if objection is not None:
            self._refuse(order, objection, at)
        self._accept(order, at)

    def _refuse(self, order: VenueOrder, objection: Objection, at: datetime) -> None:
        order.reject_code = objection.code
        order.detail = objection.text
        order.status = VenueStatus.JUNK
        self.archive.record_order(order, at)
        raise VenueRefused(objection.code, objection.text, order.view())

    def _accept(self, order: VenueOrder, at: datetime) -> None:
        self._account.reserve(order, at)
        self._live[order.client_order_id] = order
        delay = self._delay_ack(order, at)
        if delay is None:
            self._report(order, at)
        else:
            self.archive.record_order(order, at)
            self._agenda.schedule(at + delay, Rank.REPORT, lambda when: self._report(order, when))
        if fault := self._faults.strike(VenueFaultKind.LATE_REJECT, order, at):
            text = fault.text
            rejected = at + timedelta(seconds=fault.delay_s)
            self._agenda.schedule(
                rejected, Rank.REJECT, lambda when: self._reject_late(order, text, when)
            )

    def _delay_ack(self, order: VenueOrder, at: datetime) -> timedelta | None:
        """Return how long the order stays 未报 or 待报, None where it is 已报 at once."""
        if fault := self._faults.strike(VenueFaultKind.DELAYED_ACK, order, at):
            return timedelta(seconds=fault.delay_s)
        if fault := self._faults.strike(VenueFaultKind.QUEUED_ACK, order, at):
            order.status = VenueStatus.WAIT_REPORTING
            return timedelta(seconds=fault.delay_s)
        return None

    def _report(self, order: VenueOrder, at: datetime) -> None:
        """Put an order into the exchange's book, unless it ended before it got there."""
        if order.client_order_id not in self._live:
            return
        order.venue_sys_id = f"{order.symbol.exchange}{order.venue_order_id}"
        self._book.add(order, at)
        self._change(order, VenueStatus.REPORTED, at)
        self._telling.acknowledged(order, at)
        self._schedule_match(at)

    def _reject_late(self, order: VenueOrder, text: str, at: datetime) -> None:
        if order.client_order_id not in self._live or order.filled_quantity:
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
        self._telling.about_to_fill(order, at)
        fees = self._account.settle(order, execution.quantity, price, at)
        self._telling.fill(order, execution.quantity, price, fees, at)
        if order.remaining_quantity:
            cancelling = order.status in {VenueStatus.REPORTED_CANCEL, VenueStatus.PARTSUCC_CANCEL}
            self._change(order, live_status(order.filled_quantity, cancelling=cancelling), at)
        else:
            self._end(order, VenueStatus.SUCCEEDED, at)

    def _fill_at_limit(self, order: VenueOrder, quantity: int, at: datetime) -> None:
        """Trade at the limit whatever the market does: a fault, outside participation."""
        if order.client_order_id in self._live and order.is_resting:
            price = int(order.limit_price.scaleb(2))
            self._fill(Execution(order, min(quantity, order.remaining_quantity), price), at)

    def _finish_cancel(
        self, order: VenueOrder, row: VenueOrder | None, at: datetime, *, refused: bool
    ) -> None:
        """Take an order out, or put it back where the cancel came too late or was refused."""
        is_live = order.client_order_id in self._live
        in_time = accepts_cancels(self._phase_of(at), self._settings.phase_policy)
        failed = not is_live or refused or not in_time
        if row is not None:
            self._change(row, VenueStatus.JUNK if failed else VenueStatus.SUCCEEDED, at)
        if not is_live:
            return
        if failed:
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
        self._close_out(order, at)
        self._change(order, status, at, detail)

    def _close_out(self, order: VenueOrder, at: datetime) -> None:
        del self._live[order.client_order_id]
        self._book.remove(order)
        self._account.release(order, at)


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
