from datetime import timedelta
from pathlib import Path

import pytest

from daemon import __version__
from statemachine.line_status import LineStatus
from statemachine.plan import Plan
from statemachine.reasons import Reason
from statemachine.run import RunState
from storage.store import ManualItem
from tests.daemon.control.served import Caller, control
from tests.daemon.planning.builders import portfolio, symbol
from tests.support.desk import ACCOUNT, BANK, MAOTAI, VANKE, two_buys

PAIR = {"portfolio_path": "/in/portfolio_20251107.csv", "context_path": "/in/context.json"}


async def hold_bank(caller: Caller, plan: Plan) -> None:
    """Hold one line for a gap."""
    held = LineStatus(
        run_id=plan.run_id,
        symbol=symbol(BANK),
        reason=Reason.HELD_GAP,
        detail="gap of 4 %",
        updated_at=caller.room.clock.now(),
    )
    await caller.room.desk.store.set_line_statuses((held,), now=caller.room.clock.now())


async def test_status_tells_what_a_person_wants_to_know_first(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())

        found = await caller.get("/v1/status")

    assert found["version"] == __version__
    assert (found["mode"], found["account"]) == ("paper", ACCOUNT)
    assert found["market_time"] == "2025-11-07T20:00:05+08:00"
    assert [run["run_id"] for run in found["runs"]] == [plan.run_id]
    assert (found["open_orders"], found["breaks"], found["manual_items"]) == (0, 0, 0)
    assert found["halts"] == []
    assert found["calendar_coverage_days"] > 0


async def test_show_tells_the_plan_and_when_it_can_be_approved(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())
        await caller.room.adopt(VANKE, 0, "foreign")

        found = await caller.get(f"/v1/runs/{plan.run_id}")

    assert found["run"]["state"] == "AWAITING_APPROVAL"
    assert found["plan"]["plan_hash"] == plan.plan_hash
    assert found["plan"]["approvable_from"] <= found["plan"]["expires_at"]
    assert {line["ts_code"] for line in found["lines"]} == {BANK, VANKE}
    assert found["account"]["foreign"] == [VANKE]
    assert found["summary"]["run_id"] == plan.run_id
    assert (found["orders"], found["fills"], found["refusals"]) == ([], [], [])


async def test_a_run_without_a_plan_is_shown_without_one(tmp_path: Path) -> None:
    async with control(tmp_path, held=[(BANK, 500)]) as caller:
        room = caller.room
        run = await room.receive(portfolio(*two_buys()))

        found = await caller.get(f"/v1/runs/{run.run_id}")

    assert found["plan"] is None
    assert found["lines"] == []
    assert found["account"]["expected_cash"] is None


async def test_approving_the_hash_that_was_shown_approves_the_run(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())
        body = {"plan_hash": plan.plan_hash, "underinvested": True}

        found = await caller.post(f"/v1/runs/{plan.run_id}/approve", body)

        assert found["state"] == "APPROVED"
        assert await caller.room.state(plan.run_id) is RunState.APPROVED


async def test_a_tick_is_a_true_and_nothing_that_looks_like_it(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys(), exposure="0.9")
        body = {"plan_hash": plan.plan_hash, "underinvested": "true"}

        status, why = await caller.refused("POST", f"/v1/runs/{plan.run_id}/approve", body)

    assert Reason.UNDERINVESTED in plan.flags
    assert status == 409
    assert "UNDERINVESTED" in why


async def test_declining_ends_a_run_and_is_no_error_when_asked_twice(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())
        target = f"/v1/runs/{plan.run_id}/decline"

        for _ in range(2):
            assert (await caller.post(target, {"reason": "not today"}))["state"] == "DECLINED"


