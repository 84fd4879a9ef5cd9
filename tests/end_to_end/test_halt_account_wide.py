"""`halt --account-wide` from the command line to the broker's book: everybody's orders end."""

import asyncio
import json
import os
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from daemon.rehearsal.stage import ACCOUNT
from market.phases import SHANGHAI
from tests.end_to_end.theatre import SAMPLE_EVENING, Theatre, theatre

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BY_HAND = datetime(2026, 1, 19, 9, 32, tzinfo=SHANGHAI)
WORKING = datetime(2026, 1, 19, 9, 33, tzinfo=SHANGHAI)
ENDED = {"PART_CANCEL", "CANCELED", "SUCCEEDED", "JUNK"}
PAUSE_S = 0.05


async def approved(stage: Theatre) -> dict[str, Any]:
    """Have the bundled pair approved and return its plan."""
    await stage.until(SAMPLE_EVENING)
    stage.drop_sample()
    await stage.noticed()
    await stage.until(SAMPLE_EVENING + timedelta(minutes=2))
    (run,) = await stage.runs()
    plan = await stage.daemon.get(f"/v1/runs/{run['run_id']}/plan")
    body = {
        "plan_hash": plan["plan_hash"],
        "underinvested": True,
        "sell_amount": plan["totals"]["sell_amount"],
    }
    await stage.daemon.post(f"/v1/runs/{run['run_id']}/approve", body)
    return plan


async def place_by_hand(stage: Theatre, plan: dict[str, Any]) -> None:
    """Have a person place an order that nobody will fill."""
    line = plan["buys"][0]
    price = (Decimal(line["reference_price"]) * Decimal("0.93")).quantize(Decimal("0.01"))
    event = {
        "kind": "ORDER",
        "name": "hand",
        "at": BY_HAND.isoformat(),
        "symbol": line["ts_code"],
        "side": "BUY",
        "limit_price": str(price),
        "quantity": 200,
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{stage.stage.endpoint}/sim/script", json=[event]) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def walk(stage: Theatre) -> None:
    """Let market time run."""
    while True:
        await stage.until(await stage.venue.now() + timedelta(seconds=1))
        await asyncio.sleep(PAUSE_S)


async def halt(stage: Theatre, account: str) -> tuple[int, str]:
    """Type the command; returns its exit code and what it said."""
    verb = ("halt", "--account-wide", "--account", account, "--reason", "drill", "--json")
    place = ("--config", str(stage.options.out / "broker.yaml"), "--wait", "60")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "daemon.cli.main", *verb, *place),
        env={**os.environ, **stage.stage._secrets},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    return child.returncode or 0, said.decode()


async def test_a_halt_of_the_whole_account_ends_what_a_person_placed_too(tmp_path: Path) -> None:
    async with theatre(tmp_path / "out") as stage:
        await place_by_hand(stage, await approved(stage))
        await stage.until(WORKING)
        before = {o["client_order_id"]: o for o in await stage.orders_at_venue()}
        assert any(order["status"] not in ENDED for order in before.values())
        assert None in before, "the person's order is on the book"

        # A daemon that nobody keeps alive: another life of it would take the session back.
        assert stage.stage._daemon is not None
        await stage.stage._daemon.stop()
        await stage.venue._post("leave", {"participant": "daemon"})
        walking = asyncio.create_task(walk(stage))
        code, said = await halt(stage, ACCOUNT)
        walking.cancel()

        assert code == os.EX_OK, said
        assert {order["status"] for order in await stage.orders_at_venue()} <= ENDED
        proof = json.loads(said)["proof"]
        assert proof["account_wide"]
        (hand,) = [order for order in proof["orders"] if not order["ours"]]
        assert (hand["live"], hand["quantity"]) == (False, 200)
