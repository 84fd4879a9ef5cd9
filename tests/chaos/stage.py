"""The stage of one case: a gateway, and one daemon after another on the same directories."""

import asyncio
import json
from asyncio.subprocess import DEVNULL
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from types import TracebackType
from typing import Self

from daemon.cli.socket_client import DaemonUnreachable, call
from daemon.rehearsal.configuration import Places, configuration_text
from daemon.rehearsal.options import RehearsalError, RehearsalOptions
from daemon.rehearsal.stage import ACCOUNT
from market.phases import SHANGHAI
from tests.chaos.births import Births, Life
from tests.chaos.fuse import Plan
from tests.chaos.nursery import Birth

START_TIME = time(17, 0)
READY_TIMEOUT_S = 60
READY_INTERVAL_S = 0.005
LIVES_MAX = 6
SECRETS = {"PINGAN_API_KEY": "k", "PINGAN_API_SECRET": "s" * 32, "PINGAN_API_TOKEN": "t" * 32}


@dataclass(frozen=True, slots=True)
class Treatment:
    """How the next daemon is to be treated: a plan, a tracer's words, a bound of its files.

    `before` is called with the folder of its state before it starts.
    """

    plan: Plan | None = None
    strace: Sequence[str] = ()
    file_bytes_max: int | None = None
    before: Callable[[Path], None] | None = None


PLAIN = Treatment()


@dataclass(slots=True)
class Daemon:
    """One life of the daemon; `answered_s` is how long it took to recover, if it did."""

    life: Life
    treatment: Treatment
    began_s: float
    tracer: asyncio.subprocess.Process | None = None
    answered_s: float | None = None


class Company:
    """Processes of a nursery; the lives after the treated ones are plain.

    Fits where a rehearsal's stage does, so that its driver plays here as well.
    """

    def __init__(
        self,
        options: RehearsalOptions,
        births: Births,
        treatments: Sequence[Treatment] = (),
        gateway_words: Sequence[str] = (),
    ) -> None:
        self.options = options
        self.lives: list[Daemon] = []
        self.treatments = list(treatments)
        self.inbox = options.out / "inbox"
        self.state = options.out / "state"
        self.socket = options.out / "state" / "control.sock"
        self.database = options.out / "state" / "execd.sqlite"
        self.endpoint = ""
        self._births = births
        self._gateway_words = tuple(gateway_words)
        self._failure: str | None = None
        self._venue: Life | None = None
        self._caring: asyncio.Task[None] | None = None
        self._timing: list[asyncio.Task[None]] = []

    @property
    def restarts(self) -> int:
        """How often the daemon was started again so far."""
        return max(len(self.lives) - 1, 0)

    def check(self) -> None:
        """Raise RehearsalError if the daemon is beyond help."""
        if self._failure is not None:
            raise RehearsalError(self._failure)

    async def __aenter__(self) -> Self:
        for folder in (self.inbox, self.state, self.options.out / "gateway"):
            folder.mkdir(parents=True, exist_ok=True)
        ready = self.options.out / "gateway" / "ready.json"
        ready.unlink(missing_ok=True)
        log = str(self.options.out / "gateway.log")
        self._venue = await self._births.birth(Birth(self._gateway_verb(ready), log, SECRETS))
        deadline_s = asyncio.get_running_loop().time() + READY_TIMEOUT_S
        while not ready.is_file():
            if self._venue.code is not None or asyncio.get_running_loop().time() > deadline_s:
                raise RehearsalError(f"the gateway did not start; see {log}")
            await asyncio.sleep(READY_INTERVAL_S)
        self.endpoint = json.loads(ready.read_text(encoding="utf-8"))["endpoint"]
        archive = self.state / "archive"
        places = Places(self.endpoint, ACCOUNT, self.inbox, self.state, archive, self.socket)
        text = configuration_text(self.options, places)
        self.config.write_text(text, encoding="utf-8")
        return self

    @property
    def config(self) -> Path:
        """The daemon's configuration."""
        return self.options.out / "broker.yaml"

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()
        assert self._venue is not None
        await self._venue.end()

    def open(self) -> None:
        """Start the daemon, and start it again whenever it ends."""
        self._caring = asyncio.create_task(self._care(), name="keep the daemon alive")

    async def close(self) -> None:
        """End the daemon for good."""
        if self._caring is not None:
            self._caring.cancel()
            await asyncio.gather(self._caring, *self._timing, return_exceptions=True)
            self._caring = None
        for daemon in self.lives:
            if daemon.life.code is None:
                await daemon.life.end()
            if daemon.tracer is not None:
                await daemon.tracer.wait()

    async def _care(self) -> None:
        while len(self.lives) < LIVES_MAX:
            daemon = await self._live(self.treatments.pop(0) if self.treatments else PLAIN)
            await daemon.life.wait()
        ends = [daemon.life.code for daemon in self.lives]
        self._failure = f"the daemon ended {len(ends)} times, with {ends}"

    async def start(self, treatment: Treatment = PLAIN) -> Life:
        """Start a daemon of its own that nobody starts again."""
        if treatment.before is not None:
            treatment.before(self.state)
        birth = Birth(
            verb=("run", "--config", str(self.config)),
            log=str(self.options.out / "daemon.log"),
            environment=SECRETS,
            plan=treatment.plan,
            is_traced=bool(treatment.strace),
            file_bytes_max=treatment.file_bytes_max,
        )
        return await self._births.birth(birth)

    async def second_life(self) -> None:
        """Wait until the second daemon answers or has ended."""
        while True:
            await asyncio.sleep(READY_INTERVAL_S)
            if len(self.lives) > 1:
                second = self.lives[1]
                if second.answered_s is not None or second.life.code is not None:
                    return

    async def _live(self, treatment: Treatment) -> Daemon:
        """Start the next daemon."""
        began_s = asyncio.get_running_loop().time()
        daemon = Daemon(await self.start(treatment), treatment, began_s)
        self.lives.append(daemon)
        if treatment.strace:
            words = ("-f", "-q", "-o", str(self.options.out / "strace.log"))
            daemon.tracer = await asyncio.create_subprocess_exec(
                "strace", *words, *treatment.strace, "-p", str(daemon.life.pid), stderr=DEVNULL
            )
        self._timing.append(asyncio.create_task(self._time_recovery(daemon)))
        return daemon

    async def _time_recovery(self, daemon: Daemon) -> None:
        """Note when it first answers: its socket opens once it has reconciled."""
        while daemon.life.code is None:
            try:
                await asyncio.to_thread(call, self.socket, "GET", "/v1/status")
            except DaemonUnreachable:
                await asyncio.sleep(READY_INTERVAL_S)
            else:
                daemon.answered_s = asyncio.get_running_loop().time() - daemon.began_s
                return

    def _gateway_verb(self, ready: Path) -> tuple[str, ...]:
        options = self.options
        start = datetime.combine(options.pairs[0].file_date, START_TIME, SHANGHAI)
        return (
            *("gateway", "--port", "0", "--market", str(options.market), "--stepped"),
            *("--cash", str(options.cash), "--account", ACCOUNT, "--seed", str(options.seed)),
            *("--start", start.isoformat(), "--ready-file", str(ready)),
            *("--state", str(options.out / "gateway"), "--positions", str(options.positions)),
            *("--orders-per-day", str(options.messages_per_day)),
            *self._gateway_words,
        )
