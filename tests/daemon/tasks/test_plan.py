from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.broker import BrokerError, BrokerRefused, BrokerUnavailable, BrokerUnknown
from adapters.broker import SessionSuperseded as Superseded
from config.settings import Mode
from daemon.tasks.poll import Poller
from daemon.tasks.reconcile import Reconciler
from daemon.tasks.release import Releaser
from statemachine.portfolio import TargetPortfolio
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.planning.builders import portfolio, symbol, target
from tests.daemon.tasks.day import released, sent, spoil
from tests.fakes.fake_clock import participants
from tests.support.desk import (
    BANK,
    MAOTAI,
    SESSION,
    SIGNAL,
    VANKE,
    WANG,
    Room,
    at,
    dated,
    open_room,
    settings_in,
    two_buys,
)

THURSDAY = SIGNAL - timedelta(days=1)
DOWN = [
    BrokerUnavailable("VENUE_NOT_READY", "try later"),
    BrokerUnknown("TIMEOUT", "who knows"),
    BrokerRefused("AUTH_FORBIDDEN", "no"),
]
ASKED_FOR_A_PLAN = ["positions", "funds", "instruments", "quotes", "movements"]


def newer() -> TargetPortfolio:
    """Return Monday's portfolio."""
    return dated(portfolio(target(MAOTAI, "0.2")), SESSION)


async def refusal_of(room: Room, run_id: str) -> Reason:
    run = await room.desk.store.run(run_id)
    assert run is not None
    assert run.state is RunState.REFUSED
    return run.refusals[0].code


async def test_a_planned_run_awaits_approval_and_its_receipt_says_that_nothing_was_sent(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert plan.session_date == SESSION
        assert [path.name for path in room.desk.artifacts.iterdir()] == [
            "broker_submit_20251107_200005.json"
        ]
        assert room.broker.count("submit") == 0


async def test_in_dry_run_a_plan_is_the_end(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=settings_in(tmp_path, Mode.DRY_RUN)) as room:
        plan = await room.planned(*two_buys())
        async with participants(room.clock, Releaser(room.desk).run):
            await room.until(at("14:55:00"))

        assert await room.state(plan.run_id) is RunState.DRY_RUN_DONE
        assert await room.desk.store.orders_of(plan.run_id) == ()


@pytest.mark.parametrize("error", DOWN)
@pytest.mark.parametrize("method", ASKED_FOR_A_PLAN)
async def test_a_broker_that_cannot_be_asked_is_a_wait_and_never_a_refusal(
    tmp_path: Path, method: str, error: BrokerError
) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio(*two_buys()))
        room.broker.failing[method] = error

        assert await room.planner.plan_waiting()
        assert await room.state(run.run_id) is RunState.RECEIVED

        room.broker.failing.clear()
        assert not await room.planner.plan_waiting()
        assert await room.state(run.run_id) is RunState.AWAITING_APPROVAL


@pytest.mark.parametrize("method", ASKED_FOR_A_PLAN)
async def test_a_session_taken_over_by_another_instance_stops_the_task(
    tmp_path: Path, method: str
) -> None:
    async with open_room(tmp_path) as room:
        await room.receive(portfolio(*two_buys()))
        room.broker.failing[method] = Superseded("AUTH_SESSION_SUPERSEDED", "taken over")

        with pytest.raises(Superseded):
            await room.planner.plan_waiting()


async def test_an_incomplete_position_list_is_no_account(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio(*two_buys()))
        room.broker.incomplete.add("positions")

        assert await room.planner.plan_waiting()
        assert await room.state(run.run_id) is RunState.RECEIVED


async def test_a_run_needs_a_baseline_until_every_holding_has_an_owner(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 500), (MAOTAI, 100)]) as room:
        run = await room.receive(portfolio(*two_buys()))
        seen = []
        for text, owner in ((None, ""), (BANK, "ours"), (MAOTAI, "foreign")):
            if text is not None:
                await room.adopt(text, 500, owner)
            await room.planner.plan_waiting()
            seen.append(await room.state(run.run_id))

        assert seen == [
            RunState.NEEDS_BASELINE,
            RunState.NEEDS_BASELINE,
            RunState.AWAITING_APPROVAL,
        ]
        plan = await room.plan(run.run_id)
        assert plan.line_for(two_buys()[0].symbol).owned_quantity == 500
        assert MAOTAI not in {str(line.symbol) for line in plan.lines}
        assert await room.desk.store.manual_items() == ()
        (item,) = await room.desk.store.manual_items(open_only=False)
        assert (item.reason, item.run_id) == (Reason.NEEDS_BASELINE, run.run_id)
        assert item.resolution == "done"
        assert BANK in item.detail
        assert MAOTAI in item.detail


