from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import SendVerdict
from daemon.planning.cancels import CancelWish
from daemon.tasks.poll import Poller
from daemon.tasks.submit import Submitter
from daemon.tasks.timeout import Canceller
from statemachine.order import CancelOutcome, FinalReason, Order, OrderState, SendState
from statemachine.plan import Plan
from tests.daemon.planning.builders import target
from tests.daemon.tasks.day import sent
from tests.fakes.fake_broker import Answer
from tests.fakes.fake_clock import participants
from tests.support.desk import FIRST_SEND, WANG, Room, at, open_room

# The day's cancels may be 15 % of its orders: seven orders allow one.
NAMES = ("600000.SH", "600036.SH", "600519.SH", "000001.SZ", "000002.SZ", "000651.SZ", "601318.SH")
REFUSED = Answer(SendVerdict.REFUSED, "ORDER_NOT_CANCELABLE")
LOST = Answer(SendVerdict.UNKNOWN, "TIMEOUT")


async def one_stale(room: Room, **changes: object) -> tuple[Plan, Order]:
    """Have seven orders live and all but one filled; `changes` are settings of the flow."""
    settings = room.desk.settings
    flow = settings.flow.model_copy(update={"messages_per_second": 20, **changes})
    room.desk = replace(room.desk, settings=settings.model_copy(update={"flow": flow}))
    plan = await sent(room, *(target(name, "0.1", name) for name in NAMES))
    stale, *others = await room.desk.store.open_orders()
    for order in others:
        room.broker.execute(order.client_order_id)
    await Poller(room.desk).poll()
    return plan, stale


def canceller(room: Room) -> Canceller:
    return Canceller(room.desk, started_at=at("08:00:00"))


async def now_of(room: Room, order: Order) -> Order:
    found = await room.desk.store.order(order.client_order_id)
    assert found is not None
    return found


