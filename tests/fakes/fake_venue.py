"""A venue in memory that does exactly what a test tells it to, and nothing by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from adapters.broker import InstrumentStatus
from adapters.gateway.venue import VenueRefused, VenueUncertain
from adapters.wire.models import (
    FeesView,
    FillView,
    FundsView,
    InstrumentView,
    MovementView,
    NewOrder,
    OrderView,
    PositionView,
    QuoteView,
)
from market.phases import SHANGHAI
from market.side import Side
from statemachine.events import VenueStatus
from statemachine.fill import FillKind

TRADE_DATE = date(2025, 11, 10)
MORNING = datetime(2025, 11, 10, 9, 31, tzinfo=SHANGHAI)
RAW_STATUS = {
    VenueStatus.REPORTED: 50,
    VenueStatus.CANCELED: 54,
    VenueStatus.PART_SUCC: 55,
    VenueStatus.SUCCEEDED: 56,
    VenueStatus.JUNK: 57,
}


@dataclass
class FakeVenue:
    """Accepts every order; `refusals` and `uncertain` name the ids it treats otherwise.

    An uncertain order is kept by the venue when its id is in `kept`: the case in which a second
    sending would have bought twice.
    """

    moment: datetime = MORNING
    refusals: dict[str, VenueRefused] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    cancel_refusals: dict[str, VenueRefused] = field(default_factory=dict)
    held: list[PositionView] = field(default_factory=list)
    listed: dict[str, InstrumentView] = field(default_factory=dict)
    priced: dict[str, QuoteView] = field(default_factory=dict)
    fault: Exception | None = None
    away: Exception | None = None
    placed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    _orders: dict[str, OrderView] = field(default_factory=dict)
    _fills: list[tuple[int, FillView]] = field(default_factory=list)
    _movements: list[tuple[int, MovementView]] = field(default_factory=list)
    _sequence: int = 0

    @property
    def name(self) -> str:
        return "fake"

    def now(self) -> datetime:
        return self.moment

    def trade_date(self) -> date:
        return self.moment.date()

    def phase(self) -> str:
        return "MORNING"

    def advance(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)

    async def instruments(self, symbols: Sequence[str]) -> list[InstrumentView]:
        return [self.listed.get(symbol, unlisted(symbol)) for symbol in symbols]

    async def quotes(self, symbols: Sequence[str]) -> list[QuoteView]:
        return [self.priced.get(symbol, unpriced(symbol)) for symbol in symbols]

    async def funds(self) -> FundsView:
        if self.away is not None:
            raise self.away
        return FundsView(
            available=Decimal("1000000.5"),
            frozen=Decimal(0),
            market_value=Decimal(0),
            total_asset=Decimal("1000000.5"),
            withdrawable=Decimal("1000000.5"),
            as_of=self.moment,
        )

    async def positions(self) -> list[PositionView]:
        return list(self.held)

    async def place(self, order: NewOrder) -> OrderView:
        if self.fault is not None:
            raise self.fault
        self.placed.append(order.client_order_id)
        if order.client_order_id in self.refusals:
            raise self.refusals[order.client_order_id]
        view = self._view(order, order.client_order_id)
        if order.client_order_id not in self.uncertain:
            return self._record(view)
        if order.client_order_id in self.kept:
            self._record(view)
        raise VenueUncertain("the counter did not answer")

    async def cancel(self, client_order_id: str) -> OrderView:
        if client_order_id in self.cancel_refusals:
            raise self.cancel_refusals[client_order_id]
        view = await self.order(client_order_id)
        if view is None:
            raise VenueRefused("ORDER_NOT_FOUND", "no such order")
        if view.status in (VenueStatus.CANCELED, VenueStatus.SUCCEEDED):
            raise VenueRefused("NOT_CANCELABLE", "the order has ended", view)
        self.cancelled.append(client_order_id)
        return self._record(self._changed(view, status=VenueStatus.CANCELED))

    async def cancel_at_counter(self, venue_order_id: str) -> OrderView:
        if venue_order_id in self.cancel_refusals:
            raise self.cancel_refusals[venue_order_id]
        view = next(row for row in self._orders.values() if row.venue_order_id == venue_order_id)
        self.cancelled.append(venue_order_id)
        return self._record(self._changed(view, status=VenueStatus.CANCELED))

    async def order(self, client_order_id: str) -> OrderView | None:
        return next(
            (row for row in self._orders.values() if row.client_order_id == client_order_id), None
        )

    async def orders_since(self, sequence: int) -> tuple[list[OrderView], int]:
        rows = [row for row in self._orders.values() if row.version > sequence]
        return sorted(rows, key=lambda row: row.version), self._sequence

    async def fills_since(self, sequence: int) -> tuple[list[FillView], int]:
        return [row for number, row in self._fills if number > sequence], self._sequence

    async def movements_since(self, sequence: int) -> tuple[list[MovementView], int]:
        return [row for number, row in self._movements if number > sequence], self._sequence

    def change_sequence(self) -> int:
        return self._sequence

    def fill(self, client_order_id: str, quantity: int, price: str) -> FillView:
        """Fill part or all of an order, as the exchange would."""
        view = next(row for row in self._orders.values() if row.client_order_id == client_order_id)
        filled = view.filled_quantity + quantity
        amount = view.filled_amount + quantity * Decimal(price)
        status = VenueStatus.SUCCEEDED if filled == view.quantity else VenueStatus.PART_SUCC
        self._record(
            self._changed(view, status=status, filled_quantity=filled, filled_amount=amount)
        )
        fill = self._fill_view(view, quantity, Decimal(price))
        self._sequence += 1
        self._fills.append((self._sequence, fill))
        return fill

    def place_foreign(self, order: NewOrder) -> OrderView:
        """Place an order as a person at the terminal would: without an id of ours."""
        return self._record(self._view(order, None))

    def move(self, movement: MovementView) -> None:
        """Record cash or shares that moved without a trade."""
        self._sequence += 1
        self._movements.append((self._sequence, movement))

    def _record(self, view: OrderView) -> OrderView:
        self._sequence += 1
        stored = view.model_copy(update={"version": self._sequence, "updated_at": self.moment})
        self._orders[view.venue_order_id] = stored
        return stored

    def _changed(self, view: OrderView, **changes: object) -> OrderView:
        changed = view.model_copy(update=changes)
        return changed.model_copy(update={"raw_status": RAW_STATUS[changed.status]})

    def _view(self, order: NewOrder, client_order_id: str | None) -> OrderView:
        return OrderView(
            client_order_id=client_order_id,
            venue_order_id=f"V{len(self._orders) + 1}",
            venue_sys_id=None,
            symbol=order.symbol,
            side=order.side,
            type=order.type,
            limit_price=order.limit_price,
            quantity=order.quantity,
            status=VenueStatus.REPORTED,
            raw_status=50,
            raw_text="已报",
            filled_quantity=0,
            average_price=None,
            filled_amount=Decimal(0),
            fees_total=None,
            reject_code=None,
            reject_reason=None,
            version=0,
            created_at=self.moment,
            updated_at=self.moment,
        )

    def _fill_view(self, view: OrderView, quantity: int, price: Decimal) -> FillView:
        return FillView(
            fill_id=f"F{len(self._fills) + 1}",
            kind=FillKind.TRADE,
            market=view.symbol[-2:],
            trade_date=self.trade_date(),
            client_order_id=view.client_order_id,
            venue_order_id=view.venue_order_id,
            symbol=view.symbol,
            side=view.side,
            quantity=quantity,
            price=price,
            amount=quantity * price,
            fees=FeesView(commission=Decimal(5), stamp_duty=Decimal(0), transfer=Decimal("0.01")),
            fill_time=self.moment,
        )


def unlisted(symbol: str) -> InstrumentView:
    return InstrumentView(
        symbol=symbol,
        name="",
        board="OTHER",
        status=InstrumentStatus.NOT_FOUND,
        is_st=False,
        list_date=None,
        prev_close=None,
        limit_up=None,
        limit_down=None,
        tick=None,
    )


def unpriced(symbol: str) -> QuoteView:
    return QuoteView(
        symbol=symbol,
        last=None,
        bid1=None,
        ask1=None,
        bid1_qty=None,
        ask1_qty=None,
        volume=0,
        amount=Decimal(0),
        quote_time=None,
    )


def an_order(
    client_order_id: str = "S0000001",
    *,
    symbol: str = "600000.SH",
    side: Side = Side.BUY,
    quantity: int = 300,
    limit_price: str = "10.05",
    deadline: datetime = MORNING + timedelta(minutes=5),
) -> NewOrder:
    return NewOrder(
        client_order_id=client_order_id,
        symbol=symbol,
        side=side,
        limit_price=Decimal(limit_price),
        quantity=quantity,
        deadline=deadline,
    )


async def place_some(venue: FakeVenue, count: int) -> None:
    for number in range(count):
        await venue.place(an_order(f"S{number:07}"))