async def test_an_account_that_shows_less_than_is_ours_is_not_planned_on(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(BANK, 600)]) as room:
        await room.adopt(BANK, 600)
        room.broker.hold(symbol(BANK), 500)
        run = await room.receive(portfolio(*two_buys()))

        assert await room.planner.plan_waiting()

        assert await room.state(run.run_id) is RunState.RECEIVED
        assert "ours 600, the broker shows 500" in room.log_entry("planning waits")["why"]


async def test_an_unplannable_run_that_needed_a_baseline_says_why(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    tight = settings.flow.model_copy(update={"messages_per_day": 1})
    tight_settings = settings.model_copy(update={"flow": tight})
    async with open_room(tmp_path, settings=tight_settings, held=[(MAOTAI, 100)]) as room:
        run = await room.receive(portfolio(*two_buys()))
        await room.planner.plan_waiting()
        await room.adopt(MAOTAI, 0, "foreign")
        await room.planner.plan_waiting()

        assert await room.state(run.run_id) is RunState.NEEDS_BASELINE
        assert "MESSAGE_BUDGET" in str(room.log_entry("no plan can be made"))


async def test_the_newest_signal_wins_while_nothing_was_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        old = await room.approved(*two_buys())
        await room.until(at("20:00:00", date(2025, 11, 7)))
        again = dated(portfolio(target(BANK, "0.3")), SIGNAL)
        await room.receive(again)
        await room.planner.plan_waiting()

        assert await room.state(old.run_id) is RunState.SUPERSEDED
        superseded = await room.desk.store.run(old.run_id)
        assert superseded is not None
        assert superseded.superseded_by == again.run_id
        assert await room.state(again.run_id) is RunState.AWAITING_APPROVAL


async def test_an_older_signal_than_the_one_that_waits_is_refused(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("20:00:00", SIGNAL)) as room:
        plan = await room.planned(*two_buys())
        older = dated(portfolio(target(BANK, "0.3")), THURSDAY)
        late = replace(older, run_id="20251106-000000000000")
        run = await room.receive(late)
        await room.planner.plan_waiting()

        assert await refusal_of(room, run.run_id) is Reason.STALE_SIGNAL
        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL


async def test_an_older_signal_that_arrives_after_a_newer_one_is_refused(tmp_path: Path) -> None:
    async with open_room(tmp_path, start=at("08:00:00")) as room:
        newer_run = await room.receive(newer())
        await room.planner.plan_waiting()
        late = await room.receive(portfolio(*two_buys()))

        await room.planner.plan_waiting()

        assert await refusal_of(room, late.run_id) is Reason.STALE_SIGNAL
        assert await room.state(newer_run.run_id) is RunState.AWAITING_APPROVAL


async def test_a_pair_that_fails_its_checks_is_refused_without_asking_the_broker(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        unsafe = replace(portfolio(*two_buys()), risk_checks=(("total_position_ok", False),))
        run = await room.receive(unsafe)

        assert not await room.planner.plan_waiting()

        await refusal_of(room, run.run_id)
        assert room.broker.calls == []
        value = room.desk.metrics.registry.get_sample_value
        assert value("sage_pairs_total", {"outcome": "refused"}) == 1


async def test_a_future_signal_is_refused(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(newer())
        await room.planner.plan_waiting()

        assert await refusal_of(room, run.run_id) is Reason.FUTURE_SIGNAL


async def test_a_newcomer_is_quarantined_while_a_run_is_live_and_planned_after_it_ended(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        live = await sent(room)
        room.broker.execute_all()
        run = await room.receive(newer())
        await room.planner.plan_waiting()
        assert await room.state(run.run_id) is RunState.QUARANTINED
        assert await room.state(live.run_id) is RunState.SUBMITTING

        poller = Poller(room.desk)
        tasks = (Releaser(room.desk).run, poller.run, Reconciler(room.desk, poller).run)
        async with participants(room.clock, *tasks):
            await room.until(at("15:34:00"))
            await room.planner.plan_waiting()
            assert await room.state(run.run_id) is RunState.QUARANTINED
            await room.until(at("15:40:00"))

        await room.planner.plan_waiting()
        assert await room.state(live.run_id) is RunState.COMPLETED
        assert await room.state(run.run_id) is RunState.AWAITING_APPROVAL
        assert (await room.plan(run.run_id)).session_date == date(2025, 11, 11)


async def test_an_approved_run_whose_orders_were_not_made_yet_is_superseded(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.approved(*two_buys())
        await room.receive(dated(portfolio(target(VANKE, "0.3")), SIGNAL))
        await room.planner.plan_waiting()

        assert await room.state(plan.run_id) is RunState.SUPERSEDED


async def test_a_released_run_goes_on_even_before_anything_was_sent(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await released(room)
        run = await room.receive(newer())
        await room.planner.plan_waiting()

        assert await room.state(plan.run_id) is RunState.SUBMITTING
        assert await room.state(run.run_id) is RunState.QUARANTINED


async def test_a_plan_opens_the_books_with_the_cash_it_was_made_on(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await room.planned(*two_buys())
        note = await room.desk.store.latest_note(f"BOOKS_OPENED:{plan.run_id}")

        assert note is not None
        assert Decimal(note.detail["cash"]) == 1_000_000


async def test_a_run_that_is_declined_while_the_account_is_read_is_not_planned(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path, held=[(BANK, 500)]) as room:
        run = await room.receive(portfolio(*two_buys()))
        await room.planner.plan_waiting()
        await room.adopt(BANK, 500)
        await room.until(room.clock.now() + timedelta(minutes=2))

        async def decline() -> None:
            await room.until(room.clock.now() + timedelta(seconds=3))
            await room.actions.decline(run.run_id, WANG, "changed my mind")
            await room.until(at("23:00:00", SIGNAL))

        async with participants(room.clock, decline):
            assert await room.planner.plan_waiting()
            assert not await room.planner.plan_waiting()

        assert await room.state(run.run_id) is RunState.DECLINED
        assert await room.desk.store.plan(run.run_id) is None


async def test_a_pair_no_plan_could_be_made_for_before_the_cut_off_is_refused(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path) as room:
        run = await room.receive(portfolio(*two_buys()))
        room.broker.failing["positions"] = DOWN[0]
        assert await room.planner.plan_waiting()
        room.broker.failing.clear()
        await room.until(at("14:50:00"))

        assert not await room.planner.plan_waiting()

        assert await refusal_of(room, run.run_id) is Reason.STALE_SIGNAL
        assert await room.desk.store.plan(run.run_id) is None


async def test_a_run_whose_baseline_nobody_gave_expires_at_its_cut_off(tmp_path: Path) -> None:
    async with open_room(tmp_path, held=[(MAOTAI, 100)]) as room:
        run = await room.receive(portfolio(*two_buys()))
        await room.planner.plan_waiting()
        await room.until(at("14:50:00"))

        assert not await room.planner.plan_waiting()

        assert await room.state(run.run_id) is RunState.EXPIRED


async def test_a_run_that_no_plan_fits_is_refused_with_the_reason(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    tight = settings.flow.model_copy(update={"messages_per_day": 1})
    tight_settings = settings.model_copy(update={"flow": tight})
    async with open_room(tmp_path, settings=tight_settings) as room:
        run = await room.receive(portfolio(*two_buys()))

        assert not await room.planner.plan_waiting()

        assert await refusal_of(room, run.run_id) is Reason.MESSAGE_BUDGET


async def test_a_planned_run_that_lost_its_plan_stops_the_process(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.receive(portfolio(*two_buys()))
        await spoil(tmp_path, "UPDATE runs SET state = 'PLANNED'")

        with pytest.raises(RuntimeError, match="has no plan"):
            await room.planner.recover()


async def test_a_run_that_lost_its_portfolio_stops_the_process(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        await room.receive(portfolio(*two_buys()))
        await spoil(tmp_path, "UPDATE runs SET portfolio = NULL")

        with pytest.raises(RuntimeError, match="has no portfolio"):
            await room.planner.plan_waiting()


async def test_a_process_that_died_after_the_plan_asks_for_its_approval_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_things: object) -> None:
        raise RuntimeError("killed")

    async with open_room(tmp_path) as room:
        with monkeypatch.context() as patched:
            patched.setattr("daemon.tasks.plan.write_plan_receipt", dies)
            with pytest.raises(RuntimeError, match="killed"):
                await room.planned(*two_buys())
        (run,) = await room.desk.store.runs()
        assert run.state is RunState.PLANNED

        await room.planner.recover()

        assert await room.state(run.run_id) is RunState.AWAITING_APPROVAL
        assert list(room.desk.artifacts.glob("broker_submit_*.json"))
