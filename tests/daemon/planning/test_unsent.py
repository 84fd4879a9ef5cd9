from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.planning.unsent import equity_of, unsent_buys
from statemachine.order import Order, SendState
from tests.daemon.planning.releases import (
    buys,
    cancelled,
    filled,
    first_wave,
    live,
    never_sent,
    rejected,
    rotation,
    unknown,
)

PLAN = buys("0.2")
LINE = PLAN.lines[0]
(ORDER,) = first_wave(PLAN)


def half(order: Order) -> Order:
    return cancelled(order, filled_quantity=order.quantity // 2)


@pytest.mark.parametrize(
    ("state", "share"),
    [
        (live, 0),
        (filled, 0),
        (unknown, 0),
        (half, Decimal("0.5")),
        (cancelled, 1),
        (rejected, 1),
        (never_sent, 1),
        (lambda order: order, 1),
        (lambda order: replace(order, send_state=SendState.NOT_SENT), 1),
    ],
)
def test_what_neither_filled_nor_may_lie_at_the_venue_is_unsent(
    state: Callable[[Order], Order], share: Decimal
) -> None:
    assert LINE.reference_price is not None
    worth = ORDER.quantity * LINE.reference_price

    assert unsent_buys(PLAN, [state(ORDER)]) == share * worth


def test_without_an_order_every_buy_is_unsent_and_no_sell_is() -> None:
    assert unsent_buys(PLAN, []) == LINE.notional
    plan = rotation()
    bought = [line.notional for line in plan.lines if line.side == "BUY"]
    assert unsent_buys(plan, []) == sum(bought)


def test_a_buy_without_a_price_is_worth_nothing() -> None:
    unpriced = replace(PLAN, lines=(replace(LINE, reference_price=None),))

    assert unsent_buys(unpriced, []) == 0


def test_equity_is_what_is_ours_and_the_cash() -> None:
    capital = PLAN.capital

    assert equity_of(PLAN) == capital.owned_market_value + capital.available_cash
