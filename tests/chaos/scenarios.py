"""The weeks that are played: a cycle of two orders, a quiet one, one full of trouble.

The recovery is the cycle again, and its first daemon is dead.
"""

import asyncio
import json
from typing import Any

from daemon.cli.socket_client import DaemonRefused
from tests.chaos.play import CYCLE, QUIET_WEEK, Scenario, Week

LOOK_INTERVAL_S = 0.05
SLOW = """
flow:
  deferred_retest_interval_s: 7200
  poll_interval_s: 30
  poll_idle_interval_s: 300
  wave_interval_s: 60
"""
# What the counter loses for good stays absent, and is closed as such after the session.
FAULTS = (
    {"kind": "UNKNOWN_LOST", "times": 1},
    {"kind": "LATE_REJECT", "times": 1},
    {"kind": "REFUSED_CANCEL", "times": 1},
    {"kind": "DROP_BEFORE", "skip": 1, "times": 1},
)


async def halt_and_resolve(week: Week) -> None:
    """Halt after the first order, resume, and settle the first item of the manual list."""
    orders: list[Any] = []
    while not orders:
        await asyncio.sleep(LOOK_INTERVAL_S)
        orders = (await week.venue.ledger())["orders"]
    await week.daemon.post("/v1/halt", {"reason": "looks wrong"})
    week.said.append("halted by a person")
    await asyncio.sleep(LOOK_INTERVAL_S)
    await week.daemon.post("/v1/resume", {"reason": "was right"})
    item: dict[str, Any] | None = None
    while item is None:
        items = (await week.daemon.get("/v1/manual"))["items"]
        item = next(iter(items), None)
        await asyncio.sleep(LOOK_INTERVAL_S)
    try:
        body = {"choice": item["choices"][0], "reason": "seen", "evidence": "list"}
        await week.daemon.post(f"/v1/manual/{item['item_id']}/resolve", body)
    except DaemonRefused as refused:
        # It was settled by the daemon that died before it could say so.
        week.said.append(f"item {item['item_id']}: {refused}")


TROUBLED_WEEK = Scenario(
    settings=SLOW,
    gateway_words=("--participation", "0.003"),
    faults=json.dumps(FAULTS),
    meddle=halt_and_resolve,
)
SCENARIOS = {
    "cycle": CYCLE,
    "quiet": QUIET_WEEK,
    "troubled": TROUBLED_WEEK,
    "recovery": CYCLE,
}
