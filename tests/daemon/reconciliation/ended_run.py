"""One run of five lines at its end: bought in two legs, sold whole, deferred, denied and kept."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from market.side import Side
from market.symbol import Symbol
from statemachine.breaks import Break
from statemachine.fill import Fill
from statemachine.line_status import LineStatus
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.plan import Disposition, Plan, PlanLine
from statemachine.reasons import Reason
from statemachine.run import Run, RunState
from tests.daemon.reconciliation.books import FEES
from tests.support.book import (
    BANK,
    RUN_ID,
    SESSION,
    STAR,
    VANKE,
    line,
    make_fill,
    make_order,
    make_plan,
    make_run,
)

LATE = Symbol.parse("300750.SZ")
KEPT = Symbol.parse("601318.SH")
CAPITAL = Decimal(1_000_000)
CASH_BREAK = Break(RUN_ID, "CASH", None, "1", "2", "a yuan")


def plan() -> Plan:
    """Return the plan; every reference is 10.00."""
    return make_plan(lines=lines())


def lines() -> tuple[PlanLine, ...]:
    sold = replace(line(VANKE, Side.SELL, 500, "9.65"), target_weight=Decimal(0), target_quantity=0)
    bought = replace(line(BANK, Side.BUY, 1000, "10.35"), target_weight=Decimal("0.01055"))
    deferred = replace(
        line(STAR, Side.BUY, 400, "10.35"),
        disposition=Disposition.DEFERRED,
        target_weight=Decimal("0.004"),
        reason=Reason.SUSPENDED,
        detail="suspended since Friday",
    )
    denied = replace(
        line(LATE, Side.BUY, 0, "10.35"),
        disposition=Disposition.DENIED,
        target_weight=Decimal("0.0009996"),
        reason=Reason.BELOW_LOT,
        detail="99 shares are below one lot",
    )
    kept = replace(
        line(KEPT, Side.BUY, 0, "10.35"),
        disposition=Disposition.KEEP,
        target_weight=Decimal("0.02"),
        reason=Reason.ON_TARGET,
    )
    return (sold, bought, deferred, denied, kept)


def statuses() -> dict[Symbol, LineStatus]:
    return {STAR: LineStatus(RUN_ID, STAR, Reason.LIMIT_LOCKED, "locked at 11.00 since 09:31")}


def orders() -> tuple[Order, ...]:
    """Sold 500; bought 400 of 1,000 in the first leg and 300 of the other 600 in the second."""
    return (
        filled(make_order(VANKE, Side.SELL, 500, "9.97")),
        cut(make_order(BANK, Side.BUY, 1000, "10.03"), 400),
        cut(make_order(BANK, Side.BUY, 600, "10.05", leg=2), 300),
    )


def filled(order: Order) -> Order:
    return replace(
        cut(order, order.quantity), state=OrderState.FILLED, final_reason=FinalReason.FILLED
    )


def cut(order: Order, quantity: int) -> Order:
    """Return the order cancelled by us after so many shares."""
    return replace(
        order,
        state=OrderState.CANCELLED,
        send_state=SendState.ACCEPTED,
        filled_quantity=quantity,
        filled_amount=quantity * order.limit_price,
        cancelled_quantity=order.quantity - quantity,
        final_reason=FinalReason.PARTIAL_CANCEL,
        want_cancel="STALE",
        arrival_price=Decimal("10.00"),
    )


def fills(made: Sequence[Order]) -> tuple[Fill, ...]:
    return tuple(
        replace(make_fill(order, order.filled_quantity), fees=FEES)
        for order in made
        if order.filled_quantity
    )


def run() -> Run:
    return replace(
        make_run(),
        state=RunState.COMPLETED_WITH_EXCEPTIONS,
        session_date=SESSION,
        plan_hash=plan().plan_hash,
    )
