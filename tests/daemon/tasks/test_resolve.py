import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.broker import BrokerUnavailable, Capabilities, DedupeScope, SessionSuperseded
from config.settings import ClockMode
from daemon.tasks.poll import Poller
from daemon.tasks.submit import Submitter
from statemachine.order import OrderState, SendState
from statemachine.plan import Plan
from storage.errors import Conflict
from tests.daemon.tasks.day import ask, orders_of, send_states, sent
from tests.fakes.fake_broker import NOTHING_IS_KNOWN, UNKNOWN_AND_LOST, UNKNOWN_BUT_THERE
from tests.support.desk import BANK, WANG, Room, at, open_room

FOREVER = replace(NOTHING_IS_KNOWN, dedupe_scope=DedupeScope.FOREVER)
TEN_MINUTES = replace(NOTHING_IS_KNOWN, dedupe_scope=DedupeScope.TTL, dedupe_ttl_s=600)
OPEN_ONLY = replace(NOTHING_IS_KNOWN, dedupe_scope=DedupeScope.OPEN_ONLY)


async def lost(room: Room) -> tuple[Plan, Poller]:
    """Have the first orders sent with an unknown outcome, and find them absent once."""
    room.broker.answers.append(UNKNOWN_AND_LOST)
    plan, poller = await sent(room), Poller(room.desk)
    await ask(room, poller)
    return plan, poller


async def later(room: Room, poller: Poller, seconds: float) -> None:
    await room.until(room.clock.now() + timedelta(seconds=seconds))
    await ask(room, poller)


async def halts(room: Room) -> list[str]:
    return [f"{halt.kind} {halt.cause}" for halt in await room.desk.store.halts()]


async def test_absent_bytes_leave_once_more_where_ids_are_known_for_ever(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = FOREVER
        plan, poller = await lost(room)
        await later(room, poller, 59)
        assert room.broker.count("submit") == 1

        await later(room, poller, 1)

        first, second = room.broker.submitted
        assert first == second
        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}
        assert await halts(room) == []
        await later(room, poller, 600)
        assert room.broker.count("submit") == 2


