"""The bundled plan, rehearsed on its eve, and then the session itself."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from market.phases import SHANGHAI
from statemachine.order_id import is_own_order_id
from tests.end_to_end.rehearsals import Played, sage_execd
from tests.end_to_end.theatre import SAMPLE_EVENING, Theatre, theatre

pytestmark = pytest.mark.timeout(300)

AFTER_CLOSE = datetime(2026, 1, 19, 15, 40, tzinfo=SHANGHAI)


async def asked(stage: Theatre, run_id: str) -> Played:
    """Ask for the rehearsal as a person does."""
    verb = ("rehearse-plan", run_id, "--socket", str(stage.stage.socket), "--json")
    return await asyncio.to_thread(sage_execd, *verb, out=stage.options.out)


async def approved(stage: Theatre, plan: dict[str, Any]) -> None:
    """Approve a plan, typing whatever it asks for."""
    body = {
        "plan_hash": plan["plan_hash"],
        "sell_amount": plan["totals"]["sell_amount"],
        "underinvested": True,
    }
    await stage.daemon.post(f"/v1/runs/{plan['run_id']}/approve", body)


async def test_a_plan_is_rehearsed_on_the_eve_and_then_traded(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        await stage.until(SAMPLE_EVENING)
        stage.drop_sample()
        await stage.noticed()
        await stage.until(SAMPLE_EVENING + timedelta(minutes=2))
        (run,) = await stage.runs()
        played = await asked(stage, run["run_id"])
        at_venue_before = await stage.orders_at_venue()
        plan = await stage.daemon.get(f"/v1/runs/{run['run_id']}/plan")
        await approved(stage, plan)
        await stage.until(AFTER_CLOSE)
        shown = await stage.show(run["run_id"])
        at_venue = await stage.orders_at_venue()
        after = await stage.daemon.get(f"/v1/runs/{run['run_id']}/plan")
        violations = await stage.inspected()

    assert played.code == 0, played.words
    rehearsal = played.line["rehearsal"]
    assert rehearsal["bars_date"] == "2026-01-16"
    assert rehearsal["session_date"] == "2026-01-19"
    assert plan["rehearsal"] == after["rehearsal"] == played.line
    traded = {line["ts_code"] for line in (*plan["sells"], *plan["buys"])}
    assert {line["ts_code"] for line in rehearsal["lines"]} == traded
    assert any(line["filled_quantity"] for line in rehearsal["lines"])
    assert Decimal(rehearsal["lowest"]["cash"]) >= 0
    assert at_venue_before == []
    assert {order["client_order_id"] for order in at_venue} == {
        order["client_order_id"] for order in shown["orders"]
    }
    assert all(is_own_order_id(order["client_order_id"]) for order in at_venue)
    assert shown["run"]["state"] in {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS"}
    assert violations == ()
