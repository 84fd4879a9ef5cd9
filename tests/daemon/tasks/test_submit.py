from collections import deque
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from daemon.halting.files import Grade
from daemon.sending import PAUSE_MAX_NS, Sending
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from statemachine.order import OrderState, SendState
from statemachine.reasons import Reason
from storage.store import Conflict
from tests.daemon.planning.builders import target
from tests.daemon.tasks.day import orders_of, released, send_states, sent
from tests.fakes.fake_broker import ACCEPTED, NOT_SENT, UNKNOWN_AND_LOST, refused
from tests.fakes.fake_clock import LateMachineClock, participants
from tests.support.desk import BANK, FIRST_SEND, MAOTAI, VANKE, WANG, Room, at, open_room, two_buys

SIX = ("600000.SH", "600036.SH", "600519.SH", "000001.SZ", "000002.SZ", "000651.SZ")


async def manual_reasons(room: Room) -> list[Reason]:
    return [item.reason for item in await room.desk.store.manual_items()]


async def test_a_batch_that_never_left_is_tried_four_times_with_the_same_ids(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        room.broker.answers.extend([NOT_SENT] * 4)

        assert await Submitter(room.desk).send_next()

        moments = [when for what, when in room.broker.called_at if what == "submit"]
        pauses = [later - sooner for sooner, later in pairwise(moments)]
        assert pauses == [timedelta(seconds=pause) for pause in (1, 2, 5)]
        assert len(set(room.broker.submitted)) == 1
        assert await send_states(room, plan) == {SendState.NEVER_SENT}


async def test_what_never_left_after_four_tries_is_given_to_a_person_and_left_alone(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        room.broker.answers.extend([NOT_SENT] * 4)
        submitter = Submitter(room.desk)
        await submitter.send_next()

        assert not await submitter.send_next()

        items = await room.desk.store.manual_items()
        ids = {order.client_order_id for order in await orders_of(room, plan)}
        assert {item.client_order_id for item in items} == ids
        assert {item.reason for item in items} == {Reason.SEND_FAILED}
        assert {order.reject_code for order in await orders_of(room, plan)} == {"SEND_FAILED"}
        assert room.broker.count("submit") == 4


async def test_a_batch_that_leaves_at_the_second_try_is_sent_once_and_tracked(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        room.broker.answers.append(NOT_SENT)

        await Submitter(room.desk).send_next()

        assert room.broker.count("submit") == 2
        assert {order.state for order in await orders_of(room, plan)} == {OrderState.ACK}
        assert await manual_reasons(room) == []


async def test_a_send_of_unknown_outcome_is_never_tried_again(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(UNKNOWN_AND_LOST)
        plan = await sent(room)

        assert not await Submitter(room.desk).send_next()

        assert room.broker.count("submit") == 1
        assert await send_states(room, plan) == {SendState.UNKNOWN}
        assert {order.state for order in await orders_of(room, plan)} == {OrderState.NEW}


async def test_one_unknown_in_a_batch_that_did_not_leave_stops_the_retries(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(replace(NOT_SENT, of_symbol={BANK: UNKNOWN_AND_LOST}))
        plan = await sent(room)

        assert room.broker.count("submit") == 1
        assert (await room.order_of(plan.run_id, BANK)).send_state is SendState.UNKNOWN
        assert (await room.order_of(plan.run_id, VANKE)).send_state is SendState.NOT_SENT


async def test_a_symbols_own_refusal_leaves_the_good_orders_tracked(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(replace(ACCEPTED, of_symbol={BANK: refused("PRICE_CAGE")}))
        plan = await sent(room)

        bad, good = await room.order_of(plan.run_id, BANK), await room.order_of(plan.run_id, VANKE)
        assert (bad.state, bad.reject_code) == (OrderState.REJECTED, "PRICE_CAGE")
        assert (good.state, good.send_state) == (OrderState.ACK, SendState.ACCEPTED)
        assert await manual_reasons(room) == [Reason.REJECTED_BY_BROKER]


async def test_a_guard_that_refuses_one_order_does_not_stop_the_others(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        unwanted = await room.order_of(plan.run_id, BANK)
        await room.desk.store.want_cancel(unwanted.client_order_id, "STALE", now=room.clock.now())

        await Submitter(room.desk).send_next()

        assert (await room.order_of(plan.run_id, VANKE)).state is OrderState.ACK
        assert (await room.order_of(plan.run_id, BANK)).send_state is SendState.NEVER_SENT
        assert unwanted.client_order_id not in room.broker.sent_ids
        assert await manual_reasons(room) == [Reason.GUARD_REFUSED]


async def test_a_halt_keeps_the_orders_planned_until_it_is_lifted(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        await room.actions.halt("looks wrong", WANG)
        submitter = Submitter(room.desk)

        assert not await submitter.send_next()
        assert await send_states(room, plan) == {SendState.PLANNED}
        assert room.broker.submitted == []

        await room.actions.resume("was right", WANG)
        assert await submitter.send_next()
        assert len(room.broker.sent_ids) == 2


async def test_while_only_sells_go_a_buy_waits_and_a_sell_is_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 300)]) as room:
        await room.adopt(MAOTAI, 300)
        plan = await room.approved(target(BANK, "0.2"))
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        sell, buy = await room.order_of(plan.run_id, MAOTAI), await room.order_of(plan.run_id)
        await room.actions.halt("no more buys", WANG, Grade.REDUCE_ONLY)
        submitter = Submitter(room.desk)

        assert await submitter.send_next()
        assert not await submitter.send_next()

        assert room.broker.sent_ids == [sell.client_order_id]
        assert (await room.order_of(plan.run_id)).send_state is SendState.PLANNED
        with pytest.raises(Conflict, match="only sells go"):
            await Sending(room.desk).send([buy])
        await room.actions.resume("was right", WANG)
        assert await submitter.send_next()
        assert room.broker.sent_ids == [sell.client_order_id, buy.client_order_id]


async def test_a_file_made_by_hand_stops_the_very_next_send(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        (tmp_path / "HALT").mkdir()
        async with participants(room.clock, Submitter(room.desk).run):
            await room.until(room.clock.now() + timedelta(seconds=60))

        assert room.broker.count("submit") == 0
        assert await send_states(room, plan) == {SendState.NOT_SENT}
        assert await manual_reasons(room) == []
        (halt,) = await room.desk.store.halts()
        assert halt.cause == "HALT file"


async def test_a_file_against_buys_lets_a_batch_with_a_buy_stay(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 300)]) as room:
        await room.adopt(MAOTAI, 300)
        plan = await room.approved(target(BANK, "0.2"))
        await room.until(FIRST_SEND)
        await Releaser(room.desk)._attend()
        (tmp_path / "REDUCE_ONLY").touch()
        async with participants(room.clock, Submitter(room.desk).run):
            await room.until(room.clock.now() + timedelta(seconds=8))

        sell = await room.order_of(plan.run_id, MAOTAI)
        assert room.broker.sent_ids == [sell.client_order_id]
        assert await manual_reasons(room) == [Reason.REDUCE_ONLY]


async def test_a_halt_between_two_tries_keeps_the_orders_for_later(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        room.broker.answers.extend([NOT_SENT] * 4)
        async with participants(room.clock, Submitter(room.desk).run):
            await room.until(room.clock.now() + timedelta(seconds=2))
            await room.actions.halt("looks wrong", WANG)
            await room.until(room.clock.now() + timedelta(seconds=60))

        assert room.broker.count("submit") == 2
        assert await send_states(room, plan) == {SendState.NOT_SENT}
        assert await manual_reasons(room) == []


@pytest.mark.parametrize(("paused_ns", "submits"), [(PAUSE_MAX_NS, 1), (PAUSE_MAX_NS + 1, 0)])
async def test_nothing_is_sent_after_a_pause_of_more_than_two_seconds(
    tmp_path: Path, paused_ns: int, submits: int
) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        late = LateMachineClock(room.machine, deque([paused_ns] * 4))

        await Submitter(replace(room.desk, machine=late)).send_next()

        assert room.broker.count("submit") == submits
        expected = SendState.ACCEPTED if submits else SendState.NEVER_SENT
        assert await send_states(room, plan) == {expected}


async def test_a_pause_closes_the_send_as_not_sent_and_the_next_try_sends(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        late = LateMachineClock(room.machine, deque([PAUSE_MAX_NS + 1]))

        await Submitter(replace(room.desk, machine=late)).send_next()

        assert room.broker.count("submit") == 1
        assert room.logged().count("order not accepted") == 2
        assert room.log_entry("order not accepted")["code"] == "PAUSED"
        assert await send_states(room, plan) == {SendState.ACCEPTED}


async def test_nothing_is_sent_without_the_lock_of_the_state_directory(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await released(room)
        (tmp_path / "lock").unlink()

        await Submitter(room.desk).send_next()

        assert room.broker.submitted == []


async def test_batches_hold_what_a_second_may_carry_and_leave_a_second_apart(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await released(room, *(target(name, "0.1", name) for name in SIX))
        async with participants(room.clock, Submitter(room.desk).run):
            await room.until(room.clock.now() + timedelta(seconds=10))

        assert [len(batch) for batch in room.broker.submitted] == [5, 1]
        first, second = (when for what, when in room.broker.called_at if what == "submit")
        assert second - first == timedelta(seconds=1)


async def test_an_order_carries_the_cut_off_as_its_deadline(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)

        (batch,) = room.broker.submitted
        assert {request.deadline for request in batch} == {at("14:50:00")}


async def test_what_a_halt_kept_past_the_cut_off_is_never_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        await room.until(at("14:50:00"))

        await Submitter(room.desk).send_next()

        assert room.broker.submitted == []
        assert await send_states(room, plan) == {SendState.NEVER_SENT}


async def test_what_waited_through_lunch_is_priced_anew_instead_of_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        await room.actions.halt("looks wrong", WANG)
        async with participants(room.clock, Submitter(room.desk).run):
            await room.until(at("11:45:00"))
            await room.actions.resume("was right", WANG)
            await room.until(at("13:00:01"))
        orders = await room.desk.store.orders_of(plan.run_id)

        assert room.broker.submitted == []
        assert {order.send_state for order in orders} == {SendState.NEVER_SENT}
        assert {order.reject_code for order in orders} == {Reason.PRICE_AGED}
        assert await room.desk.store.manual_items() == ()


async def test_a_price_just_within_its_age_is_still_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        await room.until(room.clock.now() + timedelta(seconds=10))

        await Submitter(room.desk).send_next()

        assert await send_states(room, plan) == {SendState.ACCEPTED}


async def test_each_send_is_counted_by_its_verdict(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.answers.append(replace(ACCEPTED, of_symbol={BANK: refused("PRICE_CAGE")}))
        await sent(room)

        value = room.desk.metrics.registry.get_sample_value
        assert value("sage_sends_total", {"verdict": "ACCEPTED"}) == 1
        assert value("sage_sends_total", {"verdict": "REFUSED"}) == 1
        assert value("sage_send_duration_seconds_count") == 1


async def test_a_batch_is_not_tried_again_into_the_lunch_break(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        await room.until(at("11:29:53"))
        await room.approve(plan)
        await Releaser(room.desk)._attend()
        room.broker.answers.extend([NOT_SENT] * 4)

        await Submitter(room.desk).send_next()

        tried = [when for what, when in room.broker.called_at if what == "submit"]
        assert at("11:29:58") <= tried[0] <= tried[-1] < at("11:30:00") <= room.clock.now()
        assert await send_states(room, plan) == {SendState.NOT_SENT}
        assert await manual_reasons(room) == []
