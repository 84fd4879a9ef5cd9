"""The paper gateway process: gateway contract v1 in front of a simulated venue, on loopback.

A composition root of its own: the daemon never imports it.
"""

import asyncio
import hashlib
import json
import os
import secrets as system_randomness
import signal
import sys
from collections.abc import MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

from aiohttp import web

from adapters.gateway.app import create_app
from adapters.gateway.context import GATEWAY
from adapters.gateway.idempotency import IdempotencyStore
from adapters.gateway.limits import RateLimits
from adapters.gateway.settings import GatewaySettings, full_capabilities
from adapters.venues.simulated.clock import RunningClock, SteppedClock
from adapters.venues.simulated.control import SimulationControl
from adapters.venues.simulated.desk_settings import DayEnd, DeskSettings
from adapters.venues.simulated.engine import SimulatedVenue
from adapters.venues.simulated.factory import VenueSettings, build_venue, read_positions
from adapters.venues.simulated.fault_plan import FaultPlanError, arm_faults, read_fault_file
from adapters.venues.simulated.journal import VenueJournal, remove_journal, resume
from adapters.venues.simulated.script import ScriptError, read_script_file
from adapters.venues.simulated.tables import MarketDataError
from adapters.venues.simulated.wire_faults import WireFaultPlan
from adapters.venues.simulated.wire_middleware import wire_middleware
from adapters.wire.signing import GatewayCredentials
from config.loading import ConfigError
from config.secrets import SecretsError, read_secrets
from config.settings import AuthSettings, MarketSettings
from daemon import __version__
from daemon.artifacts.files import write_atomically
from daemon.machine_clock import SystemMachineClock
from daemon.market_files import load_calendar, load_rules
from daemon.notify_socket import NotifySocket, status_line
from market.errors import MarketError
from market.phases import PhasePolicy

HOST = "127.0.0.1"
SHUTDOWN_S = 1
# Arrow's own pool keeps what reading a whole market took once: 90 MB more, for as long as it runs.
MEMORY_POOL = ("ARROW_DEFAULT_MEMORY_POOL", "system")


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """One paper gateway. `speed` is market seconds a real second; stepped: a ceiling."""

    port: int
    market: Path
    start: datetime
    cash: Decimal
    positions: Path | None
    account: str
    seed: int
    participation: Decimal
    speed: Decimal | None
    stepped: bool
    faults: Path | None
    state: Path
    orders_per_day: int
    day_end: DayEnd
    clearing_time: time
    lists_cancels: bool
    phase_policy: PhasePolicy
    rules: tuple[Path, ...]
    calendar: Path | None
    script: Path | None
    fresh: bool
    ready_file: Path | None
    as_json: bool


def run_gateway(options: GatewayOptions, environ: MutableMapping[str, str]) -> int:
    """Serve until SIGTERM; returns a sysexits code."""
    environ.setdefault(*MEMORY_POOL)
    try:
        folder = environ.get("CREDENTIALS_DIRECTORY")
        secrets = read_secrets(AuthSettings(), environ, Path(folder) if folder else None)
        credentials = GatewayCredentials(
            access_key=secrets.access_key.get_secret_value(),
            secret_key=secrets.secret_key.get_secret_value(),
            token=secrets.token.get_secret_value(),
        )
        asyncio.run(_serve(options, credentials, NotifySocket.of(environ)))
    except (SecretsError, ConfigError) as error:
        return _end(str(error), os.EX_CONFIG)
    except (MarketDataError, MarketError, FaultPlanError, ScriptError) as error:
        return _end(str(error), os.EX_DATAERR)
    return os.EX_OK


def _end(why: str, code: int) -> int:
    sys.stderr.write(f"sage-execd gateway: {why}\n")
    return code


def _venue(options: GatewayOptions) -> SimulatedVenue:
    files = MarketSettings(rule_files=options.rules, calendar_file=options.calendar)
    return build_venue(
        options.market,
        account=options.account,
        cash=options.cash,
        start=options.start,
        positions=read_positions(options.positions) if options.positions else {},
        settings=VenueSettings(
            desk=DeskSettings(
                participation=options.participation,
                day_end=options.day_end,
                clearing_time=options.clearing_time,
                lists_cancels=options.lists_cancels,
                phase_policy=options.phase_policy,
            ),
            seed=options.seed,
        ),
        calendar=load_calendar(files),
        rule_book=load_rules(files),
    )


