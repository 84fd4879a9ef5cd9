from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.plan_rehearsal import rehearsals
from daemon.plan_rehearsal.values import PlanRehearsal, Question
from tests.daemon.control.served import control
from tests.daemon.plan_rehearsal.given import a_rehearsal
from tests.daemon.plan_rehearsal.test_rehearsals import with_market
from tests.support.desk import two_buys


async def play(question: Question) -> PlanRehearsal:
    return replace(a_rehearsal(), plan_hash=question.plan.plan_hash)


async def test_a_rehearsal_is_started_waited_for_and_shown_beside_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsals, "play", play)
    async with control(tmp_path, settings=with_market(tmp_path)) as caller:
        plan = await caller.room.planned(*two_buys())
        target = f"/v1/runs/{plan.run_id}/rehearsal"
        before = await caller.get(target)
        started = await caller.post(target)
        done = await caller.post(target, {"wait": True})
        shown = await caller.get(target)
        beside = (await caller.get(f"/v1/runs/{plan.run_id}/plan"))["rehearsal"]

    nothing: dict[str, Any] = {"plan_hash": plan.plan_hash, "progress": "NONE"}
    assert before == {**nothing, "why": "", "rehearsal": None}
    assert started["progress"] == "RUNNING"
    assert done == shown == beside
    assert (done["progress"], done["rehearsal"]["fees"]) == ("DONE", "27.57")


async def test_without_a_market_it_is_refused_by_the_name_of_the_setting(tmp_path: Path) -> None:
    async with control(tmp_path) as caller:
        plan = await caller.room.planned(*two_buys())
        status, words = await caller.refused("POST", f"/v1/runs/{plan.run_id}/rehearsal")

    assert status == 409
    assert "paths.market" in words
