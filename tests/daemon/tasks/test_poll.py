from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerError, BrokerUnavailable, BrokerUnknown, SessionSuperseded
from daemon.tasks.poll import Poller
from daemon.tasks.submit import Submitter
from statemachine.events import VenueStatus
from statemachine.fill import FillKind
from statemachine.order import OrderState, SendState
from statemachine.position import Movement
from statemachine.reasons import Reason
from tests.daemon.tasks.day import ask, orders_of, send_states, sent
from tests.fakes.fake_broker import UNKNOWN_AND_LOST, UNKNOWN_BUT_THERE
from tests.fakes.fake_clock import participants
from tests.support.desk import BANK, SESSION, Room, at, open_room

DOWN = [
    BrokerUnavailable("VENUE_NOT_READY", "try later"),
    BrokerUnknown("TIMEOUT", "who knows"),
]


async def lost(room: Room) -> Poller:
    """Have the first orders sent with an unknown outcome; the venue never got them."""
    room.broker.answers.append(UNKNOWN_AND_LOST)
    await sent(room)
    return Poller(room.desk)


async def seconds_later(room: Room, seconds: int) -> None:
    await room.until(room.clock.now() + timedelta(seconds=seconds))


async def polls(room: Room) -> list[datetime]:
    return [when for what, when in room.broker.called_at if what == "orders"]


async def test_an_order_of_unknown_sending_is_adopted_as_soon_as_the_venue_shows_it(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_BUT_THERE)
        plan = await sent(room)

        await ask(room, Poller(room.desk))

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}
        assert all(order.venue_order_id for order in await orders_of(room, plan))
        assert room.broker.count("submit") == 1


