"""Kill -9 in the middle of a session: nothing twice, nothing lost."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from daemon.rehearsal.results import result_of
from market.phases import SHANGHAI
from tests.end_to_end.theatre import SAMPLE_EVENING, Theatre, theatre

pytestmark = pytest.mark.timeout(300)

# How many orders the venue has seen when the daemon is killed: early, in the middle, late.
SESSION_MORNING = datetime(2026, 1, 19, 10, 30, tzinfo=SHANGHAI)
KILL_AT = (1, 5, 10)


async def _has_orders(stage: Theatre, count: int) -> bool:
    return len(await stage.orders_at_venue()) >= count


async def _restarted(stage: Theatre, times: int) -> bool:
    return stage.stage.restarts >= times


async def _kill_three_times(stage: Theatre) -> int:
    kills = 0
    for threshold in KILL_AT:
        await stage.eventually(partial(_has_orders, stage, threshold), f"{threshold} orders")
        stage.kill_daemon()
        kills += 1
        restarted = partial(_restarted, stage, kills)

        await stage.eventually(restarted, "the daemon is started again")
        await stage.daemon.get("/v1/status")
    return kills


async def test_three_kills_in_one_session_lose_and_repeat_nothing(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        killing = asyncio.create_task(_kill_three_times(stage))
        result = result_of(await stage.driver().play(stage.pair))
        kills = await killing
        orders = await stage.orders_at_venue()
        violations = (await stage.daemon.get("/v1/verify?all=true"))["violations"]
        together = await stage.inspected()

    assert kills == 3
    assert together == ()
    assert result.content["restarts"] == 3
    assert result.ledger_differences == ()
    assert result.content["breaks"] == []
    assert result.content["status"] in {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS"}
    assert violations == []
    assert max(Counter(order["client_order_id"] for order in orders).values()) == 1
    ours = {order["client_order_id"] for order in result.orders}
    assert {order["client_order_id"] for order in orders} <= ours


async def test_a_pair_removed_while_the_daemon_was_down_is_not_traded(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        stage.drop_sample()
        await stage.noticed()
        await stage.until(SAMPLE_EVENING + timedelta(minutes=2))
        (run,) = await stage.runs()
        shown = await stage.show(run["run_id"])
        body = {"plan_hash": shown["plan"]["plan_hash"], "underinvested": True}
        body["sell_amount"] = shown["plan"]["sell_amount"]
        await stage.daemon.post(f"/v1/runs/{run['run_id']}/approve", body)
        stage.kill_daemon()
        for path in stage.stage.inbox.glob("*20260116*"):
            path.unlink()
        await stage.eventually(partial(_restarted, stage, 1), "the daemon is started again")
        await stage.daemon.get("/v1/status")
        (held,) = await stage.runs()
        await stage.until(SESSION_MORNING)
        orders = await stage.orders_at_venue()

    assert held["state"] == "HOLD_INPUT_CHANGED"
    assert orders == []


async def test_orders_kept_back_by_a_halt_are_priced_anew_after_it(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        playing = asyncio.create_task(stage.driver().play(stage.pair))
        await stage.eventually(partial(_has_orders, stage, 1), "the first order")
        await stage.daemon.post("/v1/halt", {"reason": "looks wrong"})
        await stage.daemon.post("/v1/resume", {"reason": "was right"})
        result = result_of(await playing)
        violations = (await stage.daemon.get("/v1/verify?all=true"))["violations"]

    assert result.ledger_differences == ()
    assert result.content["breaks"] == []
    assert violations == []
