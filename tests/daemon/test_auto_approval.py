from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.broker import Capabilities
from config.people_settings import ApprovalSettings
from config.settings import LiveSettings, Mode, Settings
from daemon.approvals import ApprovalDesk
from daemon.auto_approval import AutoApprover
from statemachine.line_status import LineStatus
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from tests.daemon.planning.builders import portfolio, symbol
from tests.support.desk import BANK, KEY, VANKE, Room, at, open_room, settings_in, two_buys

# What a broker says that leaves nothing open; the values themselves do not matter here.
SAID: dict[str, Any] = {each.name: "said" for each in fields(Capabilities)}
KNOWN = Capabilities(**SAID)
AUTO = ApprovalSettings(auto=True)


def on(folder: Path, **changes: object) -> Settings:
    groups: dict[str, Any] = {"approval": AUTO, **changes}
    return settings_in(folder, **groups)


async def attended(room: Room) -> Plan:
    """Plan two buys and have the machine look at them."""
    room.broker.capabilities = (
        KNOWN if room.broker.capabilities.dedupe_scope is None else (room.broker.capabilities)
    )
    plan = await room.planned(*two_buys())
    await AutoApprover(room.desk, ApprovalDesk(room.desk, KEY)).approve_waiting()
    return plan


async def why_not(room: Room) -> str:
    (item,) = await room.desk.store.manual_items()
    assert item.reason is Reason.AUTO_REFUSED
    return item.detail


async def test_a_plan_that_nothing_speaks_against_is_approved_in_the_machines_name(
    tmp_path: Path,
) -> None:
    async with open_room(tmp_path, settings=on(tmp_path)) as room:
        plan = await attended(room)

        assert await room.state(plan.run_id) is RunState.APPROVED
        (approval,) = await room.desk.store.standing_approvals(
            plan.run_id, plan.plan_hash, room.clock.now()
        )
        assert (approval.approver, approval.uid) == ("auto", -1)
        assert room.log_entry("plan approved")["by"] == "auto"
        assert await room.desk.store.manual_items() == ()


async def test_nothing_is_looked_at_unless_it_is_set(tmp_path: Path) -> None:
    async with open_room(tmp_path) as room:
        plan = await attended(room)

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert await room.desk.store.manual_items() == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"live": LiveSettings(champions=("seed_balance_strategy",))}, "account is not on"),
        ({"live": LiveSettings(accounts=("880001234",))}, "champion"),
    ],
)
async def test_an_account_or_champion_that_is_not_listed_is_a_persons(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    async with open_room(tmp_path, settings=on(tmp_path, **changes)) as room:
        plan = await attended(room)

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert words in await why_not(room)


async def test_what_the_broker_never_declared_is_no_ground_for_a_machine(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=on(tmp_path)) as room:
        room.broker.capabilities = replace(KNOWN, inflight_max_s=None)
        plan = await attended(room)

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert "does not declare" in await why_not(room)


async def test_without_a_trading_session_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path, settings=on(tmp_path)) as room:
        monkeypatch.setattr(type(room.broker), "session", None)
        plan = await attended(room)

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert "does not declare" in await why_not(room)


async def test_a_plan_that_is_largely_held_is_a_persons(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=on(tmp_path)) as room:
        room.broker.capabilities = KNOWN
        plan = await room.planned(*two_buys())
        held = LineStatus(plan.run_id, symbol(BANK), Reason.HELD_GAP, "", updated_at=at("09:31:00"))
        free = replace(held, symbol=symbol(VANKE), reason=Reason.NO_PRICE)
        await room.desk.store.set_line_statuses((held, free), now=room.clock.now())
        await AutoApprover(room.desk, ApprovalDesk(room.desk, KEY)).approve_waiting()

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert await why_not(room) == "0.5 of the plan is held"


async def test_live_needs_its_arming_and_a_person_is_told_once(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=on(tmp_path, mode=Mode.LIVE)) as room:
        plan = await attended(room)
        await AutoApprover(room.desk, ApprovalDesk(room.desk, KEY)).approve_waiting()

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert "arm-live" in await why_not(room)


async def test_after_the_cut_off_a_machine_approves_nothing_either(tmp_path: Path) -> None:
    async with open_room(tmp_path, settings=on(tmp_path)) as room:
        room.broker.capabilities = KNOWN
        plan = await room.planned(*two_buys())
        await room.until(at("14:50:00"))
        await AutoApprover(room.desk, ApprovalDesk(room.desk, KEY)).approve_waiting()

        assert await room.state(plan.run_id) is RunState.AWAITING_APPROVAL
        assert "expired" in await why_not(room)


async def test_a_run_that_waits_without_a_plan_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(tmp_path, settings=on(tmp_path)) as room:
        run = await room.receive(portfolio(*two_buys()))

        async def as_if_waiting(*_words: object, **_more: object) -> tuple[object, ...]:
            return (run,)

        monkeypatch.setattr(type(room.desk.store), "runs", as_if_waiting)
        await AutoApprover(room.desk, ApprovalDesk(room.desk, KEY)).approve_waiting()

        assert await room.desk.store.manual_items() == ()
