"""The composition root: the one file that constructs things and names a concrete broker."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import aiohttp
import backoff
from structlog.typing import FilteringBoundLogger

from adapters.alerts.channel import Channel
from adapters.broker import BrokerError, BrokerUnavailable, BrokerUnknown, SessionSuperseded
from adapters.pingan.adapter import PingAnAccount, PingAnAdapter
from adapters.pingan.transport import HttpTransport
from adapters.wire.signing import GatewayCredentials
from config.secrets import Secrets
from config.settings import ClockMode, MarketSettings, Mode, Settings
from config.settings_hash import settings_hash
from daemon.clock import MachineClock
from daemon.desk import Desk, Signals
from daemon.halting.files import HaltFiles
from daemon.industries import read_industries
from daemon.instance_lock import InstanceLock
from daemon.keys import approval_key
from daemon.log_lines import logger
from daemon.machine_clock import SystemMachineClock
from daemon.market_clock import FollowingMarketClock, SteppedMarketClock
from daemon.market_files import load_calendar, load_rules
from daemon.metrics import Metrics
from daemon.noted_transport import NotedTransport
from daemon.ports import Ports
from daemon.progress import Progress, ProgressClock
from daemon.randomness import SystemRandomness
from storage.sqlite_store import open_store

SESSION_TRIES_S = 60
SYNCHRONISE_INTERVAL_S = 30
CLOCK_PARTICIPANT = "daemon"


class Steps:
    """The daemon's end of the paper gateway's stepped clock."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None), trust_env=False
        )

    async def join(self) -> datetime:
        """Become a participant and return market time."""
        await self._post("join", {})
        async with self._session.get(f"{self._endpoint}/sim/clock") as answer:
            return datetime.fromisoformat((await answer.json())["server_time"])

    async def wait(self, until: datetime) -> datetime:
        """Let market time run to the moment; a lost connection is tried again."""
        answer = await self._post("wait", {"until": until.isoformat()})
        return datetime.fromisoformat(answer["server_time"])

    async def close(self) -> None:
        """Release the connections."""
        await self._session.close()

    async def _post(self, verb: str, body: Mapping[str, str]) -> dict[str, str]:
        payload = {"participant": CLOCK_PARTICIPANT, **body}
        target = f"{self._endpoint}/sim/clock/{verb}"
        async with self._session.post(target, json=payload) as answer:
            answer.raise_for_status()
            content: dict[str, str] = await answer.json()
            return content


@dataclass(frozen=True, slots=True)
class Assembly:
    """The desk, and what must run beside its tasks for the clock to move."""

    desk: Desk
    clock_tasks: Mapping[str, Callable[[], Awaitable[None]]]
    approval_key: bytes
    channels: tuple[Channel, ...] = ()


def host_ports(
    market: MarketSettings, *, as_json: bool, in_journal: bool = False, hidden: tuple[str, ...] = ()
) -> Ports:
    """Return what this host has to give: its clock, its dice, HTTP, and stderr for the log.

    `hidden` are secrets that no line of the log may show. Raises ConfigError for an operator's
    rule or calendar file that cannot be used.
    """
    return Ports(
        machine=SystemMachineClock(),
        randomness=SystemRandomness(),
        calendar=load_calendar(market),
        rules=load_rules(market),
        connect=HttpTransport,
        log_for=partial(logger, as_json=as_json, in_journal=in_journal, hidden=hidden),
    )


