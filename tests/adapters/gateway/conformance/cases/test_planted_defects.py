"""Against a gateway with one planted defect the right cases fail, and no other of their group."""

from pathlib import Path

import pytest

from adapters.gateway.conformance.cases import (
    account,
    cancels,
    capabilities,
    cursors,
    day_roll,
    errors,
    events,
    fills,
    health,
    idempotency,
    limits,
    market,
    movements,
    orders,
    phases,
    session,
    signing,
    submission,
)
from adapters.gateway.conformance.catalogue import GROUPS
from adapters.gateway.conformance.runner import run_cases
from adapters.gateway.conformance.verdict import Verdict
from tests.adapters.gateway.conformance.defects import DEFECTS, Defect
from tests.adapters.gateway.conformance.stand import bench_in_front, sample_gateway
from tests.support.gateway import HandClock

MODULES = (
    account,
    cancels,
    capabilities,
    cursors,
    day_roll,
    errors,
    events,
    fills,
    health,
    idempotency,
    limits,
    market,
    movements,
    orders,
    phases,
    session,
    signing,
    submission,
)
CASES = {case.group: module.CASES for module in MODULES for case in module.CASES}


def test_every_group_has_a_planted_defect() -> None:
    assert {defect.group for defect in DEFECTS} == set(GROUPS) == CASES.keys()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect.group}: {defect.what}")
async def test_the_right_cases_see_the_defect(
    defect: Defect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    middlewares = defect.plant(monkeypatch)

    async with (
        sample_gateway(tmp_path, clock, middlewares) as base,
        bench_in_front(base, clock) as bench,
    ):
        results = await run_cases(bench, CASES[defect.group], lambda _: None)

    failed = {result.number: result.reason for result in results if result.verdict is Verdict.FAIL}
    assert failed.keys() == defect.seen_by, failed
