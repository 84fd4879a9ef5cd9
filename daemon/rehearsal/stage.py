"""Sets the stage of a rehearsal: folders, secrets of its own, gateway and daemon processes."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daemon.randomness import Randomness
from daemon.rehearsal.children import Child, KeptAlive
from daemon.rehearsal.configuration import Places, configuration_text
from daemon.rehearsal.options import RehearsalError, RehearsalOptions
from market.phases import SHANGHAI

ACCOUNT = "REHEARSAL0001"
START_TIME = time(17, 0)
READY_TIMEOUT_S = 60
SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 107
READY_INTERVAL_S = 0.02


class Stage:
    """The children and folders; entering starts the gateway, `start_daemon` the daemon."""

    def __init__(
        self, options: RehearsalOptions, randomness: Randomness, say: Callable[[str], None]
    ) -> None:
        self._options = options
        self._say = say
        self._secrets = {
            name: randomness.token_hex(16)
            for name in ("PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN")
        }
        self._gateway: Child | None = None
        self._daemon: KeptAlive | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.endpoint = ""
        self.inbox = options.out / "inbox"
        self.state = options.out / "state"
        self.database = self.state / "execd.sqlite"
        self.socket = _short(options.out / "state" / "control.sock")

    @property
    def restarts(self) -> int:
        """How often the daemon was started again so far."""
        return 0 if self._daemon is None else self._daemon.restarts

    def check(self) -> None:
        """Raise RehearsalError if the daemon is beyond help."""
        if self._daemon is not None:
            self._daemon.check()

    async def __aenter__(self) -> Self:
        """Make the folders and start the gateway in the evening before anything happens."""
        for folder in (self.inbox, self.state, self._options.out / "gateway"):
            folder.mkdir(parents=True, exist_ok=True)
        ready = self._options.out / "gateway" / "ready.json"
        ready.unlink(missing_ok=True)
        log = self._options.out / "gateway.log"
        gateway = await Child.start(self._gateway_verb(ready), log, self._secrets)
        try:
            self.endpoint = (await _answer(gateway, ready, log))["endpoint"]
        except BaseException:
            # A stage that is not entered is never left: nobody else would end the child.
            await gateway.stop()
            raise
        self._gateway = gateway
        self._say(f"gateway pid {gateway.pid} at {self.endpoint}")
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._daemon is not None:
            await self._daemon.stop()
        if self._keeping is not None:
            await self._keeping
        if self._gateway is not None:
            await self._gateway.stop()

    def start_daemon(self) -> None:
        """Start the daemon and keep it alive; its pid is said each time."""
        config = self._options.out / "broker.yaml"
        archive = self._options.out / "archive"
        places = Places(self.endpoint, ACCOUNT, self.inbox, self.state, archive, self.socket)
        config.write_text(configuration_text(self._options, places), encoding="utf-8")
        verb = ("run", "--config", str(config))
        log = self._options.out / "daemon.log"
        self._daemon = KeptAlive(verb, log, self._secrets, self._say)
        self._keeping = asyncio.create_task(self._daemon.run(), name="keep the daemon alive")

    def _gateway_verb(self, ready: Path) -> list[str]:
        options = self._options
        start = datetime.combine(options.pairs[0].file_date, START_TIME, SHANGHAI)
        verb = ["gateway", "--port", "0", "--market", str(options.market), "--stepped"]
        verb += ["--cash", str(options.cash), "--account", ACCOUNT, "--seed", str(options.seed)]
        verb += ["--start", start.isoformat(), "--ready-file", str(ready)]
        verb += ["--state", str(options.out / "gateway")]
        verb += ["--orders-per-day", str(options.messages_per_day)]
        if options.positions is not None:
            verb += ["--positions", str(options.positions)]
        if options.speed is not None:
            verb += ["--speed", str(options.speed)]
        return verb


async def _answer(gateway: Child, ready: Path, log: Path) -> dict[str, Any]:
    """Return what the gateway says of itself once it listens."""
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    while not ready.is_file():
        if gateway.has_ended or asyncio.get_running_loop().time() > deadline:
            raise RehearsalError(f"the gateway did not start; see {log}")
        await asyncio.sleep(READY_INTERVAL_S)
    answer: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
    return answer


def _short(path: Path) -> Path:
    """Return the path, or one in the temporary folder where a socket's name has no room."""
    absolute = path.absolute()
    if len(bytes(absolute)) <= SOCKET_PATH_BYTES_MAX:
        return absolute
    return Path(tempfile.mkdtemp(prefix="sage-execd-")) / path.name