async def assemble(
    settings: Settings, secrets: Secrets, stack: AsyncExitStack, ports: Ports
) -> Assembly:
    """Construct everything in the order recovery asks for: lock, lease, broker, clock.

    Raises AlreadyRunning, StampMismatch, KeyUnusable, ConfigError, BrokerError; whatever was opened
    is closed by `stack`.
    """
    state = settings.paths.state
    state.mkdir(parents=True, exist_ok=True)
    for channel in ports.channels:
        stack.push_async_callback(channel.close)
    lock = InstanceLock.acquire(state / "lock")
    stack.callback(lock.release)
    pingan = settings.brokers.pingan
    machine, randomness = ports.machine, ports.randomness
    instance = randomness.token_hex(8)
    key = approval_key(state / "approval.key", randomness)
    metrics = Metrics()
    store = await open_store(
        state / "execd.sqlite",
        mode=settings.mode,
        endpoint=pingan.endpoint,
        account=pingan.account_id,
        instance_id=instance,
        machine_clock=machine,
        approval_key=key,
        place_of=ports.place_of,
        heard=metrics.note_commit,
    )
    stack.push_async_callback(store.close)
    progress = Progress()
    noted = replace(ports, connect=lambda seconds: NotedTransport(ports.connect(seconds), progress))
    broker = broker_of(settings, secrets, instance, noted)
    stack.push_async_callback(broker.close)
    await open_session(broker)
    clock = await _clock(settings, broker, machine, stack)
    log = ports.log_for(clock).bind(run_id=lambda: progress.run_id)
    watched = ProgressClock(clock, progress)
    desk = Desk(
        account=pingan.account_id,
        settings=settings,
        settings_hash=settings_hash(settings),
        store=store,
        broker=broker,
        clock=watched,
        machine=machine,
        randomness=randomness,
        calendar=ports.calendar,
        rules=ports.rules,
        metrics=metrics,
        signals=Signals.of(watched),
        lock=lock,
        halt_files=HaltFiles(state),
        artifacts=settings.paths.artifacts or settings.paths.inbox,
        industry_of=read_industries(settings.paths.instruments),
        log=log,
        progress=progress,
    )
    return Assembly(desk, _clock_tasks(clock, machine, log), key, ports.channels)


def broker_of(settings: Settings, secrets: Secrets, instance: str, ports: Ports) -> PingAnAdapter:
    """Construct the way to the account, with no session yet. Raises EndpointError."""
    pingan = settings.brokers.pingan
    live = settings.mode is Mode.LIVE
    account = PingAnAccount(
        endpoint=pingan.endpoint,
        client_id=pingan.client_id,
        account_id=pingan.account_id,
        instance_id=instance,
        request_timeout_s=pingan.request_timeout_s,
        loopback_only=not live,
        https_only=live,
    )
    credentials = GatewayCredentials(
        access_key=secrets.access_key.get_secret_value(),
        secret_key=secrets.secret_key.get_secret_value(),
        token=secrets.token.get_secret_value(),
    )
    return PingAnAdapter(
        account,
        credentials,
        utc_now=ports.machine.utc_now,
        random_bytes=lambda count: bytes.fromhex(ports.randomness.token_hex(count)),
        transport=ports.connect(pingan.request_timeout_s),
    )


@backoff.on_exception(
    backoff.expo, (BrokerUnavailable, BrokerUnknown), max_time=SESSION_TRIES_S, max_value=5
)
async def open_session(broker: PingAnAdapter) -> None:
    """Open the trading session; opening twice is harmless, so doubt is tried again."""
    await broker.open_session()


async def _clock(
    settings: Settings, broker: PingAnAdapter, machine: MachineClock, stack: AsyncExitStack
) -> SteppedMarketClock | FollowingMarketClock:
    if settings.clock is ClockMode.STEPPED:
        steps = Steps(settings.brokers.pingan.endpoint)
        stack.push_async_callback(steps.close)
        return SteppedMarketClock(await steps.join(), steps.wait)

    async def venue_now() -> datetime:
        return (await broker.venue_time()).server_time

    following = FollowingMarketClock(machine, venue_now)
    await following.synchronise()
    return following


def _clock_tasks(
    clock: SteppedMarketClock | FollowingMarketClock,
    machine: MachineClock,
    log: FilteringBoundLogger,
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    if isinstance(clock, SteppedMarketClock):
        return {"market clock": clock.run}
    return {
        "market clock": clock.run,
        "clock synchronisation": partial(keep_synchronised, clock, machine, log),
    }


async def keep_synchronised(
    clock: FollowingMarketClock, machine: MachineClock, log: FilteringBoundLogger
) -> None:
    """Read the venue's time every half minute; a session taken over ends the daemon (rule 23)."""
    while True:
        await machine.sleep(SYNCHRONISE_INTERVAL_S)
        try:
            await clock.synchronise()
        except SessionSuperseded:
            raise
        except BrokerError as error:
            log.warning("market time not read", why=str(error))