async def test_a_stale_order_is_asked_to_be_cancelled_and_ends_when_the_venue_says_so(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        await room.until(FIRST_SEND + timedelta(seconds=200))

        assert await canceller(room).look()
        asked = await now_of(room, stale)
        assert (asked.state, asked.cancelled_quantity) == (OrderState.CANCEL_PENDING, 0)

        await Poller(room.desk).poll()
        ended = await now_of(room, stale)
        assert (ended.state, ended.final_reason) == (
            OrderState.CANCELLED,
            FinalReason.CANCELLED_BY_US,
        )
        assert ended.cancelled_quantity == ended.quantity


async def test_nothing_is_cancelled_before_its_age(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await one_stale(room)
        await room.until(FIRST_SEND + timedelta(seconds=180))

        assert await canceller(room).look()

        assert room.broker.cancelled == []


async def test_nothing_is_looked_at_while_nothing_is_live(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.until(FIRST_SEND)

        assert not await canceller(room).look()


async def test_a_fill_that_comes_while_a_cancel_is_on_its_way_counts(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        await room.until(FIRST_SEND + timedelta(seconds=200))
        room.broker.cancel_answers.append(Answer(SendVerdict.ACCEPTED))
        await canceller(room).look()
        room.broker.execute(stale.client_order_id)

        await Poller(room.desk).poll()

        ended = await now_of(room, stale)
        assert (ended.state, ended.filled_quantity) == (OrderState.FILLED, ended.quantity)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(REFUSED, CancelOutcome.REFUSED), (LOST, CancelOutcome.UNKNOWN)]
)
async def test_a_cancel_that_was_not_accepted_is_retried_no_sooner_than_ten_seconds_later(
    tmp_path: Path, answer: Answer, outcome: CancelOutcome
) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        await room.until(FIRST_SEND + timedelta(seconds=200))
        room.broker.cancel_answers.append(answer)
        task = canceller(room)
        await task.look()
        await room.until(room.clock.now() + timedelta(seconds=9))
        await task.look()

        assert room.broker.cancelled == [stale.client_order_id]
        assert room.log_entry("cancel not accepted")["code"] == answer.code
        assert (await now_of(room, stale)).is_live
        assert (await now_of(room, stale)).cancel_outcome is outcome


async def test_a_cancel_that_was_refused_is_asked_for_again_after_ten_seconds(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room, cancel_ratio_max=Decimal(1))
        await room.until(FIRST_SEND + timedelta(seconds=200))
        room.broker.cancel_answers.append(LOST)
        task = canceller(room)
        await task.look()
        await room.until(room.clock.now() + timedelta(seconds=10))

        await task.look()

        assert room.broker.cancelled == [stale.client_order_id] * 2


async def test_an_order_that_ended_since_it_was_looked_at_is_not_cancelled(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        room.broker.execute(stale.client_order_id)
        await Poller(room.desk).poll()

        await canceller(room)._ask(CancelWish(stale.client_order_id, "STALE", again=False))

        assert room.broker.cancelled == []
        assert "is FILLED" in room.log_entry("no cancel")["why"]


async def test_the_days_share_of_cancels_is_not_exceeded(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        async with participants(room.clock, canceller(room).run):
            await room.until(at("14:50:00"))

        assert room.broker.cancelled == []


async def test_no_cancel_is_asked_for_around_the_lunch_break(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        await room.until(at("11:29:40"))
        async with participants(room.clock, canceller(room).run):
            await room.until(at("13:00:29"))
            assert room.broker.cancelled == []
            await room.until(at("13:00:40"))

        assert room.broker.cancelled == [stale.client_order_id]


async def test_after_a_restart_nothing_stale_is_cancelled_for_a_minute(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        await room.until(FIRST_SEND + timedelta(seconds=300))
        task = Canceller(room.desk, started_at=room.clock.now())
        await room.until(room.clock.now() + timedelta(seconds=59))
        await task.look()
        assert room.broker.cancelled == []

        await room.until(room.clock.now() + timedelta(seconds=1))
        await task.look()
        assert room.broker.cancelled == [stale.client_order_id]


async def test_an_answered_cancel_wakes_the_poller(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await one_stale(room)
        await room.until(FIRST_SEND + timedelta(seconds=200))
        await canceller(room).look()

        far = room.clock.now() + timedelta(hours=1)
        assert await room.clock.sleep_until(far, room.desk.signals.poll)


async def test_an_order_that_a_refused_cancel_shows_as_ended_wakes_the_releaser(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        _, stale = await one_stale(room)
        await room.clock.sleep_until(room.clock.now(), room.desk.signals.release)
        await room.until(FIRST_SEND + timedelta(seconds=200))
        room.broker.end(stale.client_order_id)
        room.broker.cancel_answers.append(REFUSED)
        await canceller(room).look()

        assert (await now_of(room, stale)).is_terminal
        far = room.clock.now() + timedelta(hours=1)
        assert await room.clock.sleep_until(far, room.desk.signals.release)


async def test_an_order_that_goes_live_while_the_canceller_sleeps_is_cancelled_at_its_age(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        async with participants(room.clock, canceller(room).run):
            _, stale = await one_stale(room)
            await room.until(FIRST_SEND + timedelta(seconds=200))

        assert room.broker.cancelled == [stale.client_order_id]


async def test_a_halt_cancels_everything_live_without_age_or_ratio_at_the_brokers_pace(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room, *(target(name, "0.1", name) for name in NAMES[:5]))
        await Submitter(room.desk).send_next()
        flow = room.desk.settings.flow.model_copy(update={"messages_per_second": 2})
        room.desk = replace(
            room.desk, settings=room.desk.settings.model_copy(update={"flow": flow})
        )
        live = [order for order in await room.desk.store.open_orders() if order.is_live]
        began_at = room.clock.now()
        await room.actions.halt("looks wrong", WANG)

        assert await canceller(room).look()

        asked = [moment for name, moment in room.broker.called_at if name == "cancel"]
        assert len(asked) == len(live) == 5
        assert [(moment - began_at).seconds for moment in asked] == [0, 0, 1, 1, 2]
        await Poller(room.desk).poll()
        assert await room.desk.store.open_orders() == ()


async def test_a_cancel_of_a_halt_is_repeated_until_the_order_has_ended(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room, target(NAMES[0], "0.1"))
        await room.actions.halt("looks wrong", WANG)
        room.broker.cancel_answers.extend(
            [Answer(SendVerdict.ACCEPTED), Answer(SendVerdict.REFUSED, "ORDER_NOT_CANCELABLE")]
        )
        task = canceller(room)

        for _ in range(6):
            await task.look()
            await room.until(room.clock.now() + timedelta(seconds=5))

        assert len(room.broker.cancelled) == 3


async def test_an_order_taken_but_not_acknowledged_is_cancelled_by_a_halt_only(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(Answer(SendVerdict.ACCEPTED, arrives=False))
        await sent(room, target(NAMES[0], "0.1"))
        (order,) = await room.desk.store.open_orders()
        assert (order.state, order.send_state) == (OrderState.NEW, SendState.ACCEPTED)
        task = canceller(room)
        assert not await task.look()
        await room.actions.halt("looks wrong", WANG)
        room.broker.cancel_answers.append(Answer(SendVerdict.ACCEPTED))

        assert await task.look()

        assert room.broker.cancelled == [order.client_order_id]
        assert (await now_of(room, order)).want_cancel == "HALT"
        assert await room.desk.store.message_counts(order.session_date) == (1, 0)
