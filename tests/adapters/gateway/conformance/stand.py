"""Our own gateway over loopback in front of the bundled market, and the kit's bench at it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from aiohttp.typedefs import Middleware
from yarl import URL

from adapters.gateway.conformance.bench import Bench
from adapters.gateway.conformance.runner import Target, bench_at
from adapters.venues.simulated.clock import RunningClock, SteppedClock
from adapters.venues.simulated.control import SimulationControl
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.factory import build_venue, read_positions
from adapters.venues.simulated.wire_faults import WireFaultPlan
from daemon.rehearsal.sample import sample_directory
from market.phases import market_time
from tests.support.gateway import ACCOUNT, CREDENTIALS, HandClock, counting_bytes, gateway

FRIDAY = date(2026, 1, 16)
# One of the bundled names that the account does not hold.
SYMBOLS = ("600076.SH",)
LIFE_MAX_S = 100_000


class StillTimer:
    """A host on which no time passes: stepped market time needs none."""

    def monotonic_ns(self) -> int:
        return 0

    async def sleep(self, _seconds: float) -> None:
        return


def sample_venue() -> SimulatedVenue:
    """Return a venue on the bundled market before the first open, with its holdings."""
    sample = sample_directory()
    return build_venue(
        sample / "market",
        account=ACCOUNT,
        cash=Decimal(1_000_000),
        start=market_time(FRIDAY, "09:00:00"),
        positions=read_positions(sample / "positions.csv"),
    )


@asynccontextmanager
async def sample_gateway(
    folder: Path,
    clock: Callable[[], datetime],
    middlewares: Sequence[Middleware] = (),
    *,
    stepped: bool = True,
) -> AsyncIterator[URL]:
    """Serve a paper gateway whose market time is stepped, or stands still where it is not."""
    venue = sample_venue()
    moving = SteppedClock(venue, StillTimer()) if stepped else RunningClock(venue, StillTimer())
    routes = SimulationControl(venue, moving, WireFaultPlan()).routes()
    async with gateway(
        venue, folder, clock, extra_routes=routes, extra_middlewares=middlewares
    ) as base:
        yield base


@asynccontextmanager
async def bench_in_front(
    base: URL, clock: HandClock, wait_max_s: int = LIFE_MAX_S, venue: str = "simulated"
) -> AsyncIterator[Bench]:
    """Yield the kit's bench at a gateway; where it waits in real time, the clock moves on."""

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    async with bench_at(
        Target(base, ACCOUNT, SYMBOLS, venue, wait_max_s),
        CREDENTIALS,
        utc_now=clock,
        random_bytes=counting_bytes(10**6),
        sleep=sleep,
    ) as bench:
        yield bench