async def test_a_held_line_is_approved_at_the_live_price(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.approved(*two_buys())
        await hold_bank(caller, plan)
        target = f"/v1/runs/{plan.run_id}/lines/{BANK}/approve"

        found = await caller.post(target, {"plan_hash": plan.plan_hash})

        assert found == {"ts_code": BANK, "detail": "gap approved at 10"}
        statuses = await caller.room.desk.store.line_statuses(plan.run_id)
        assert statuses[symbol(BANK)].reason is None


async def test_a_held_line_of_another_plan_than_was_seen_stays_held(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.approved(*two_buys())
        await hold_bank(caller, plan)
        target = f"/v1/runs/{plan.run_id}/lines/{BANK}/approve"

        status, why = await caller.refused("POST", target, {"plan_hash": "0" * 64})

        assert status == 409
        assert plan.plan_hash in why
        statuses = await caller.room.desk.store.line_statuses(plan.run_id)
        assert statuses[symbol(BANK)].reason is Reason.HELD_GAP


@pytest.mark.parametrize("quantity", [300, "300"])
async def test_adopting_says_whose_a_holding_is(tmp_path: Path, quantity: object) -> None:
    async with control(tmp_path) as caller:
        caller.room.broker.hold(symbol(MAOTAI), 300)
        await caller.post("/v1/adopt", {"ts_code": MAOTAI, "quantity": quantity})
        await caller.post("/v1/adopt", {"ts_code": BANK, "quantity": 5, "owner": "foreign"})

        assert await caller.room.desk.store.owned() == {symbol(MAOTAI): 300}
        assert (await caller.room.desk.store.decided_symbols())[symbol(BANK)] == "foreign"


async def test_a_halt_stands_until_it_is_resumed(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        halted = await caller.post("/v1/halt", {"reason": "a doubt"})
        resumed = await caller.post("/v1/resume", {"reason": "no doubt"})

    assert [(halt["kind"], halt["cause"]) for halt in halted["halts"]] == [("HALT", "a doubt")]
    assert resumed["halts"] == []


async def test_arming_takes_the_last_digits_of_the_account(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        assert await caller.post("/v1/arm-live", {"digits": ACCOUNT[-4:]}) == {"armed": True}


async def test_a_manual_item_is_resolved_by_one_of_its_choices(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        now = caller.room.clock.now()
        item = ManualItem(
            item_id=0,
            run_id=None,
            client_order_id=None,
            symbol=symbol(BANK),
            reason=Reason.PAIR_INCOMPLETE,
            detail="only the CSV",
            choices=("seen",),
            created_at=now - timedelta(hours=1),
        )
        await caller.room.desk.store.add_manual(item, now=now)
        (listed,) = (await caller.get("/v1/manual"))["items"]
        target = f"/v1/manual/{listed['item_id']}/resolve"

        status, why = await caller.refused("POST", target, {"choice": "ignore"})
        resolved = await caller.post(target, {"choice": "seen"})

        assert (listed["ts_code"], listed["choices"]) == (BANK, ["seen"])
        assert (status, "offers seen" in why) == (409, True)
        assert resolved["resolution"] == "seen"
        assert (await caller.get("/v1/manual"))["items"] == []


async def test_reconciling_asks_the_broker_for_everything(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        found = await caller.post("/v1/reconcile")

        assert found["breaks"] == 0
        assert {"orders", "fills", "positions", "funds"} <= set(caller.room.broker.calls)


async def test_a_sound_record_breaks_no_invariant(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        await caller.room.planned(*two_buys())

        for target in ("/v1/verify", "/v1/verify?all=true"):
            assert await caller.get(target) == {"violations": []}


async def test_a_pair_is_handed_to_the_inbox_by_its_paths(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        found = await caller.post("/v1/submit", PAIR)

        assert found == {"run_id": "20251107-0123456789ab"}
        assert caller.inbox.taken == [(Path(PAIR["portfolio_path"]), Path(PAIR["context_path"]))]
        assert (await caller.get("/v1/inbox"))["pairs"][0]["run_id"] is None


async def test_a_pair_the_daemon_may_not_read_is_refused(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        caller.inbox.failure = PermissionError(13, "Permission denied")

        status, why = await caller.refused("POST", "/v1/submit", PAIR)

    assert status == 409
    assert "Permission denied" in why


async def test_the_plan_page_is_plain_json_with_every_part(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())

        found = await caller.get(f"/v1/runs/{plan.run_id}/plan")

    assert found["plan_hash"] == plan.plan_hash
    assert [row["ts_code"] for row in found["buys"]] == [VANKE, BANK]
    assert found["buys"][0]["amount"] == "200000"
    assert [step["step"] for step in found["cash_path"]][-1] == "CLOSING"
    assert all(check["chinese"] for check in found["checks"])
    assert (found["difference"], found["denied"]) == (None, [])
