from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.wire.models import NewOrder
from adapters.wire.values import ClientOrderId
from daemon.plan_rehearsal.counter import PaperCounter, rehearsal_id
from daemon.planning.envelope import next_orders, to_order
from market.side import Side
from statemachine.order import FinalReason, Order, OrderState, SendState
from statemachine.order_id import is_own_order_id
from tests.adapters.venues.simulated.markets import on_monday, venue_at, write_market
from tests.daemon.plan_rehearsal.given import BANK
from tests.daemon.planning.builders import symbol
from tests.daemon.planning.releases import NOW, buys, release

MORNING = on_monday("10:00:00")


def an_order(price: str = "10.15", quantity: int = 1000) -> Order:
    given = release(buys("0.2"))
    planned = to_order(next_orders(given).orders[0], given.plan, NOW)
    return replace(planned, limit_price=Decimal(price), quantity=quantity)


def counter_in(folder: Path) -> PaperCounter:
    counter = PaperCounter(venue_at(write_market(folder), on_monday("09:00:00")))
    counter.advance_to(MORNING)
    return counter


def test_the_id_of_a_rehearsed_order_cannot_reach_a_wire() -> None:
    order = an_order()
    identity = rehearsal_id(order)

    assert is_own_order_id(order.client_order_id)
    assert not is_own_order_id(identity)
    with pytest.raises(ValidationError):
        TypeAdapter(ClientOrderId).validate_python(identity)
    with pytest.raises(ValidationError):
        NewOrder(
            client_order_id=identity,
            symbol=BANK,
            side=Side.BUY,
            limit_price=Decimal(10),
            quantity=100,
            deadline=MORNING,
        )


async def test_a_refused_order_ends_and_keeps_the_code(tmp_path: Path) -> None:
    order = await counter_in(tmp_path).place(an_order(price="99.00"), MORNING)

    assert order.state is OrderState.REJECTED
    assert order.send_state is SendState.REFUSED
    assert order.reject_code is not None


async def test_a_cancelled_order_is_ours_to_have_ended(tmp_path: Path) -> None:
    counter = counter_in(tmp_path)
    resting = await counter.place(an_order(price="9.80"), MORNING)
    asked = await counter.cancel(resting, "STALE", MORNING)
    counter.advance_to(on_monday("10:00:05"))
    ended = await counter.look(asked, on_monday("10:00:05"))

    assert resting.state is OrderState.ACK
    assert asked.state is OrderState.CANCEL_PENDING
    assert (ended.state, ended.final_reason) == (OrderState.CANCELLED, FinalReason.CANCELLED_BY_US)
    assert await counter.look(ended, MORNING) is ended
    assert counter.fees_of(ended) == 0


async def test_a_cancel_that_is_refused_leaves_the_order_as_it_is(tmp_path: Path) -> None:
    counter = counter_in(tmp_path)
    resting = await counter.place(an_order(price="9.80"), MORNING)
    counter.advance_to(on_monday("14:58:00"))
    refused = await counter.cancel(resting, "STALE", on_monday("14:58:00"))

    assert not refused.is_terminal
    assert refused.symbol == symbol(BANK)