async def _serve(
    options: GatewayOptions, credentials: GatewayCredentials, notify: NotifySocket
) -> None:
    machine = SystemMachineClock()
    venue = _venue(options)
    wire_plan = WireFaultPlan(seed=options.seed)
    if options.faults is not None:
        arm_faults(read_fault_file(options.faults), venue.faults, wire_plan)
    if options.script is not None:
        venue.play_script(read_script_file(options.script))
    clock: SteppedClock | RunningClock = (
        SteppedClock(venue, machine, options.speed)
        if options.stepped
        else RunningClock(venue, machine)
    )
    options.state.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        memory = options.state / f"venue-{_identity(options)}"
        if options.fresh:
            forget_venue(memory)
        journal = VenueJournal.open(memory.with_suffix(".jsonl"))
        stack.callback(journal.close)
        await resume(journal, venue, clock, wire_plan)
        idempotency = await IdempotencyStore.open(memory.with_suffix(".sqlite"))
        stack.push_async_callback(idempotency.close)

        def forget() -> None:
            app[GATEWAY].forget()

        app = create_app(
            venue,
            credentials,
            _settings(options),
            utc_now=machine.utc_now,
            random_bytes=system_randomness.token_bytes,
            idempotency=idempotency,
            extra_routes=SimulationControl(venue, clock, wire_plan).routes(),
            extra_middlewares=(
                wire_middleware(wire_plan, machine.sleep, forget, venue.note_strike),
            ),
        )
        port = await _listen(app, options.port, stack)
        _announce(options, port)
        notify.tell("READY=1", status_line(f"{options.account} at port {port}"))
        await _until_stopped(clock)


def _settings(options: GatewayOptions) -> GatewaySettings:
    capabilities = full_capabilities().model_copy(
        update={"cancel_rows_listed_as_orders": options.lists_cancels}
    )
    return GatewaySettings(
        account_id=options.account,
        version=__version__,
        limits=RateLimits(orders_per_day=options.orders_per_day),
        capabilities=capabilities,
    )


def forget_venue(memory: Path) -> None:
    """Remove what a venue left: its journal, and the ids that only its orders used.

    An id kept longer would be answered with an order that the new venue never saw.
    """
    remove_journal(memory.with_suffix(".jsonl"))
    for suffix in (".sqlite", ".sqlite-wal", ".sqlite-shm"):
        memory.with_suffix(suffix).unlink(missing_ok=True)


def _identity(options: GatewayOptions) -> str:
    """Return a digest of all that decides what a venue does before anything is asked of it."""
    parts: list[str] = [
        str(options.market.resolve()),
        options.start.isoformat(),
        *map(str, (options.cash, options.account, options.seed, options.participation)),
        *map(str, (options.day_end, options.clearing_time, options.lists_cancels)),
        str(options.phase_policy),
    ]
    chosen = (options.positions, options.faults, options.script, options.calendar)
    files = (*chosen, *options.rules)
    parts += [
        "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


async def _listen(app: web.Application, port: int, stack: AsyncExitStack) -> int:
    """Listen on loopback; returns the port, which matters where 0 was asked for."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, HOST, port).start()
    listening: int = runner.addresses[0][1]
    return listening


def _announce(options: GatewayOptions, port: int) -> None:
    ready = {"endpoint": f"http://{HOST}:{port}", "pid": os.getpid()}
    text = json.dumps(ready)
    words = f"paper gateway {options.account} listens at {ready['endpoint']}"
    sys.stdout.write((text if options.as_json else words) + "\n")
    sys.stdout.flush()
    if options.ready_file is not None:
        write_atomically(options.ready_file, text.encode())


async def _until_stopped(clock: SteppedClock | RunningClock) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    moving = asyncio.create_task(clock.run(), name="venue clock")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({moving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if moving.done():
        moving.result()
    moving.cancel()