async def test_a_resend_of_unknown_outcome_goes_to_a_person_and_is_never_repeated(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = FOREVER
        plan, poller = await lost(room)
        room.broker.answers.append(UNKNOWN_AND_LOST)
        await later(room, poller, 60)
        assert await send_states(room, plan) == {SendState.RESENT_ONCE}

        for _ in range(5):
            await later(room, poller, 60)

        assert room.broker.count("submit") == 2
        assert await send_states(room, plan) == {SendState.MANUAL}


@pytest.mark.parametrize(("wait_s", "sends"), [(0, 2), (239, 2), (240, 1)])
async def test_a_broker_that_forgets_ids_gets_them_again_before_half_its_time_only(
    tmp_path: Path, wait_s: int, sends: int
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = TEN_MINUTES
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan, poller = await sent(room), Poller(room.desk)
        await room.until(room.clock.now() + timedelta(seconds=wait_s))
        await ask(room, poller)

        await later(room, poller, 60)

        assert room.broker.count("submit") == sends
        expected = SendState.ACCEPTED if sends == 2 else SendState.MANUAL
        assert await send_states(room, plan) == {expected}


@pytest.mark.parametrize("capabilities", [OPEN_ONLY, NOTHING_IS_KNOWN])
async def test_without_a_declared_memory_of_ids_nothing_is_sent_again(
    tmp_path: Path, capabilities: Capabilities
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = capabilities
        plan, poller = await lost(room)

        await later(room, poller, 60)

        assert room.broker.count("submit") == 1
        assert await send_states(room, plan) == {SendState.MANUAL}
        assert room.log_entry("a person must look")["severity"] == "P0"


async def test_bytes_of_which_a_part_arrived_are_not_sent_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = FOREVER
        plan, poller = await lost(room)
        (arrived, _) = room.broker.submitted[0]
        room.broker.arrive(arrived)

        await later(room, poller, 60)

        assert room.broker.count("submit") == 1
        assert await send_states(room, plan) == {SendState.ACCEPTED, SendState.MANUAL}


async def test_the_window_is_three_times_the_longest_submit_of_the_day(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(replace(UNKNOWN_AND_LOST, seconds=30))
        plan, poller = await sent(room), Poller(room.desk)
        await ask(room, poller)
        await later(room, poller, 89)
        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}

        await later(room, poller, 1)

        assert await send_states(room, plan) == {SendState.MANUAL}


async def test_what_the_gateway_declares_in_flight_lengthens_the_window(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = replace(NOTHING_IS_KNOWN, inflight_max_s=120)
        plan, poller = await lost(room)
        await later(room, poller, 119)
        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}

        await later(room, poller, 1)

        assert await send_states(room, plan) == {SendState.MANUAL}


async def test_a_restart_starts_the_window_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan, _ = await lost(room)
        restarted = Poller(room.desk)
        await later(room, restarted, 3600)
        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}

        await later(room, restarted, 60)

        assert await send_states(room, plan) == {SendState.MANUAL}


async def test_a_venue_whose_clock_jumps_does_not_shorten_the_window(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        settings = room.desk.settings.model_copy(update={"clock": ClockMode.VENUE})
        real = replace(room, desk=replace(room.desk, settings=settings))
        plan, poller = await lost(real)
        room.machine.advance(59)
        await later(real, poller, 3600)
        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}

        room.machine.advance(1)
        await later(real, poller, 1)

        assert await send_states(room, plan) == {SendState.MANUAL}


@pytest.mark.parametrize("name", ["orders", "fills"])
async def test_a_list_that_is_not_whole_proves_no_absence(tmp_path: Path, name: str) -> None:
    async with open_room(tmp_path) as room:
        room.broker.incomplete.add(name)
        plan, poller = await lost(room)
        for _ in range(3):
            await later(room, poller, 60)
        assert await send_states(room, plan) == {SendState.UNKNOWN}

        room.broker.incomplete.clear()
        await ask(room, poller)

        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}


@pytest.mark.parametrize("method", ["orders", "fills"])
async def test_a_list_that_cannot_be_read_proves_no_absence(tmp_path: Path, method: str) -> None:
    async with open_room(tmp_path) as room:
        room.broker.failing[method] = BrokerUnavailable("VENUE_NOT_READY", "later")
        plan, poller = await lost(room)
        for _ in range(3):
            await later(room, poller, 60)

        assert await send_states(room, plan) == {SendState.UNKNOWN}
        assert room.log_entry("broker call failed")["what"] == "resolve"


async def test_a_session_taken_over_while_the_list_is_read_stops_the_task(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.failing["orders"] = SessionSuperseded("AUTH_SESSION_SUPERSEDED", "taken")

        with pytest.raises(SessionSuperseded):
            await lost(room)


async def test_bytes_that_a_halt_keeps_back_after_the_window_go_to_a_person(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = FOREVER
        plan, poller = await lost(room)
        await room.actions.halt("looks wrong", WANG)

        await later(room, poller, 60)

        assert room.broker.count("submit") == 1
        assert await send_states(room, plan) == {SendState.MANUAL}
        assert "HALT stands" in room.log_entry("not sent again")["why"]


async def test_a_list_of_another_day_starts_no_window(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan, _ = await lost(room)
        restarted = Poller(room.desk)
        await room.until(room.clock.now() + timedelta(days=1))
        for _ in range(3):
            await later(room, restarted, 60)

        assert await send_states(room, plan) == {SendState.ABSENT_WAIT}


async def test_an_order_that_the_list_shows_at_the_last_moment_is_handed_to_nobody(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await lost(room)
        room.broker.unlisted_by_id = True
        for request in room.broker.submitted[0]:
            room.broker.arrive(request)

        await later(room, poller, 60)

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}
        assert await room.desk.store.manual_items() == ()


async def test_an_order_shown_between_the_list_and_the_handing_over_alarms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        plan, poller = await lost(room)
        store = room.desk.store
        set_unresolved = store.set_unresolved

        async def after_another_reading(
            client_order_id: str, target: SendState, *, cause: str, now: datetime
        ) -> None:
            for request in room.broker.submitted[0]:
                room.broker.arrive(request)
            await ask(room, Poller(room.desk))
            try:
                await set_unresolved(client_order_id, target, cause=cause, now=now)
            except Conflict:
                # An error thrown into a coroutine hides its callers from coverage until a switch.
                await asyncio.sleep(0)
                raise

        monkeypatch.setattr(store, "set_unresolved", after_another_reading)
        await later(room, poller, 60)

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}
        assert await store.manual_items() == ()
        assert "why" in room.log_entry("no longer in doubt")


async def test_an_order_that_only_the_list_shows_is_adopted(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_BUT_THERE)
        plan = await sent(room)
        room.broker.unlisted_by_id = True

        await ask(room, Poller(room.desk))

        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}


async def test_others_go_on_after_the_window_and_the_locked_name_does_not(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(replace(UNKNOWN_AND_LOST, of_symbol={}))
        plan, poller = await lost(room)
        assert await halts(room) == ["AUTO_HOLD SEND_UNKNOWN"]
        assert not await Submitter(room.desk).send_next()

        await later(room, poller, 60)

        assert await halts(room) == []
        assert (await room.order_of(plan.run_id, BANK)).send_state is SendState.MANUAL


async def test_nothing_is_sent_again_outside_continuous_trading(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.capabilities = FOREVER
        plan, poller = await lost(room)
        await room.until(at("11:30:30"))

        await ask(room, poller)

        assert room.broker.count("submit") == 1
        assert await send_states(room, plan) == {SendState.MANUAL}
