"""Runs cases one after another against one gateway."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from yarl import URL

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.case import Case
from adapters.gateway.conformance.client import ConformanceClient
from adapters.gateway.conformance.market_time import MarketTime
from adapters.gateway.conformance.verdict import CaseResult, NotKept, NotTried, Verdict
from adapters.wire.ports import RandomBytes, Sleep, UtcNow
from adapters.wire.signing import GatewayCredentials

_REQUEST_TIMEOUT_S = 90


class WrongVenue(Exception):
    """The gateway is in front of another venue than the one named; nothing was sent to it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which gateway, and what may be done there.

    `venue` is what /v1/health must name, because orders are submitted; `symbols` are names to
    trade beside those the account holds; `wait_max_s` are real seconds of one wait.
    """

    endpoint: URL
    account_id: str
    symbols: tuple[str, ...] = ()
    venue: str = "simulated"
    wait_max_s: int = 60


@asynccontextmanager
async def bench_at(
    target: Target,
    credentials: GatewayCredentials,
    *,
    utc_now: UtcNow,
    random_bytes: RandomBytes,
    sleep: Sleep,
) -> AsyncIterator[Bench]:
    """Yield a bench at the gateway, its clock measured and, where that is possible, held.

    Raises WrongVenue, NotKept when /v1/health does not read, aiohttp.ClientError or TimeoutError
    when nobody answers.
    """
    timeout = aiohttp.ClientTimeout(total=_REQUEST_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as http:
        client = ConformanceClient(target.endpoint, http, credentials, utc_now, random_bytes)
        time = MarketTime(client, sleep, target.wait_max_s)
        bench = Bench(client, time, target.account_id, target.symbols)
        venue = (await bench.measure_clock()).venue
        if venue != target.venue:
            raise WrongVenue(f"{target.endpoint} is in front of {venue!r}, not {target.venue!r}")
        await time.join()
        try:
            yield bench
        finally:
            await time.leave()


async def run_cases(
    bench: Bench, cases: Sequence[Case], on_result: Callable[[CaseResult], None]
) -> tuple[CaseResult, ...]:
    """Run the cases in order, telling each result as it comes."""
    results = []
    for case in cases:
        result = await run_case(bench, case)
        on_result(result)
        results.append(result)
    return tuple(results)


async def run_case(bench: Bench, case: Case) -> CaseResult:
    """Run one case on a session of its own and cancel what it left; a bug of ours escapes."""
    verdict, reason = await _verdict(bench, case)
    # What refuses here is the subject of other cases.
    with suppress(NotKept, NotTried, aiohttp.ClientError, TimeoutError, OSError):
        await bench.tidy()
    return CaseResult(case.number, case.group, case.title, verdict, reason)


async def _verdict(bench: Bench, case: Case) -> tuple[Verdict, str]:
    try:
        await bench.login()
        await case.run(bench)
    except NotTried as error:
        return Verdict.SKIP, str(error)
    except NotKept as error:
        return Verdict.FAIL, str(error)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Verdict.FAIL, f"no whole answer: {type(error).__name__} {error}".rstrip()
    return Verdict.PASS, ""
