"""The columns of the parquet tables: name, kind and where the value comes from, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from daemon.reconciliation.shortfall import order_slippage_bp
from statemachine.fill import BilledFees, Fill
from statemachine.order import Order
from statemachine.plan import Plan

Facts = TypeVar("Facts")
Value = str | int | Decimal | datetime | date | None


class Kind(StrEnum):
    """What a column holds, and in which unit."""

    TEXT = "text"
    QUANTITY = "shares"
    NUMBER = "a small whole number"
    MONEY = "CNY, prices too"
    FRACTION = "a share of strategy capital"
    BASIS_POINTS = "basis points, positive is a cost"
    TIME = "UTC, microseconds"
    DATE = "a day in Shanghai"


# Digits after the point of the kinds that are decimals.
PLACES = {Kind.MONEY: 4, Kind.FRACTION: 10, Kind.BASIS_POINTS: 2}


@dataclass(frozen=True, slots=True)
class Column(Generic[Facts]):
    """One column of a table."""

    name: str
    kind: Kind
    value_of: Callable[[Facts], Value]

    def cell(self, facts: Facts) -> Value:
        """Return the value in the places of its kind, rounded half up."""
        value = self.value_of(facts)
        if isinstance(value, Decimal):
            step = Decimal(1).scaleb(-PLACES[self.kind])
            return value.quantize(step, rounding=ROUND_HALF_UP)
        return value


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order with what its row also tells."""

    plan: Plan
    order: Order
    target_weight: Decimal


@dataclass(frozen=True, slots=True)
class FillFacts:
    """A fill with what its row also tells."""

    plan: Plan
    fill: Fill

    @property
    def fees(self) -> BilledFees | None:
        """The fees as billed; None while the broker has not said."""
        return self.fill.fees


ORDER_COLUMNS: tuple[Column[OrderFacts], ...] = (
    Column("run_id", Kind.TEXT, lambda row: row.order.run_id),
    Column("client_order_id", Kind.TEXT, lambda row: row.order.client_order_id),
    Column("account", Kind.TEXT, lambda row: row.order.account),
    Column("plan_hash", Kind.TEXT, lambda row: row.plan.plan_hash),
    Column("session_date", Kind.DATE, lambda row: row.order.session_date),
    Column("ts_code", Kind.TEXT, lambda row: str(row.order.symbol)),
    Column("side", Kind.TEXT, lambda row: row.order.side.value),
    Column("slice", Kind.NUMBER, lambda row: row.order.slice),
    Column("leg", Kind.NUMBER, lambda row: row.order.leg),
    Column("target_weight", Kind.FRACTION, lambda row: row.target_weight),
    Column("order_qty", Kind.QUANTITY, lambda row: row.order.quantity),
    Column("order_price", Kind.MONEY, lambda row: row.order.limit_price),
    Column("status", Kind.TEXT, lambda row: row.order.state.value),
    Column("status_time", Kind.TIME, lambda row: status_time(row.order)),
    Column("send_state", Kind.TEXT, lambda row: row.order.send_state.value),
    Column("final_reason", Kind.TEXT, lambda row: row.order.final_reason),
    Column("reject_code", Kind.TEXT, lambda row: row.order.reject_code),
    Column("reject_reason", Kind.TEXT, lambda row: row.order.reject_reason),
    Column("filled_qty", Kind.QUANTITY, lambda row: row.order.filled_quantity),
    Column("cancelled_qty", Kind.QUANTITY, lambda row: row.order.cancelled_quantity),
    Column("filled_amount", Kind.MONEY, lambda row: row.order.filled_amount),
    Column("avg_fill_price", Kind.MONEY, lambda row: row.order.average_price),
    Column("arrival_price", Kind.MONEY, lambda row: row.order.arrival_price),
    Column("arrival_kind", Kind.TEXT, lambda row: row.order.arrival_kind),
    Column("arrival_spread", Kind.MONEY, lambda row: row.order.arrival_spread),
    Column("slippage_bp", Kind.BASIS_POINTS, lambda row: order_slippage_bp(row.order)),
    Column("venue_order_id", Kind.TEXT, lambda row: row.order.venue_order_id),
    Column("raw_status", Kind.NUMBER, lambda row: row.order.raw_status),
    Column("raw_text", Kind.TEXT, lambda row: row.order.raw_text),
    Column("created_at", Kind.TIME, lambda row: row.order.created_at),
    Column("acked_at", Kind.TIME, lambda row: row.order.acked_at),
    Column("closed_at", Kind.TIME, lambda row: row.order.closed_at),
)
FILL_COLUMNS: tuple[Column[FillFacts], ...] = (
    Column("run_id", Kind.TEXT, lambda row: row.plan.run_id),
    Column("client_order_id", Kind.TEXT, lambda row: row.fill.client_order_id),
    Column("fill_id", Kind.TEXT, lambda row: row.fill.fill_id),
    Column("kind", Kind.TEXT, lambda row: row.fill.kind.value),
    Column("account", Kind.TEXT, lambda row: row.fill.account),
    Column("plan_hash", Kind.TEXT, lambda row: row.plan.plan_hash),
    Column("trade_date", Kind.DATE, lambda row: row.fill.trade_date),
    Column("market", Kind.TEXT, lambda row: row.fill.market),
    Column("venue_order_id", Kind.TEXT, lambda row: row.fill.venue_order_id),
    Column("ts_code", Kind.TEXT, lambda row: str(row.fill.symbol)),
    Column("side", Kind.TEXT, lambda row: row.fill.side.value),
    Column("fill_qty", Kind.QUANTITY, lambda row: row.fill.quantity),
    Column("fill_price", Kind.MONEY, lambda row: row.fill.price),
    Column("fill_amount", Kind.MONEY, lambda row: row.fill.amount),
    Column("commission", Kind.MONEY, lambda row: row.fees.commission if row.fees else None),
    Column("stamp_duty", Kind.MONEY, lambda row: row.fees.stamp_duty if row.fees else None),
    Column("transfer_fee", Kind.MONEY, lambda row: row.fees.transfer if row.fees else None),
    Column("fees", Kind.MONEY, lambda row: row.fees.total if row.fees else None),
    Column("fill_time", Kind.TIME, lambda row: row.fill.fill_time),
)


def status_time(order: Order) -> datetime:
    """Return since when the order is what it is, as far as it was noted (market time)."""
    return order.closed_at or order.venue_changed_at or order.acked_at or order.created_at
