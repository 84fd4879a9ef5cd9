"""An order as the venue keeps it, and everything the venue ever saw, in one change sequence."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from adapters.venues.simulated.statuses import RAW_STATUS, RESTING, TERMINAL, raw_text
from adapters.wire.models import CANCEL_TYPE, FillView, MovementView, OrderView
from market.fees import NO_FEES, Fees
from market.money import round_half_up
from market.rules import Rules
from market.side import Side
from market.symbol import Symbol
from statemachine.events import VenueStatus

_AVERAGE_STEP = Decimal("0.0001")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderChange:
    """One step of an order's life as it happened, whatever was told of it and when."""

    at: datetime
    status: VenueStatus
    filled_quantity: int
    detail: str

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "at": self.at.isoformat(),
            "status": self.status.value,
            "raw_status": RAW_STATUS[self.status],
            "filled_quantity": self.filled_quantity,
            "detail": self.detail,
        }


@dataclass(slots=True, eq=False)
class VenueOrder:
    """One order; only the venue writes to it. Money in CNY, quantities in shares.

    `frozen_cash` is what it holds back of the available cash (buys), `charged` the fees billed
    so far, `version` the change sequence of its last change, which rises for ever. The key of an
    order that did not come over the wire holds a blank, so that no client_order_id is like it;
    `told_id` is then what is told. While a `veil` is over it, that view is told instead.
    """

    client_order_id: str
    venue_order_id: str
    symbol: Symbol
    side: Side
    limit_price: Decimal
    quantity: int
    trade_date: date
    created_at: datetime
    updated_at: datetime
    rules: Rules
    status: VenueStatus = VenueStatus.UNREPORTED
    detail: str = ""
    venue_sys_id: str | None = None
    filled_quantity: int = 0
    filled_amount: Decimal = _ZERO
    charged: Fees = NO_FEES
    frozen_cash: Decimal = _ZERO
    reject_code: str | None = None
    version: int = 0
    type: str = "LIMIT"
    is_ours: bool = True
    told_id: str | None = None
    veil: OrderView | None = None
    changes: list[OrderChange] = field(default_factory=list)

    @property
    def remaining_quantity(self) -> int:
        """Shares not filled, whatever became of them."""
        return self.quantity - self.filled_quantity

    @property
    def is_terminal(self) -> bool:
        """Whether the venue will never change it again."""
        return self.status in TERMINAL

    @property
    def is_resting(self) -> bool:
        """Whether it stands in the book and may trade."""
        return self.status in RESTING

    @property
    def is_cancel(self) -> bool:
        """Whether it is the row of a cancel and no order."""
        return self.type == CANCEL_TYPE

    @property
    def wire_id(self) -> str | None:
        """The client_order_id that is told; None for what a person placed at the terminal."""
        return self.client_order_id if self.is_ours else self.told_id

    def view(self) -> OrderView:
        """Return what is told of it, in the words of the wire."""
        if self.veil is not None:
            return self.veil.model_copy(update={"version": self.version})
        return self.true_view()

    def true_view(self) -> OrderView:
        """Return it as it is, in the words of the wire."""
        average = self.filled_amount / self.filled_quantity if self.filled_quantity else None
        return OrderView(
            client_order_id=self.wire_id,
            venue_order_id=self.venue_order_id,
            venue_sys_id=self.venue_sys_id,
            symbol=str(self.symbol),
            side=self.side,
            type=self.type,
            limit_price=self.limit_price,
            quantity=self.quantity,
            status=self.status,
            raw_status=RAW_STATUS[self.status],
            raw_text=raw_text(self.status, self.detail),
            filled_quantity=self.filled_quantity,
            average_price=None if average is None else round_half_up(average, _AVERAGE_STEP),
            filled_amount=self.filled_amount,
            fees_total=self.charged.total,
            reject_code=self.reject_code,
            reject_reason=self.detail if self.reject_code is not None else None,
            version=self.version,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


def cancel_row(order: VenueOrder, at: datetime) -> VenueOrder:
    """Return the row of a cancel for a counter that lists cancels among the orders (撤单委托).

    It carries the client_order_id of the order it cancels, and `type` CANCEL tells them apart.
    """
    return VenueOrder(
        client_order_id=f"cancel {order.client_order_id} {len(order.changes)}",
        venue_order_id="",
        symbol=order.symbol,
        side=order.side,
        limit_price=order.limit_price,
        quantity=order.remaining_quantity,
        trade_date=order.trade_date,
        created_at=at,
        updated_at=at,
        rules=order.rules,
        status=VenueStatus.REPORTED,
        type=CANCEL_TYPE,
        is_ours=False,
        told_id=order.wire_id,
    )


@dataclass(slots=True)
class Archive:
    """Orders, fills and movements of every day; one sequence counts the changes of all three.

    `trades` are the fills as they happened; what is listed may come late, twice or out of order.
    """

    sequence: int = 0
    _orders: dict[str, VenueOrder] = field(default_factory=dict)
    # ordered by last change: a changed order moves to the end, so a poll costs what changed
    _by_change: dict[str, VenueOrder] = field(default_factory=dict)
    trades: list[FillView] = field(default_factory=list)
    _fills: list[tuple[int, FillView]] = field(default_factory=list)
    _movements: list[tuple[int, MovementView]] = field(default_factory=list)

    def record_order(self, order: VenueOrder, at: datetime) -> None:
        """Store a new order or a change of a known one; under a veil nobody is told."""
        change = OrderChange(at, order.status, order.filled_quantity, order.detail)
        order.changes.append(change)
        order.updated_at = at
        self._orders[order.client_order_id] = order
        if order.veil is None:
            self.list_order(order)

    def list_order(self, order: VenueOrder) -> None:
        """Tell of an order again, as its view is now."""
        self.sequence += 1
        order.version = self.sequence
        self._by_change.pop(order.client_order_id, None)
        self._by_change[order.client_order_id] = order

    def list_fill(self, fill: FillView) -> None:
        """Tell of a fill."""
        self.sequence += 1
        self._fills.append((self.sequence, fill))

    def record_movement(self, movement: MovementView) -> None:
        """Store a movement of cash or shares that is no trade."""
        self.sequence += 1
        self._movements.append((self.sequence, movement))

    def order(self, client_order_id: str) -> VenueOrder | None:
        """Return an order of any day."""
        return self._orders.get(client_order_id)

    def numbered(self, venue_order_id: str, day: date) -> VenueOrder | None:
        """Return the order that has a number of the counter on a day; rows of cancels are none."""
        for order in self._orders.values():
            if (order.venue_order_id, order.trade_date) == (venue_order_id, day):
                return None if order.is_cancel else order
        return None

    def orders(self) -> Iterator[VenueOrder]:
        """Every order, in the order of arrival."""
        return iter(self._orders.values())

    def orders_of(self, day: date) -> list[VenueOrder]:
        """Return the orders of one day, oldest change first."""
        return [order for order in self._by_change.values() if order.trade_date == day]

    def orders_changed_since(self, sequence: int) -> list[VenueOrder]:
        """Return orders whose last change came after a sequence, oldest change first."""
        changed = []
        for order in reversed(self._by_change.values()):
            if order.version <= sequence:
                break
            changed.append(order)
        changed.reverse()
        return changed

    def fills_since(self, sequence: int) -> list[FillView]:
        """Return fills recorded after a sequence, oldest first."""
        start = bisect_right(self._fills, sequence, key=lambda entry: entry[0])
        return [fill for _, fill in self._fills[start:]]

    def movements_since(self, sequence: int) -> list[MovementView]:
        """Return movements recorded after a sequence, oldest first."""
        start = bisect_right(self._movements, sequence, key=lambda entry: entry[0])
        return [movement for _, movement in self._movements[start:]]

    def fills_on(self, day: date) -> int:
        """Return how many trades and reversals a day had so far."""
        return sum(fill.trade_date == day for fill in self.trades)

    @property
    def fill_count(self) -> int:
        """How many trades and reversals there were so far."""
        return len(self.trades)

    @property
    def order_count(self) -> int:
        """How many orders there were so far."""
        return len(self._orders)
