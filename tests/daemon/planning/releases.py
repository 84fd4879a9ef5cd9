"""A working run for the release tests: a plan, its orders in any state, and a market."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adapters.broker import Instrument, Quote
from config.settings import Settings
from daemon.planning.envelope import next_orders, to_order
from daemon.planning.release_inputs import ReleaseDecision, ReleaseInputs
from daemon.planning.sizing import plan_run
from market.phases import market_time
from market.side import Side
from statemachine.line_status import LineStatus
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.plan import Plan
from statemachine.position import Position
from statemachine.reasons import Reason
from tests.daemon.planning.builders import (
    SESSION,
    calendar,
    inputs,
    instrument,
    planned,
    position,
    quote,
    rule_book,
    snapshot,
    symbol,
    target,
)

NOW = market_time(SESSION, "10:00:00")


def buys(*weights: str) -> Plan:
    names = [f"60000{digit}.SH" for digit in range(len(weights))]
    industries = [f"行业{digit}" for digit in range(len(weights))]
    rows = zip(names, weights, industries, strict=True)
    return planned(plan_run(inputs(*(target(*row) for row in rows))))


def rotation(cash: str = "100000") -> Plan:
    """Sell 30,000 of one name, buy 20,000 of another and 15,000 of a third, all at 10."""
    return planned(
        plan_run(
            inputs(
                target("600036.SH", "0.5"),
                target("600519.SH", "0.375", "食品饮料"),
                positions=[position("600000.SH", 30_000)],
                cash=cash,
            )
        )
    )


EARLIER = market_time(SESSION, "09:50:00")


def book(text: str, last: str = "10", at: datetime = NOW) -> Quote:
    """A quote one tick wide around the last trade."""
    tick = Decimal("0.01")
    return quote(text, last, str(Decimal(last) - tick), str(Decimal(last) + tick), at=at)


def release(
    plan: Plan,
    *,
    orders: Iterable[Order] = (),
    statuses: Iterable[LineStatus] = (),
    quotes: Iterable[Quote] = (),
    instruments: Iterable[Instrument] = (),
    cash: str | Decimal = "1000000",
    positions: Iterable[Position] | None = None,
    owned: Mapping[str, int] | None = None,
    now: datetime = NOW,
    settings: Settings | None = None,
    messages_left: int = 1000,
    locked: Iterable[str] = (),
    explained: Iterable[str] = (),
    read_at: datetime | None = None,
    approved: Iterable[Side] = Side,
) -> ReleaseInputs:
    """Every line quoted at its reference; sells are held and sellable in full."""
    codes = [str(line.symbol) for line in plan.lines]
    prices = {str(line.symbol): str(line.reference_price or 10) for line in plan.lines}
    held = {str(line.symbol): line.owned_quantity for line in plan.lines if line.owned_quantity > 0}
    rows = [position(code, held[code]) for code in held] if positions is None else positions
    return ReleaseInputs(
        plan=plan,
        orders=tuple(orders),
        statuses={status.symbol: status for status in statuses},
        quotes={symbol(code): book(code, prices[code], at=now) for code in codes}
        | {row.symbol: row for row in quotes},
        instruments={symbol(code): instrument(code, prices[code]) for code in codes}
        | {row.symbol: row for row in instruments},
        snapshot=snapshot(*rows, cash=cash, as_of=read_at or now),
        owned={symbol(code): quantity for code, quantity in (owned or held).items()},
        now=now,
        settings=settings or Settings(),
        rules=rule_book(),
        calendar=calendar(),
        messages_left=messages_left,
        locked=frozenset(symbol(code) for code in locked),
        explained=frozenset(symbol(code) for code in explained),
        approved=frozenset(approved),
    )


def made(decision: ReleaseDecision) -> list[tuple[str, Side, int, int, int]]:
    return [
        (str(order.symbol), order.side, order.slice, order.leg, order.quantity)
        for order in decision.orders
    ]


def reasons(decision: ReleaseDecision) -> dict[str, Reason | None]:
    return {str(status.symbol): status.reason for status in decision.statuses}


def first_wave(plan: Plan) -> tuple[Order, ...]:
    """The orders the plan would open with, still planned."""
    return planned_orders(plan, next_orders(release(plan, cash=Decimal(10**9))))


def planned_orders(plan: Plan, decision: ReleaseDecision) -> tuple[Order, ...]:
    return tuple(to_order(child, plan, EARLIER) for child in decision.orders)


def live(order: Order, filled: int = 0, acked_at: datetime = EARLIER) -> Order:
    state = OrderState.PARTIAL_FILLED if filled else OrderState.ACK
    return _with_fills(order, state, filled, acked_at)


def filled(order: Order, acked_at: datetime = EARLIER) -> Order:
    done = _with_fills(order, OrderState.FILLED, order.quantity, acked_at)
    return replace(done, final_reason=FinalReason.FILLED, closed_at=acked_at)


def cancelled(order: Order, filled_quantity: int = 0, by_us: bool = True) -> Order:
    ended = _with_fills(order, OrderState.CANCELLED, filled_quantity, EARLIER)
    plain = FinalReason.CANCELLED_BY_US if by_us else FinalReason.CANCELLED_BY_BROKER
    return replace(
        ended,
        cancelled_quantity=order.quantity - filled_quantity,
        final_reason=FinalReason.PARTIAL_CANCEL if filled_quantity else plain,
        want_cancel="STALE" if by_us else None,
        closed_at=EARLIER,
    )


def rejected(order: Order) -> Order:
    return replace(
        order,
        state=OrderState.REJECTED,
        send_state=SendState.REFUSED,
        final_reason=FinalReason.REJECTED,
        reject_code="PRICE_CAGE",
    )


def unknown(order: Order) -> Order:
    return replace(order, send_state=SendState.UNKNOWN)


def never_sent(order: Order, reason: Reason = Reason.SEND_FAILED) -> Order:
    return replace(order, send_state=SendState.NEVER_SENT, reject_code=reason.value)


def _with_fills(order: Order, state: OrderState, quantity: int, acked_at: datetime) -> Order:
    return replace(
        order,
        state=state,
        send_state=SendState.ACCEPTED,
        filled_quantity=quantity,
        filled_amount=quantity * order.limit_price,
        acked_at=acked_at,
    )