async def test_an_absent_order_is_asked_about_until_it_is_found_and_then_adopted(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        poller = await lost(room)
        run_id = (await room.desk.store.runs())[0].run_id
        for _ in range(3):
            await ask(room, poller)
            await seconds_later(room, 10)
        assert (await room.order_of(run_id)).send_state is SendState.ABSENT_WAIT

        for request in room.broker.submitted[0]:
            room.broker.arrive(request)
        await ask(room, poller)

        assert (await room.order_of(run_id)).state is OrderState.ACK
        assert await room.desk.store.manual_items() == ()
        assert room.broker.count("order") == 8


async def test_after_sixty_seconds_of_absence_a_person_decides(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        poller = await lost(room)
        run_id = (await room.desk.store.runs())[0].run_id
        await ask(room, poller)
        await seconds_later(room, 59)
        await ask(room, poller)
        assert (await room.order_of(run_id)).send_state is SendState.ABSENT_WAIT

        await seconds_later(room, 1)
        await ask(room, poller)

        assert (await room.order_of(run_id)).send_state is SendState.MANUAL
        items = await room.desk.store.manual_items()
        assert {item.reason for item in items} == {Reason.SEND_UNKNOWN}
        assert len({item.client_order_id for item in items}) == len(items) == 2


async def test_an_order_on_the_manual_list_is_still_asked_about_and_adopted_late(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        poller = await lost(room)
        run_id = (await room.desk.store.runs())[0].run_id
        for _ in range(3):
            await ask(room, poller)
            await seconds_later(room, 60)
        asked = room.broker.count("order")
        await ask(room, poller)
        assert room.broker.count("order") == asked + 2

        for request in room.broker.submitted[0]:
            room.broker.arrive(request)
        await ask(room, poller)

        assert (await room.order_of(run_id)).state is OrderState.ACK


async def test_an_unknown_send_is_never_repeated_in_a_whole_session(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        poller = await lost(room)
        async with participants(room.clock, Submitter(room.desk).run, poller.run):
            await room.until(at("14:55:00"))

        assert room.broker.count("submit") == 1
        assert room.broker.count("order") > 100


async def test_an_unknown_order_that_ends_filled_is_adopted_with_its_fills(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_BUT_THERE)
        plan = await sent(room)
        room.broker.execute_all()

        await Poller(room.desk).poll()

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.FILLED}
        assert len(await room.desk.store.fills_of(plan.run_id)) == 2


@pytest.mark.parametrize("error", DOWN)
async def test_a_question_that_fails_concludes_nothing(tmp_path: Path, error: BrokerError) -> None:
    async with open_room(tmp_path) as room:
        poller = await lost(room)
        plan = (await room.desk.store.runs())[0]
        room.broker.failing["order"] = error
        for _ in range(3):
            await ask(room, poller)
            await seconds_later(room, 60)

        assert (await room.order_of(plan.run_id)).send_state is SendState.UNKNOWN
        assert await room.desk.store.manual_items() == ()
        labels = {"code": error.code}
        counted = room.desk.metrics.registry.get_sample_value("sage_broker_errors_total", labels)
        assert counted == 6


async def test_an_order_that_another_reading_showed_meanwhile_is_left_alone(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room)
        poller = Poller(room.desk)
        as_it_was = await room.desk.store.open_orders()
        for request in room.broker.submitted[0]:
            room.broker.arrive(request)
        await poller.poll()
        room.broker.reports.clear()
        room.broker.changes.clear()

        await poller.resolve(as_it_was)

        assert await send_states(room, plan) == {SendState.ACCEPTED}


@pytest.mark.parametrize("error", DOWN)
@pytest.mark.parametrize("method", ["orders", "fills"])
async def test_a_poll_that_fails_changes_nothing_and_the_next_one_catches_up(
    tmp_path: Path, method: str, error: BrokerError
) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await sent(room), Poller(room.desk)
        room.broker.execute_all()
        room.broker.failing[method] = error

        assert await poller.poll() is None
        assert await room.desk.store.fills_of(plan.run_id) == ()

        room.broker.failing.clear()
        assert await poller.poll() is not None
        assert {order.state for order in await orders_of(room, plan)} == {OrderState.FILLED}


async def test_a_partial_list_is_no_list(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await sent(room), Poller(room.desk)
        room.broker.execute_all()
        room.broker.incomplete |= {"orders", "fills", "movements"}

        assert await poller.poll() is None

        await poller.poll_movements()
        assert await room.desk.store.fills_of(plan.run_id) == ()
        assert {await room.desk.store.cursor(name) for name in ("orders", "fills")} == {None}


async def test_a_fill_is_booked_once_however_often_it_is_read(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await sent(room), Poller(room.desk)
        order = await room.order_of(plan.run_id)
        room.broker.execute(order.client_order_id, 300)
        await poller.poll()

        room.broker.all_fills.append(room.broker.all_fills[0])
        await poller.poll()

        assert (await room.order_of(plan.run_id)).filled_quantity == 300
        counted = room.desk.metrics.registry.get_sample_value("sage_fills_total", {"side": "BUY"})
        assert counted == 1


async def test_movements_are_read_once_each(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.all_movements.append(
            Movement("M1", "DIVIDEND", None, 0, Decimal(100), SESSION, "红利")
        )
        poller = Poller(room.desk)
        await poller.poll_movements()
        await poller.poll_movements()

        (moved,) = await room.desk.store.movements_from(SESSION)
        assert moved.amount == Decimal(100)


async def test_fills_and_ends_wake_the_releaser(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await sent(room), Poller(room.desk)
        await poller.poll()
        soon = room.clock.now() + timedelta(seconds=1)
        await room.clock.sleep_until(soon, room.desk.signals.release)

        room.broker.execute((await room.order_of(plan.run_id, BANK)).client_order_id, 100)
        await poller.poll()

        far = room.clock.now() + timedelta(hours=1)
        assert await room.clock.sleep_until(far, room.desk.signals.release)


async def test_polls_come_slower_while_nothing_changes_and_quickly_after_news(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        async with participants(room.clock, Poller(room.desk).run):
            await seconds_later(room, 300)
            quiet = await polls(room)
            room.broker.execute(room.broker.sent_ids[0], 100)
            await seconds_later(room, 20)
            after_news = (await polls(room))[len(quiet) :]

        assert quiet[-1] - quiet[-2] == timedelta(seconds=15)
        assert after_news[1] - after_news[0] == timedelta(seconds=3)


async def test_nothing_is_polled_while_no_order_is_out(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        async with participants(room.clock, Poller(room.desk).run):
            await seconds_later(room, 3600 * 6)

        assert room.broker.calls == []


@pytest.mark.parametrize("method", ["orders", "fills", "order"])
async def test_a_session_taken_over_by_another_instance_stops_the_task(
    tmp_path: Path, method: str
) -> None:
    async with open_room(tmp_path) as room:
        poller = await lost(room)
        room.broker.failing[method] = SessionSuperseded("AUTH_SESSION_SUPERSEDED", "taken over")

        with pytest.raises(SessionSuperseded):
            await poller.run()


async def test_an_order_the_exchange_refuses_after_its_ack_is_listed_for_a_person(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await sent(room), Poller(room.desk)
        order = await room.order_of(plan.run_id)
        shown = room.broker.reports[order.client_order_id]
        room.broker._publish(replace(shown, status=VenueStatus.JUNK))

        await poller.poll()

        assert (await room.order_of(plan.run_id)).is_terminal
        (item,) = await room.desk.store.manual_items()
        assert item.client_order_id == order.client_order_id
        assert item.reason is Reason.REJECTED_BY_BROKER


async def test_a_report_that_contradicts_its_order_is_logged_and_not_believed(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await sent(room), Poller(room.desk)
        order = await room.order_of(plan.run_id)
        shown = room.broker.reports[order.client_order_id]
        room.broker._publish(replace(shown, quantity=shown.quantity + 100))

        await poller.poll()

        assert "venue news on hold" in room.logged()
        assert (await room.order_of(plan.run_id)).quantity == order.quantity
        assert await room.desk.store.halts()


async def test_a_trade_that_is_taken_back_stops_nothing_and_lowers_no_counter(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        order = room.broker.submitted[0][0]
        traded = room.broker.execute(order.client_order_id, 100)
        poller = Poller(room.desk)
        await poller.poll()
        room.broker.all_fills.append(
            replace(traded, kind=FillKind.BUST, quantity=-100, amount=-traded.amount)
        )

        change = await poller.poll()

        assert change is not None
        assert [fill.quantity for fill in change.new_fills] == [-100]
        labels = {"side": traded.side.value}
        counted = room.desk.metrics.registry.get_sample_value(
            "sage_filled_notional_cny_total", labels
        )
        assert counted == float(traded.amount)
