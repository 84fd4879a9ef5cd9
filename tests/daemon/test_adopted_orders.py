"""An order of the broker's that a person took for one of ours, from the choice to its end (A4)."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.broker import OrderRequest
from daemon.halting.book import OurOrders, orders_in
from daemon.halting.proof import HaltProof
from daemon.halting.receipts import newest_receipt
from daemon.refusals import ActionRefused
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.timeout import Canceller
from statemachine.order import Order, OrderState
from tests.daemon.planning.builders import target
from tests.daemon.tasks.day import sent
from tests.fakes.fake_broker import UNKNOWN_AND_LOST, FakeBroker
from tests.support.desk import BANK, WANG, Room, at, open_room


def arrive_nameless(broker: FakeBroker, request: OrderRequest) -> None:
    """Put an order on the book whose remark was lost; from then on it goes by its number."""
    report = replace(broker.arrive(request), client_order_id=None)
    del broker.reports[request.client_order_id], broker.arrived_on[request.client_order_id]
    broker.reports[report.venue_order_id] = report
    broker.arrived_on[report.venue_order_id] = report.updated_at.date()
    broker.changes[-1] = report.venue_order_id


async def left_to_a_person(room: Room) -> Order:
    """Return an order nobody knows the fate of; the broker has its like without our id."""
    room.broker.answers.append(UNKNOWN_AND_LOST)
    plan = await sent(room, target(BANK, "0.2"))
    order = await room.order_of(plan.run_id)
    await room.desk.store.set_unresolved(
        order.client_order_id, "MANUAL", cause="ABSENT", now=room.clock.now()
    )
    request = OrderRequest(
        order.client_order_id,
        order.symbol,
        order.side,
        order.limit_price,
        order.quantity,
        room.clock.now(),
    )
    arrive_nameless(room.broker, request)
    return order


async def adopt_order(room: Room, number: str = "V1") -> None:
    (item,) = await room.desk.store.manual_items()
    await room.actions.resolve(item.item_id, "adopt-order", WANG, "typed by hand", number)


async def test_an_adopted_order_is_followed_to_its_end_without_a_break(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        order = await left_to_a_person(room)
        reconciler = Reconciler(room.desk, Poller(room.desk))

        await adopt_order(room)
        assert (await reconciler.reconcile_now()).breaks == ()
        room.broker.execute("V1")
        assert (await reconciler.reconcile_now()).breaks == ()

        ended = await room.order_of(order.run_id)
        assert (ended.state, ended.filled_quantity) == (OrderState.FILLED, order.quantity)
        assert await room.desk.store.owned() == {order.symbol: order.quantity}
        assert await room.desk.store.halts() == ()
        assert await room.desk.store.verify() == ()


async def test_a_halt_without_a_daemon_knows_what_was_adopted_by_its_number(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        order = await left_to_a_person(room)
        await adopt_order(room)

        ours, trouble = orders_in(tmp_path / "execd.sqlite")

    assert ours == OurOrders(frozenset({order.client_order_id}), frozenset({"V1"}))
    assert trouble == ""


@pytest.mark.parametrize(("lists", "why"), [("orders", "not complete"), ("fills", "not complete")])
async def test_a_broker_that_cannot_list_everything_has_nothing_adopted(
    tmp_path: Path, lists: str, why: str
) -> None:
    async with open_room(tmp_path) as room:
        await left_to_a_person(room)
        room.broker.incomplete.add(lists)

        with pytest.raises(ActionRefused, match=why):
            await adopt_order(room)


async def test_an_order_the_broker_does_not_list_is_not_adopted(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        order = await left_to_a_person(room)

        with pytest.raises(ActionRefused, match="lists no order 'V2'"):
            await adopt_order(room, "V2")
        assert (await room.order_of(order.run_id)).venue_order_id is None


async def test_a_halt_leaves_an_adopted_order_to_the_terminal(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        order = await left_to_a_person(room)
        await adopt_order(room)
        await room.actions.halt("looks wrong", WANG)

        await Canceller(room.desk, at("08:00:00")).look()

        assert room.broker.cancelled == []
        assert "cancel V1 at the terminal" in room.log_entry("no cancel")["why"]
        assert (await room.order_of(order.run_id)).state is OrderState.ACK


async def test_a_halt_is_not_proven_while_an_adopted_order_lives(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await left_to_a_person(room)
        await adopt_order(room)
        await room.actions.halt("looks wrong", WANG)
        proof = HaltProof(room.desk, Poller(room.desk))

        await proof.look()
        found = newest_receipt(room.desk)
        assert found is not None
        assert (found.proven_at, len(found.resting)) == (None, 1)
        room.broker.end("V1")
        await proof.look()

        found = newest_receipt(room.desk)
        assert found is not None
        assert found.proven_at is not None
