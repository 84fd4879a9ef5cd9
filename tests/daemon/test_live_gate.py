from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.settings import LiveSettings, Mode
from daemon import __version__
from daemon.live_gate import _armed, live_refusals
from daemon.planning.approval import live_gate
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.release import Releaser
from daemon.tasks.submit import Submitter
from statemachine.plan import Plan
from statemachine.portfolio import Target, TargetPortfolio
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.planning.builders import portfolio, target
from tests.fakes.fake_clock import participants
from tests.support.desk import (
    ACCOUNT,
    EVENING,
    MAOTAI,
    WANG,
    Room,
    at,
    dated,
    open_room,
    settings_in,
    two_buys,
)

CHAMPION = "seed_balance_strategy"
DIGITS = ACCOUNT[-4:]
LAST_FRIDAY, LAST_MONDAY = date(2025, 10, 31), date(2025, 11, 3)


async def a_day(room: Room) -> None:
    """Arm nothing, approve nothing: let the tasks run the sending hours of the session."""
    poller = Poller(room.desk)
    tasks = (
        Releaser(room.desk).run,
        Submitter(room.desk).run,
        poller.run,
        Reconciler(room.desk, poller).run,
    )
    async with participants(room.clock, *tasks):
        await room.until(at("14:55:00"))


async def armed_and_approved(room: Room, *targets: Target) -> Plan:
    """Do everything that live sending asks for, on the morning of the session."""
    plan = await room.approved(*(targets or two_buys()))
    await room.until(at("09:00:00"))
    await room.actions.arm_live(DIGITS, WANG)
    return plan


async def reasons_listed(room: Room) -> set[Reason]:
    """Why nothing is sent; that the buys are missing in the afternoon is told beside it."""
    listed = {item.reason for item in await room.desk.store.manual_items()}
    return listed - {Reason.UNSENT_BUYS}


async def test_with_every_condition_met_live_orders_are_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.LIVE)) as room:
        await armed_and_approved(room)
        await a_day(room)

        assert len(room.broker.sent_ids) == 2
        assert await reasons_listed(room) == set()


@pytest.mark.parametrize(
    ("live", "reason"),
    [
        (LiveSettings(champions=(CHAMPION,)), Reason.LIVE_ACCOUNT_NOT_ALLOWED),
        (LiveSettings(accounts=(ACCOUNT,)), Reason.LIVE_CHAMPION_NOT_ALLOWED),
        (
            LiveSettings(accounts=(ACCOUNT[:-1],), champions=(CHAMPION,)),
            Reason.LIVE_ACCOUNT_NOT_ALLOWED,
        ),
    ],
)
async def test_without_a_place_on_the_whitelist_nothing_is_sent_live(
    tmp_path: Path, live: LiveSettings, reason: Reason
) -> None:
    settings = settings_in(tmp_path, Mode.LIVE, live=live)
    async with open_room(tmp_path, settings=settings) as room:
        plan = await armed_and_approved(room)
        await a_day(room)

        assert room.broker.count("submit") == 0
        assert await reasons_listed(room) == {reason}
        assert await room.state(plan.run_id) is RunState.EXPIRED


async def test_unarmed_nothing_is_sent_live_and_arming_late_still_lets_it_begin(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.LIVE)) as room:
        await room.approved(*two_buys())
        async with participants(room.clock, Releaser(room.desk).run, Submitter(room.desk).run):
            await room.until(at("10:00:00"))
            assert room.broker.count("submit") == 0
            assert await reasons_listed(room) == {Reason.LIVE_NOT_ARMED}

            await room.actions.arm_live(DIGITS, WANG)
            await room.until(at("10:00:30"))

        assert len(room.broker.sent_ids) == 2


async def test_armed_on_the_evening_before_is_not_armed_on_the_day(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.LIVE)) as room:
        await room.actions.arm_live(DIGITS, WANG)
        await room.approved(*two_buys())
        await a_day(room)

        assert room.broker.count("submit") == 0
        assert await reasons_listed(room) == {Reason.LIVE_NOT_ARMED}


@pytest.mark.parametrize("change", [{"digits": "0000"}, {"build": "another build"}])
async def test_armed_for_another_account_or_build_is_not_armed(
    tmp_path: Path, change: dict[str, str]
) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.LIVE)) as room:
        await armed_and_approved(room)
        note = await room.desk.store.latest_note("LIVE_ARMED")
        assert note is not None
        await room.desk.store.note(
            "LIVE_ARMED", {**note.detail, **change}, actor="wang", now=room.clock.now()
        )
        await a_day(room)

        assert room.broker.count("submit") == 0
        assert await reasons_listed(room) == {Reason.LIVE_NOT_ARMED}


async def test_a_plan_made_for_paper_is_not_sent_live(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.PAPER)) as room:
        plan = await room.approved(*two_buys())
        room.desk = replace(room.desk, settings=settings_in(tmp_path, Mode.LIVE))
        await room.until(at("09:00:00"))
        await room.actions.arm_live(DIGITS, WANG)
        await a_day(room)

        assert plan.mode == "paper"
        assert room.broker.count("submit") == 0
        assert await reasons_listed(room) == {Reason.LIVE_NOT_CONFIGURED}


async def test_after_a_change_of_champion_nothing_is_sent_live(tmp_path: Path) -> None:
    live = LiveSettings(accounts=(ACCOUNT,), champions=(CHAMPION, "another"))
    settings = settings_in(tmp_path, Mode.LIVE, live=live)
    async with open_room(tmp_path, settings=settings, start=at("20:00:00", LAST_FRIDAY)) as room:
        before = replace(dated(portfolio(*two_buys()), LAST_FRIDAY), champion_id="another")
        await a_week_of(room, before)
        assert await room.state(before.run_id) is RunState.COMPLETED
        assert len(room.broker.sent_ids) == 2

        await room.until(EVENING)
        await armed_and_approved(room, target(MAOTAI, "0.2"))
        await a_day(room)

        assert len(room.broker.sent_ids) == 2
        assert await reasons_listed(room) == {Reason.LIVE_CHAMPION_CHANGED}


@pytest.mark.parametrize(("typed", "may"), [("seed_balance_strategy", True), ("other", False)])
async def test_a_new_champion_that_a_person_typed_may_trade(
    tmp_path: Path, typed: str, *, may: bool
) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.LIVE)) as room:
        plan = await room.approved(*two_buys())
        await room.until(at("09:20:00"))
        await room.actions.arm_live(DIGITS, WANG, typed)
        armed = await _armed(room.desk)

        refusals = live_gate(
            room.desk.settings,
            plan,
            CHAMPION,
            last_champion_id="another",
            armed=armed,
            build=__version__,
        )

        assert (refusals == ()) is may


async def a_week_of(room: Room, wanted: TargetPortfolio) -> None:
    """Plan, arm, approve and trade a portfolio on the first session of its week."""
    await room.receive(wanted)
    await room.planner.plan_waiting()
    await room.approve(await room.plan(wanted.run_id))
    await room.until(at("09:00:00", LAST_MONDAY))
    await room.actions.arm_live(DIGITS, WANG)
    poller = Poller(room.desk)
    tasks = (Releaser(room.desk).run, Submitter(room.desk).run, Reconciler(room.desk, poller).run)
    async with participants(room.clock, *tasks, poller.run):
        await room.until(at("09:32:00", LAST_MONDAY))
        room.broker.execute_all()
        await room.until(at("15:40:00", LAST_MONDAY))


async def test_outside_live_mode_nothing_is_asked(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        run = await room.desk.store.run(plan.run_id)
        assert run is not None

        assert await live_refusals(room.desk, run, plan) == ()
