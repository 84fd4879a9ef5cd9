from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.presence import Presence, look_at_absence, require_in_time
from daemon.refusals import ActionRefused
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from statemachine.plan import Plan
from statemachine.reason_texts.details import in_chinese
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.database import DatabaseFailure
from tests.daemon.planning.builders import symbol
from tests.daemon.tasks.day import orders_of, released, sent, spoil
from tests.fakes.fake_clock import participants
from tests.support.desk import BANK, FIRST_SEND, VANKE, WANG, Room, at, open_room, two_buys

MINUTE = timedelta(minutes=1)


async def halts(room: Room) -> list[tuple[str, str]]:
    return [(halt.kind, halt.cause) for halt in await room.desk.store.halts()]


async def came_back(room: Room, away: timedelta) -> None:
    """Be seen now, be away, and start again."""
    await room.desk.store.note_seen(now=room.clock.now())
    await room.until(room.clock.now() + away)
    await look_at_absence(room.desk)


async def deferred(room: Room) -> Plan:
    """Have a run begin whose names are all suspended."""
    room.broker.suspended |= {symbol(BANK), symbol(VANKE)}
    plan = await room.approved(*two_buys())
    await room.until(FIRST_SEND)
    await Releaser(room.desk)._attend()
    room.broker.suspended.clear()
    return plan


async def test_a_restart_within_ten_minutes_goes_on(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        await came_back(room, 10 * MINUTE)

        assert await halts(room) == []
        assert await room.desk.store.last_seen() == room.clock.now()


async def test_a_longer_absence_after_a_send_waits_for_a_person(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await sent(room)
        await came_back(room, 10 * MINUTE + timedelta(seconds=1))

        assert await halts(room) == [("HALT", Reason.RESTARTED_LATE)]
        (item,) = await room.desk.store.manual_items()
        assert (item.reason, item.run_id) == (Reason.RESTARTED_LATE, plan.run_id)
        assert "since 2025-11-10 09:31:05" in item.detail
        assert "自 2025-11-10 09:31:05 起" in in_chinese(item.detail)

        await room.actions.resume("compared with the terminal", WANG)
        await look_at_absence(room.desk)
        assert await halts(room) == []


async def test_who_was_never_seen_was_away_for_too_long(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        await look_at_absence(room.desk)

        assert await halts(room) == [("HALT", Reason.RESTARTED_LATE)]
        (item,) = await room.desk.store.manual_items()
        assert "nobody is known to have watched" in item.detail
        assert "无法得知" in in_chinese(item.detail)


async def test_orders_made_and_not_sent_count_as_sending(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        assert await room.state(plan.run_id) is RunState.SUBMITTING
        await came_back(room, 11 * MINUTE)

        assert not await Submitter(room.desk).send_next()
        assert await halts(room) == [("HALT", Reason.RESTARTED_LATE)]


@pytest.mark.parametrize(
    ("away", "held"), [(30 * MINUTE, []), (31 * MINUTE, [("HALT", Reason.RELEASED_LATE)])]
)
async def test_a_run_that_began_without_a_send_is_late_after_half_an_hour(
    tmp_path: Path, away: timedelta, held: list[tuple[str, str]]
) -> None:
    async with open_room(tmp_path) as room:
        plan = await deferred(room)
        await came_back(room, away)
        assert await halts(room) == held

        await Releaser(room.desk)._attend()
        assert bool(await orders_of(room, plan)) is not bool(held)


async def test_an_absence_over_night_stops_nothing_of_a_run_that_has_not_begun(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        await came_back(room, FIRST_SEND - room.clock.now() - MINUTE)

        assert await halts(room) == []


async def test_a_run_of_another_day_is_not_held(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        await came_back(room, timedelta(days=1))

        assert await halts(room) == []


async def test_the_halt_is_kept_before_the_absence_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        seen_at = room.clock.now()
        await room.desk.store.note_seen(now=seen_at)
        await room.until(seen_at + 11 * MINUTE)

        async def dies(*_: object, **__: object) -> None:
            raise DatabaseFailure("disk full")

        with monkeypatch.context() as patched:
            patched.setattr(type(room.desk.store), "stop", dies)
            with pytest.raises(DatabaseFailure):
                await look_at_absence(room.desk)
        assert await room.desk.store.last_seen() == seen_at

        await look_at_absence(room.desk)
        assert await halts(room) == [("HALT", Reason.RESTARTED_LATE)]


async def test_the_sign_is_given_once_a_minute_while_a_run_is_under_way(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.approved(*two_buys())
        presence = Presence(room.desk)
        await presence.give()
        assert await room.desk.store.last_seen() is None
        far = at("14:00:00")
        assert presence.next_at(far) == far

        await room.until(FIRST_SEND)
        await presence.give()
        assert await room.desk.store.last_seen() == FIRST_SEND
        assert presence.next_at(far) == FIRST_SEND + MINUTE
        soon = FIRST_SEND + timedelta(seconds=15)
        assert presence.next_at(soon) == soon

        await room.until(FIRST_SEND + timedelta(seconds=59))
        await presence.give()
        assert await room.desk.store.last_seen() == FIRST_SEND

        await room.until(FIRST_SEND + MINUTE)
        await presence.give()
        assert await room.desk.store.last_seen() == FIRST_SEND + MINUTE


async def test_the_sign_ends_with_the_run(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        presence = Presence(room.desk)
        await room.until(FIRST_SEND)
        await presence.give()
        await room.actions.decline(plan.run_id, WANG, "not today")

        await room.until(at("09:40:00"))
        await presence.give()

        assert await room.desk.store.last_seen() == FIRST_SEND
        assert presence.next_at(at("14:00:00")) == at("14:00:00")


async def test_the_releaser_gives_the_sign_through_lunch(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        room.broker.suspended |= {symbol(BANK), symbol(VANKE)}
        await room.approved(*two_buys())
        async with participants(room.clock, Releaser(room.desk).run):
            await room.until(at("12:30:30"))
            seen_at = await room.desk.store.last_seen()

        assert seen_at is not None
        assert room.clock.now() - seen_at <= MINUTE


async def test_what_is_late_is_resumed_before_two_and_anything_else_at_any_time(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        await room.actions.halt("looks wrong", WANG)
        await room.until(at("14:10:00"))
        await require_in_time(room.desk)

        await look_at_absence(room.desk)
        with pytest.raises(ActionRefused, match="RESTARTED_LATE"):
            await require_in_time(room.desk)

        await spoil(tmp_path, "UPDATE runs SET state = 'RECONCILING'")
        await require_in_time(room.desk)


async def test_the_limits_are_those_of_the_settings(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await sent(room)
        flow = room.desk.settings.flow.model_copy(update={"absence_max_s": 3600})
        settings = room.desk.settings.model_copy(update={"flow": flow})
        await room.desk.store.note_seen(now=room.clock.now())
        await room.until(room.clock.now() + 60 * MINUTE)

        await look_at_absence(replace(room.desk, settings=settings))

        assert await halts(room) == []
