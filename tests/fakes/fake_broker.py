"""A broker in memory: it accepts and fills what it is told to, and fails when it is told to."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from adapters.broker import (
    Broker,
    BrokerError,
    BrokerSession,
    CancelAnswer,
    Capabilities,
    ClockSkew,
    Instrument,
    InstrumentStatus,
    Listing,
    OrderRequest,
    Quote,
    SendAnswer,
    SendResult,
    SendVerdict,
    VenueTime,
)
from daemon.clock import MarketClock
from market.board import board_of
from market.money import decimal_text
from market.side import Side
from market.symbol import Symbol
from statemachine.events import OrderReport, VenueStatus
from statemachine.fill import BilledFees, Fill, FillKind
from statemachine.position import Funds, Movement, Position
from tests.fakes.answers import (
    ACCEPTED,
    NOT_SENT,
    RAW_STATUS,
    UNKNOWN_AND_LOST,
    UNKNOWN_BUT_THERE,
    Answer,
    refused,
)

Row = TypeVar("Row")
__all__ = ["ACCEPTED", "NOT_SENT", "UNKNOWN_AND_LOST", "UNKNOWN_BUT_THERE", "Answer", "refused"]

TICK = Decimal("0.01")
COMMISSION = Decimal(5)
NOTHING_IS_KNOWN = Capabilities(*(None for _ in range(12)))


@dataclass(slots=True)
class FakeBroker(Broker):
    """An account with one price a name; nothing happens by itself.

    `jumps` are live prices away from the previous close.
    `answers` are for the submits to come, then everything is accepted. `failing` makes a method
    raise for as long as it stands there. `holding` keeps the submits waiting.
    """

    clock: MarketClock
    account: str
    cash: Decimal = Decimal(1_000_000)
    price: Decimal = Decimal(10)
    prices: dict[Symbol, Decimal] = field(default_factory=dict)
    jumps: dict[Symbol, Decimal] = field(default_factory=dict)
    unpriced: set[Symbol] = field(default_factory=set)
    suspended: set[Symbol] = field(default_factory=set)
    held: dict[Symbol, int] = field(default_factory=dict)
    bought_today: Counter[tuple[date, Symbol]] = field(default_factory=Counter)
    answers: deque[Answer] = field(default_factory=deque)
    cancel_answers: deque[Answer] = field(default_factory=deque)
    failing: dict[str, BrokerError] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    holding: asyncio.Event | None = None
    calls: list[str] = field(default_factory=list)
    called_at: list[tuple[str, datetime]] = field(default_factory=list)
    submitted: list[tuple[OrderRequest, ...]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    before_funds: Callable[[], None] | None = None
    reports: dict[str, OrderReport] = field(default_factory=dict)
    arrived_on: dict[str, date] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    all_fills: list[Fill] = field(default_factory=list)
    all_movements: list[Movement] = field(default_factory=list)
    asset_error: Decimal = Decimal(0)
    capabilities: Capabilities = NOTHING_IS_KNOWN
    session_epoch: int = 1
    unlisted_by_id: bool = False
    skew: ClockSkew = field(default_factory=lambda: ClockSkew(timedelta(), timedelta()))
    _bodies: dict[bytes, tuple[OrderRequest, ...]] = field(default_factory=dict)

    @property
    def session(self) -> BrokerSession:
        now = self.clock.now()
        return BrokerSession(
            self.account, self.session_epoch, now.date(), now, now, self.capabilities
        )

    async def open_session(self) -> BrokerSession:
        self._called("open_session")
        return self.session

    async def close(self) -> None:
        self._called("close")

    async def clock_skew(self) -> ClockSkew:
        self._called("clock_skew")
        return self.skew

    async def venue_time(self) -> VenueTime:
        self._called("venue_time")
        now = self.clock.now()
        return VenueTime(now, now.date(), "CONTINUOUS")

    async def instruments(self, symbols: Sequence[Symbol]) -> dict[Symbol, Instrument]:
        self._called("instruments")
        return {symbol: self._instrument(symbol) for symbol in symbols}

    async def quotes(self, symbols: Sequence[Symbol]) -> dict[Symbol, Quote]:
        self._called("quotes")
        return {symbol: self._quote(symbol) for symbol in symbols}

    async def funds(self) -> Funds:
        if self.before_funds is not None:
            self.before_funds()
        self._called("funds")
        worth = sum((self.price_of(name) * held for name, held in self.held.items()), Decimal(0))
        return Funds(
            available=self.cash,
            frozen=Decimal(0),
            market_value=worth,
            total_asset=self.cash + worth + self.asset_error,
            withdrawable=self.cash,
            as_of=self.clock.now(),
        )

    async def positions(self) -> Listing[Position]:
        self._called("positions")
        rows = tuple(self._position(name) for name, held in self.held.items() if held)
        return self._listing("positions", rows, "")

    def encode_submit(self, requests: Sequence[OrderRequest]) -> bytes:
        body = json.dumps(
            [
                [
                    request.client_order_id,
                    str(request.symbol),
                    request.side,
                    decimal_text(request.limit_price),
                    request.quantity,
                    request.deadline.isoformat(),
                ]
                for request in requests
            ]
        ).encode()
        self._bodies[body] = tuple(requests)
        return body

    def decode_submit(self, body: bytes) -> tuple[OrderRequest, ...]:
        return self._bodies[body]

    async def submit(self, body: bytes) -> SendAnswer:
        self._noted("submit")
        requests = self._bodies[body]
        self.submitted.append(requests)
        answer = self.answers.popleft() if self.answers else ACCEPTED
        if answer.seconds:
            await self.clock.sleep_until(self.clock.now() + timedelta(seconds=answer.seconds))
        if self.holding is not None:
            await self.holding.wait()
        results = tuple(self._result(request, answer) for request in requests)
        started = any(result.verdict is not SendVerdict.NOT_SENT for result in results)
        return SendAnswer(results, bytes_started=started, evidence=b"reply")

    async def cancel(self, client_order_id: str) -> CancelAnswer:
        self._noted("cancel")
        self.cancelled.append(client_order_id)
        answer = self.cancel_answers.popleft() if self.cancel_answers else ACCEPTED
        if answer.arrives:
            self.end(client_order_id)
        shown = self.reports[client_order_id] if answer.verdict is SendVerdict.REFUSED else None
        return CancelAnswer(answer.verdict, answer.code, "", shown, b"reply")

    async def cancel_account(self) -> CancelAnswer:
        self._noted("cancel_account")
        self.end_all()
        return CancelAnswer(SendVerdict.ACCEPTED, "", "", None, b"reply")

    async def order(self, client_order_id: str) -> OrderReport | None:
        self._called("order")
        return None if self.unlisted_by_id else self.reports.get(client_order_id)

    async def orders(self, cursor: str | None) -> Listing[OrderReport]:
        self._called("orders")
        today = self.clock.now().date()
        changed = dict.fromkeys(self.changes[int(cursor or 0) :])
        rows = tuple(
            self.reports[name]
            for name in changed
            if cursor is not None or self.arrived_on[name] == today
        )
        return self._listing("orders", rows, str(len(self.changes)))

    async def fills(self, cursor: str | None) -> Listing[Fill]:
        self._called("fills")
        rows = tuple(self.all_fills[int(cursor or 0) :])
        return self._listing("fills", rows, str(len(self.all_fills)))

    async def movements(self, cursor: str | None) -> Listing[Movement]:
        self._called("movements")
        rows = tuple(self.all_movements[int(cursor or 0) :])
        return self._listing("movements", rows, str(len(self.all_movements)))

    # what a test makes happen at the venue
    def price_of(self, symbol: Symbol) -> Decimal:
        return self.prices.get(symbol, self.price)

    def arrive(self, request: OrderRequest) -> OrderReport:
        """Put an order on the book."""
        report = OrderReport(
            client_order_id=request.client_order_id,
            venue_order_id=f"V{len(self.reports) + 1}",
            symbol=request.symbol,
            side=request.side,
            quantity=request.quantity,
            limit_price=request.limit_price,
            status=VenueStatus.REPORTED,
            raw_status=RAW_STATUS[VenueStatus.REPORTED],
            raw_text=VenueStatus.REPORTED.value,
            filled_quantity=0,
            filled_amount=Decimal(0),
            reject_code=None,
            reject_reason="",
            version=0,
            updated_at=self.clock.now(),
        )
        return self._publish(report)

    def execute(self, client_order_id: str, quantity: int | None = None) -> Fill:
        """Fill an order, or a part of it, at its limit."""
        before = self.reports[client_order_id]
        traded = before.quantity - before.filled_quantity if quantity is None else quantity
        filled = before.filled_quantity + traded
        done = filled == before.quantity
        self._publish(
            replace(
                before,
                status=VenueStatus.SUCCEEDED if done else VenueStatus.PART_SUCC,
                filled_quantity=filled,
                filled_amount=before.filled_amount + traded * before.limit_price,
            )
        )
        return self._settle(self._fill(before, traded))

    def execute_all(self) -> None:
        """Fill whatever is live."""
        for name, report in list(self.reports.items()):
            if report.status in (VenueStatus.REPORTED, VenueStatus.PART_SUCC):
                self.execute(name)

    def end(self, client_order_id: str) -> None:
        """Take what is left of an order off the book."""
        before = self.reports[client_order_id]
        status = VenueStatus.PART_CANCEL if before.filled_quantity else VenueStatus.CANCELED
        self._publish(replace(before, status=status))

    def end_all(self) -> None:
        """Take everything live off the book, as the close does."""
        for name, report in list(self.reports.items()):
            if report.status in (VenueStatus.REPORTED, VenueStatus.PART_SUCC):
                self.end(name)

    def hold(self, symbol: Symbol, quantity: int) -> None:
        """Have shares on the account from earlier days."""
        self.held[symbol] = quantity

    def count(self, method: str) -> int:
        return self.calls.count(method)

    @property
    def sent_ids(self) -> list[str]:
        """Every id that was handed to `submit`, in order, repetitions included."""
        return [request.client_order_id for batch in self.submitted for request in batch]

    def _noted(self, method: str) -> None:
        self.calls.append(method)
        self.called_at.append((method, self.clock.now()))

    def _called(self, method: str) -> None:
        self._noted(method)
        if method in self.failing:
            raise self.failing[method]

    def _listing(self, name: str, rows: tuple[Row, ...], cursor: str) -> Listing[Row]:
        return Listing(rows, cursor, name not in self.incomplete, self.clock.now())

    def _publish(self, report: OrderReport) -> OrderReport:
        """Show the order as it is now, under a version above the last."""
        shown = replace(
            report,
            version=report.version + 1,
            raw_status=RAW_STATUS[report.status],
            raw_text=report.status.value,
            updated_at=self.clock.now(),
        )
        identity = report.client_order_id or report.venue_order_id
        self.reports[identity] = shown
        self.arrived_on.setdefault(identity, self.clock.now().date())
        self.changes.append(identity)
        return shown

    def _result(self, request: OrderRequest, batch: Answer) -> SendResult:
        answer = batch.for_symbol(request.symbol)
        report = self.arrive(request) if answer.arrives else None
        shown = report if answer.verdict is SendVerdict.ACCEPTED else None
        return SendResult(
            request.client_order_id,
            answer.verdict,
            shown,
            answer.code,
            answer.code,
            systemic=answer.systemic,
        )

    def _fill(self, order: OrderReport, quantity: int) -> Fill:
        return Fill(
            account=self.account,
            trade_date=self.clock.now().date(),
            market=str(order.symbol)[-2:],
            venue_order_id=order.venue_order_id,
            fill_id=f"F{len(self.all_fills) + 1}",
            kind=FillKind.TRADE,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=order.limit_price,
            amount=quantity * order.limit_price,
            fees=BilledFees(COMMISSION, Decimal(0), Decimal(0)),
            fill_time=self.clock.now(),
        )

    def _settle(self, fill: Fill) -> Fill:
        """Move the shares and the cash of a trade."""
        self.all_fills.append(fill)
        bought = fill.side is Side.BUY
        self.held[fill.symbol] = self.held.get(fill.symbol, 0) + (
            fill.quantity if bought else -fill.quantity
        )
        self.cash += (-fill.amount if bought else fill.amount) - COMMISSION
        if bought:
            self.bought_today[(fill.trade_date, fill.symbol)] += fill.quantity
        return fill

    def _position(self, symbol: Symbol) -> Position:
        held = self.held[symbol]
        return Position(
            symbol=symbol,
            quantity=held,
            sellable=held - self.bought_today[(self.clock.now().date(), symbol)],
            frozen=0,
            in_transit=0,
            cost_price=self.price_of(symbol),
            market_value=self.price_of(symbol) * held,
        )

    def _instrument(self, symbol: Symbol) -> Instrument:
        close = self.price_of(symbol)
        suspended = symbol in self.suspended
        return Instrument(
            symbol=symbol,
            name="某股份",
            board=board_of(symbol).value,
            status=InstrumentStatus.SUSPENDED if suspended else InstrumentStatus.TRADING,
            is_st=False,
            list_date=date(2010, 1, 4),
            prev_close=close,
            limit_up=close * 11 / 10,
            limit_down=close * 9 / 10,
            tick=TICK,
        )

    def _quote(self, symbol: Symbol) -> Quote:
        live = self.jumps.get(symbol, self.price_of(symbol))
        price = None if symbol in self.unpriced else live
        return Quote(
            symbol=symbol,
            last=price,
            bid1=None if price is None else price - TICK,
            ask1=None if price is None else price + TICK,
            bid1_quantity=100_000,
            ask1_quantity=100_000,
            volume=1_000_000,
            amount=Decimal(10_000_000),
            quote_time=self.clock.now(),
        )
