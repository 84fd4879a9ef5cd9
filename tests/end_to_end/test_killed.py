"""Kill -9 in the middle of a session: nothing twice, nothing lost."""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from daemon.rehearsal.results import result_of
from tests.end_to_end.theatre import Theatre, theatre

pytestmark = pytest.mark.timeout(300)

# How many orders the venue has seen when the daemon is killed: early, in the middle, late.
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
        violations = (await stage.daemon.get("/v1/verify"))["violations"]

    assert kills == 3
    assert result.content["restarts"] == 3
    assert result.ledger_differences == ()
    assert result.content["breaks"] == []
    assert result.content["status"] in {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS"}
    assert violations == []
    assert max(Counter(order["client_order_id"] for order in orders).values()) == 1
    ours = {order["client_order_id"] for order in result.orders}
    assert {order["client_order_id"] for order in orders} <= ours
