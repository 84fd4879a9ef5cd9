"""A run against a small broker that accepts, fills, ends, loses and refuses orders at will.

Whatever it does, wave after wave: no line leaves its envelope, no slice has two live legs, no
buy is made without cash, nothing is sold that is not there.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from daemon.planning.cancels import CancelState, stale_cancels
from daemon.planning.envelope import next_orders, to_order
from daemon.planning.release_inputs import ChildOrder
from daemon.planning.sizing import plan_run
from daemon.planning.unseen import buy_cost
from market.fees import order_fees
from market.phases import market_time
from market.quantity import is_valid_buy_quantity, is_valid_sell_quantity
from market.side import Side
from market.symbol import Symbol
from statemachine.line_status import LineStatus
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.plan import Plan
from tests.daemon.planning.builders import (
    SESSION,
    calendar,
    inputs,
    planned,
    position,
    rule_book,
    symbol,
    target,
)
from tests.daemon.planning.releases import book, release

SOLD, ODD, BOUGHT, STAR = "600000.SH", "600004.SH", "600036.SH", "688001.SH"
HOLDINGS = {SOLD: 30_000, ODD: 1_050}
CASH = Decimal(50_000)
PRICE_STEPS = st.sampled_from(["9.80", "9.90", "10", "10.10", "10.20"])


def rotation() -> Plan:
    return planned(
        plan_run(
            inputs(
                target(BOUGHT, "0.4"),
                target(STAR, "0.4", "电子"),
                positions=[position(code, quantity) for code, quantity in HOLDINGS.items()],
                cash=CASH,
            )
        )
    )


class WorkingRun(RuleBasedStateMachine):
    """The daemon's side is the functions under test; the rules are the broker's whims."""

    @initialize()
    def start(self) -> None:
        self.plan = rotation()
        self.now = market_time(SESSION, "09:31:00")
        self.orders: dict[str, Order] = {}
        self.statuses: dict[Symbol, LineStatus] = {}
        self.cash = CASH
        self.shares = {symbol(code): quantity for code, quantity in HOLDINGS.items()}
        self.prices = {str(line.symbol): "10" for line in self.plan.lines}
        self.asked: dict[str, int] = defaultdict(int)

    @rule(seconds=st.integers(15, 400))
    def time_passes_and_a_wave_is_made(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        decision = next_orders(
            release(
                self.plan,
                orders=self.orders.values(),
                statuses=self.statuses.values(),
                quotes=[book(code, price, at=self.now) for code, price in self.prices.items()],
                cash=self._available(),
                positions=[
                    position(str(name), quantity, self._sellable(name))
                    for name, quantity in self.shares.items()
                ],
                owned={str(name): quantity for name, quantity in self.shares.items()},
                now=self.now,
            )
        )
        self.statuses |= {status.symbol: status for status in decision.statuses}
        self._check_cash(decision.orders)
        for child in decision.orders:
            self._check_child(child)
            order = to_order(child, self.plan, self.now)
            assert order.client_order_id not in self.orders
            self.orders[order.client_order_id] = order

    @rule(code=st.sampled_from([SOLD, ODD, BOUGHT, STAR]), price=PRICE_STEPS)
    def the_price_moves(self, code: str, price: str) -> None:
        self.prices[code] = price

    @precondition(lambda self: self._in(OrderState.NEW))
    @rule(
        data=st.data(),
        fate=st.sampled_from(["ack", "ack", "ack", "reject", "unknown", "not_sent", "never"]),
    )
    def an_order_meets_its_fate(self, data: st.DataObject, fate: str) -> None:
        order = data.draw(st.sampled_from(self._in(OrderState.NEW)))
        match fate:
            case "ack":
                changed = replace(
                    order,
                    state=OrderState.ACK,
                    send_state=SendState.ACCEPTED,
                    acked_at=self.now,
                )
            case "reject":
                changed = replace(
                    order,
                    state=OrderState.REJECTED,
                    send_state=SendState.REFUSED,
                    final_reason=FinalReason.REJECTED,
                )
            case "unknown":
                changed = replace(order, send_state=SendState.UNKNOWN)
            case "not_sent":
                changed = replace(order, send_state=SendState.NOT_SENT)
            case _:
                changed = replace(order, send_state=SendState.NEVER_SENT)
        if order.send_state is not SendState.NEVER_SENT:
            self.orders[order.client_order_id] = changed

    @precondition(lambda self: self._live())
    @rule(data=st.data(), share=st.integers(1, 100))
    def an_order_fills(self, data: st.DataObject, share: int) -> None:
        order = data.draw(st.sampled_from(self._live()))
        quantity = max(order.remaining_quantity * share // 100, 1)
        self._settle_cash(order, quantity)
        filled = order.filled_quantity + quantity
        state = OrderState.FILLED if filled == order.quantity else OrderState.PARTIAL_FILLED
        self.orders[order.client_order_id] = replace(
            order,
            state=state,
            filled_quantity=filled,
            filled_amount=order.filled_amount + quantity * order.limit_price,
            final_reason=FinalReason.FILLED if state is OrderState.FILLED else None,
        )

    @precondition(lambda self: self._in(OrderState.ACK))
    @rule(data=st.data())
    def an_order_is_rejected_late(self, data: st.DataObject) -> None:
        """Accepted first, refused by the exchange later; what it froze comes back."""
        order = data.draw(st.sampled_from(self._in(OrderState.ACK)))
        self.orders[order.client_order_id] = replace(
            order,
            state=OrderState.CANCELLED,
            cancelled_quantity=order.quantity,
            final_reason=FinalReason.REJECTED_LATE,
        )

    @precondition(lambda self: self._live())
    @rule(data=st.data(), ours=st.booleans())
    def an_order_is_cancelled(self, data: st.DataObject, ours: bool) -> None:
        order = data.draw(st.sampled_from(self._live()))
        self.orders[order.client_order_id] = replace(
            order,
            state=OrderState.CANCELLED,
            cancelled_quantity=order.remaining_quantity,
            want_cancel="STALE" if ours else None,
            final_reason=FinalReason.CANCELLED_BY_US if ours else FinalReason.CANCELLED_BY_BROKER,
        )

    @invariant()
    def no_line_leaves_its_envelope(self) -> None:
        for line in self.plan.lines:
            orders = [row for row in self.orders.values() if row.symbol == line.symbol]
            at_stake = sum(row.filled_quantity + self._may_still_fill(row) for row in orders)
            assert at_stake <= line.quantity_max

    @invariant()
    def no_slice_has_two_legs_at_once(self) -> None:
        open_legs: defaultdict[tuple[Symbol, int], int] = defaultdict(int)
        for order in self.orders.values():
            open_legs[order.symbol, order.slice] += self._may_still_fill(order) > 0
            assert order.leg <= 3
        assert all(count <= 1 for count in open_legs.values())

    @invariant()
    def the_account_never_owes_cash_or_shares(self) -> None:
        assert self.cash >= 0
        assert all(quantity >= 0 for quantity in self.shares.values())

    @invariant()
    def what_is_frozen_and_promised_is_paid_for_at_every_event(self) -> None:
        """Spent cash has left `cash`; all that may still be spent of it is there."""
        promised = sum(
            (self._cost(order, order.quantity) for order in self._unseen_buys()), Decimal(0)
        )
        assert promised <= self._available()

    @invariant()
    def only_live_orders_are_ever_to_be_cancelled(self) -> None:
        state = CancelState({}, None, orders_sent=1000, cancels_sent=0)
        wishes = stale_cancels(
            self.orders.values(), self.now, release(self.plan).settings, calendar(), state
        )
        assert all(self.orders[wish.client_order_id].is_live for wish in wishes)

    def _in(self, state: OrderState) -> list[Order]:
        return [order for order in self.orders.values() if order.state is state]

    def _live(self) -> list[Order]:
        return [order for order in self.orders.values() if order.is_live]

    @staticmethod
    def _may_still_fill(order: Order) -> int:
        never = order.send_state is SendState.NEVER_SENT
        return 0 if order.is_terminal or never else order.remaining_quantity

    def _available(self) -> Decimal:
        """The broker freezes limit times quantity and fees of every buy it has accepted."""
        frozen = sum(
            (
                self._cost(order, order.remaining_quantity)
                for order in self._live()
                if order.side is Side.BUY
            ),
            Decimal(0),
        )
        return self.cash - frozen

    def _sellable(self, name: Symbol) -> int:
        frozen = sum(
            order.remaining_quantity
            for order in self._live()
            if order.side is Side.SELL and order.symbol == name
        )
        return self.shares[name] - frozen

    def _cost(self, order: Order, quantity: int) -> Decimal:
        if quantity == 0:
            return Decimal(0)
        rules = rule_book().on(order.symbol, SESSION)
        fees = release(self.plan).settings.fees.schedule()
        return buy_cost(quantity, order.limit_price, rules, fees)

    def _settle_cash(self, order: Order, quantity: int) -> None:
        """Charge fees as the counter does: by order, what the fill adds to them."""
        rules = rule_book().on(order.symbol, SESSION)
        schedule = release(self.plan).settings.fees.schedule()
        amount = quantity * order.limit_price
        before = order_fees(order.side, order.filled_amount, rules, schedule).total
        after = order_fees(order.side, order.filled_amount + amount, rules, schedule).total
        self.cash -= order.side.sign * amount + after - before
        if order.side is Side.SELL:
            self.shares[order.symbol] -= quantity

    def _check_cash(self, children: tuple[ChildOrder, ...]) -> None:
        """New buys fit in beside every buy that may still reach the broker."""
        pending = self._unseen_buys()
        promised = sum((self._cost(order, order.quantity) for order in pending), Decimal(0))
        for child in children:
            if child.side is Side.BUY:
                promised += self._cost(to_order(child, self.plan, self.now), child.quantity)
        new_buys = any(child.side is Side.BUY for child in children)
        assert not new_buys or promised <= self._available()

    def _unseen_buys(self) -> list[Order]:
        """Buys the broker has not confirmed and that may reach it still, unknown ones included."""
        return [
            order
            for order in self.orders.values()
            if order.side is Side.BUY
            and order.state is OrderState.NEW
            and order.send_state is not SendState.NEVER_SENT
        ]

    def _check_child(self, child: ChildOrder) -> None:
        line = self.plan.line_for(child.symbol)
        rules = rule_book().on(child.symbol, SESSION)
        assert line.limit_worst is not None
        assert child.side.sign * (child.limit_price - line.limit_worst) <= 0
        assert child.side is line.side
        if child.side is Side.BUY:
            assert is_valid_buy_quantity(rules, child.quantity)
        else:
            assert is_valid_sell_quantity(rules, child.quantity, self._sellable(child.symbol))


def test_no_broker_can_make_a_run_leave_its_envelope() -> None:
    run_state_machine_as_test(
        WorkingRun, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )


@given(st.lists(PRICE_STEPS, min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_the_same_moment_makes_the_same_orders(prices: list[str]) -> None:
    plan = rotation()
    quotes = [
        book(code, price) for code, price in zip((SOLD, ODD, BOUGHT, STAR), prices, strict=True)
    ]

    once = next_orders(release(plan, quotes=quotes, cash=CASH))

    assert next_orders(release(plan, quotes=quotes[::-1], cash=CASH)) == once
