from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.catalogue import CASES
from adapters.gateway.conformance.expectations import acceptance
from adapters.gateway.conformance.names import resting_buy
from adapters.gateway.conformance.runner import WrongVenue, run_case, run_cases
from adapters.gateway.conformance.verdict import CaseResult, NotKept, NotTried, Verdict
from tests.adapters.gateway.conformance.stand import bench_in_front, sample_gateway
from tests.support.gateway import HandClock


async def test_our_own_gateway_passes_every_case(tmp_path: Path) -> None:
    clock = HandClock()
    told: list[CaseResult] = []

    async with sample_gateway(tmp_path, clock) as base, bench_in_front(base, clock) as bench:
        results = await run_cases(bench, CASES, told.append)

    assert [result for result in results if result.verdict is not Verdict.PASS] == []
    assert list(results) == told
    assert len(results) == len(CASES)


async def test_where_time_cannot_be_moved_cases_are_skipped_and_say_why(tmp_path: Path) -> None:
    clock = HandClock()

    async with (
        sample_gateway(tmp_path, clock, stepped=False) as base,
        bench_in_front(base, clock) as bench,
    ):
        results = await run_cases(bench, CASES, lambda _: None)

    skipped = [result for result in results if result.verdict is Verdict.SKIP]
    assert {result.verdict for result in results} == {Verdict.PASS, Verdict.SKIP}
    assert "C34" not in {result.number for result in skipped}
    assert "the market phase is CLOSED" in skipped[0].reason
    assert all(result.reason for result in skipped)


async def test_another_venue_than_the_one_named_is_left_alone(tmp_path: Path) -> None:
    clock = HandClock()
    targets: list[str] = []

    @web.middleware
    async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
        targets.append(request.path)
        return await handler(request)

    async with sample_gateway(tmp_path, clock, (noting,)) as base:
        with pytest.raises(WrongVenue, match="'simulated', not 'pingan'"):
            async with bench_in_front(base, clock, venue="pingan"):
                raise AssertionError("a bench was opened")

    assert targets == ["/v1/health"]


async def test_a_gateway_that_is_not_there_is_no_verdict() -> None:
    with pytest.raises(aiohttp.ClientError):
        async with bench_in_front(URL("http://127.0.0.1:1"), HandClock()):
            raise AssertionError("a bench was opened")


@pytest.mark.parametrize(
    ("error", "verdict", "reason"),
    [
        (NotKept("it lies"), Verdict.FAIL, "it lies"),
        (NotTried("no market"), Verdict.SKIP, "no market"),
        (aiohttp.ServerDisconnectedError(), Verdict.FAIL, "no whole answer: ServerDisc"),
        (TimeoutError(), Verdict.FAIL, "no whole answer: TimeoutError"),
    ],
)
async def test_how_a_case_ends_is_its_verdict(
    tmp_path: Path, error: Exception, verdict: Verdict, reason: str
) -> None:
    async def ending(_bench: Bench) -> None:
        raise error

    clock = HandClock()
    async with sample_gateway(tmp_path, clock) as base, bench_in_front(base, clock) as bench:
        result = await run_case(bench, Case("C00", "test", "ends", ending))

    assert result.verdict is verdict
    assert result.reason.startswith(reason)


async def test_a_bug_of_the_kit_escapes(tmp_path: Path) -> None:
    async def broken(_bench: Bench) -> None:
        raise KeyError("ours")

    clock = HandClock()
    async with sample_gateway(tmp_path, clock) as base, bench_in_front(base, clock) as bench:
        with pytest.raises(KeyError):
            await run_case(bench, Case("C00", "test", "breaks", broken))


async def test_what_a_case_leaves_is_cancelled(tmp_path: Path) -> None:
    left: list[str] = []

    async def leaving(bench: Bench) -> None:
        (result,) = await bench.submit(await resting_buy(bench))
        acceptance(result)
        left.append(result.client_order_id)

    clock = HandClock()
    async with sample_gateway(tmp_path, clock) as base, bench_in_front(base, clock) as bench:
        await run_case(bench, Case("C00", "test", "leaves an order", leaving))
        view = await bench.order(left[0])

    assert view.status == "CANCELED"
