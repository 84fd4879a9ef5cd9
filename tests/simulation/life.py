"""One life of the daemon: the program as it is shipped, on the simulation's ports."""

import asyncio
import random
import warnings
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import structlog
from pydantic import SecretStr

from config.secrets import Secrets
from daemon.app import assemble
from daemon.clock import MarketClock
from daemon.crew import Crew
from daemon.ports import Ports
from daemon.supervise import supervise
from tests.daemon.planning.builders import calendar, rule_book
from tests.simulation.house import CREDENTIALS
from tests.simulation.machine import SeededRandomness, VirtualMachineClock
from tests.simulation.network import SimulatedTransport
from tests.simulation.points import Crash
from tests.simulation.virtual_loop import VirtualLoop, abandon

if TYPE_CHECKING:
    from tests.simulation.run import Day

SECRETS = Secrets(
    SecretStr(CREDENTIALS.access_key),
    SecretStr(CREDENTIALS.secret_key),
    SecretStr(CREDENTIALS.token),
)


class HowItEnded(StrEnum):
    """How a process ended."""

    STOPPED = "stopped"
    KILLED = "killed"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class End:
    """The end of a life, and what it raised."""

    how: HowItEnded
    error: BaseException | None = None


def live(day: "Day", until_s: float) -> End:
    """Run the daemon from now on, until a moment, its own end or its death."""
    loop = VirtualLoop(day.now_s)
    loop.inline = day.disk.on_thread
    stack = AsyncExitStack()
    day.points.begin(loop)
    day.network.resume()
    try:
        with patch("storage.database.aiosqlite.connect", day.disk.connect):
            loop.run_until_complete(_process(day, loop, until_s, stack))
        return End(HowItEnded.STOPPED)
    except Crash as crash:
        return End(HowItEnded.KILLED, crash)
    except Exception as error:  # noqa: BLE001 - sorted by the day that was lived
        return End(HowItEnded.EXITED, error)
    finally:
        day.now_s = loop.now_s
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            day.save_disk()
            day.points.is_dead = True
            _let_go(stack)
            abandon(loop)
            day.points.loop = None
            day.disk.kill()


async def _process(day: "Day", loop: VirtualLoop, until_s: float, stack: AsyncExitStack) -> None:
    async with stack:
        ports = ports_of(day, loop)
        crew = Crew(await assemble(day.settings, SECRETS, stack, ports))
        stop = asyncio.Event()
        timer = loop.call_at(until_s, stop.set)
        stack.callback(timer.cancel)
        day.people.stop = stop.set
        people = asyncio.create_task(day.people.act(crew, loop), name="people")
        stack.push_async_callback(_dismiss, people)
        await crew.recover()
        day.recovered()
        background = crew.background()
        del background["inotify"]  # a descriptor of the real kernel; the sweep finds the same
        del background["loop lag"]  # a virtual loop is never late
        await supervise(crew.participants(), background, crew.desk.clock, stop)


def _let_go(stack: AsyncExitStack) -> None:
    """Do what the kernel does for a process that is gone: close its lock. Nothing else runs."""
    popped: Any = stack.pop_all()
    for is_synchronous, callback in popped._exit_callbacks:
        if is_synchronous:
            callback(None, None, None)


async def _dismiss(people: asyncio.Task[None]) -> None:
    """Send the people home; what one of them tripped over is the daemon's bug."""
    people.cancel()
    (outcome,) = await asyncio.gather(people, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome


def ports_of(day: "Day", loop: VirtualLoop) -> Ports:
    """Return the ports of one life."""
    dice = random.Random(f"{day.scenario.seed}|life {day.lives}")
    random.seed(f"{day.scenario.seed}|backoff {day.lives}")
    return Ports(
        machine=VirtualMachineClock(day.scenario.world.origin, loop, lambda: day.wall_ahead),
        randomness=SeededRandomness(dice),
        calendar=calendar(),
        rules=rule_book(),
        connect=lambda timeout_s: SimulatedTransport(day.network, float(timeout_s)),
        log_for=partial(day_log, day),
        place_of=lambda _path: "the disk of the day",
        channels=(day.group,),
    )


def day_log(day: "Day", clock: MarketClock) -> structlog.typing.FilteringBoundLogger:
    """Return a log that keeps its lines in the day, each with its market time."""

    def keep(
        _logger: object, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.ProcessorReturnValue:
        entry = {name: value() if callable(value) else value for name, value in event.items()}
        day.log.append((clock.now(), method, entry))
        raise structlog.DropEvent

    log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        None,
        processors=[keep],
        wrapper_class=structlog.make_filtering_bound_logger(20),
    )
    return log
