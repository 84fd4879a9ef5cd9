"""The daemon process: assemble, recover, run every task, drain on SIGTERM, say why it ended."""

import asyncio
import faulthandler
import os
import signal
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from adapters.broker import BrokerError, SessionSuperseded
from config.directories import in_directories
from config.loading import ConfigError, load_settings
from config.secrets import SecretsError, hidden_values, read_alert_secrets, read_secrets
from daemon.addresses import PortTaken, SocketTaken, port_or_sentence, require_free_socket
from daemon.alert_channels import alert_channels
from daemon.app import Assembly, assemble, host_ports
from daemon.clock import MachineClock
from daemon.console.serving import open_console
from daemon.control.app import create_control_app, serve_control
from daemon.control.verbs import Verbs
from daemon.crew import Crew
from daemon.desk import Desk
from daemon.halting.files import Grade, HaltFiles, HaltNote
from daemon.http_status import Readiness, serve_status
from daemon.instance_lock import AlreadyRunning
from daemon.journal_stream import STDERR, end, is_journal
from daemon.keys import KeyUnusable
from daemon.log_lines import LibraryLines
from daemon.notify_socket import MICROSECONDS, NotifySocket, status_line
from daemon.people import People
from daemon.reloading import Reloader
from daemon.service_reporter import ServiceReporter
from daemon.session_fence import SessionFence, TakeOverNeeded
from daemon.user_namespace import UID_MAP, require_seen
from storage.database import DatabaseFailure, SchemaUnknown
from storage.store import StaleEpoch, StampMismatch

SIGNAL = "SIGUSR1"
# How long a drain may take, and the closing of what is open after it; TimeoutStopSec lies beyond.
DRAIN_S = 15
CLOSE_S = 10
# The most particular error first: each ends the process with its own sysexits code.
EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (AlreadyRunning, os.EX_TEMPFAIL),
    (SessionSuperseded, os.EX_NOPERM),
    (TakeOverNeeded, os.EX_NOPERM),
    (StaleEpoch, os.EX_NOPERM),
    (StampMismatch, os.EX_CONFIG),
    (SchemaUnknown, os.EX_CONFIG),
    (ConfigError, os.EX_CONFIG),
    (KeyUnusable, os.EX_CONFIG),
    (SocketTaken, os.EX_CONFIG),
    (PortTaken, os.EX_UNAVAILABLE),
    (BrokerError, os.EX_UNAVAILABLE),
    (DatabaseFailure, os.EX_SOFTWARE),
    (OSError, os.EX_IOERR),
)


@dataclass(frozen=True, slots=True)
class Service:
    """What the process was started with beside its settings."""

    config_path: Path
    notify: NotifySocket


def run_daemon(config_path: Path, *, as_json: bool) -> int:
    """Run until SIGTERM or SIGINT; returns a sysexits code. A bug comes out as its traceback."""
    service = Service(config_path, NotifySocket.of(os.environ))
    try:
        settings = in_directories(load_settings(config_path), os.environ)
        require_seen(settings, UID_MAP.read_text())
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        folder = None if credentials is None else Path(credentials)
        secrets = read_secrets(settings.brokers.pingan.auth, os.environ, folder)
        alert_secrets = read_alert_secrets(settings.alerts, os.environ, folder)
    except (ConfigError, SecretsError) as error:
        return end(str(error), os.EX_CONFIG)
    if not settings.brokers.pingan.endpoint:
        return end(f"{config_path}: brokers.pingan.endpoint is empty", os.EX_CONFIG)
    # A watchdog ends us by SIGABRT; the journal then shows where each thread was.
    faulthandler.enable(STDERR)

    async def main() -> None:
        ports = host_ports(
            settings.market,
            as_json=as_json,
            in_journal=is_journal(os.environ),
            hidden=hidden_values(secrets, alert_secrets),
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: None)
        _halt_on_signal(HaltFiles(settings.paths.state), ports.machine)
        channels = alert_channels(settings.alerts, alert_secrets, ports.machine)
        ports = replace(ports, channels=channels)
        fence = SessionFence(settings.paths.state, ports.machine)
        fence.require_open()
        await require_free_socket(settings.paths.socket)
        service.notify.status("opening the session of the broker")
        try:
            async with AsyncExitStack() as stack:
                await _serve(service, await assemble(settings, secrets, stack, ports), stack)
        except* SessionSuperseded:
            fence.note_superseded()
            raise

    try:
        asyncio.run(main())
    except ExceptionGroup as group:
        return _end_known(group)
    except Exception as error:  # noqa: BLE001 - sorted by _end_known, which raises bugs again
        return _end_known(ExceptionGroup("start", [error]))
    return os.EX_OK


def _halt_on_signal(
    files: HaltFiles, machine: MachineClock, awake: Callable[[], None] = lambda: None
) -> None:
    """SIGUSR1 makes the HALT file, from the first moment on; every send looks for it."""

    def halt() -> None:
        note = HaltNote(
            by=SIGNAL, reason=f"{SIGNAL} to the daemon", at=machine.utc_now(), way="signal"
        )
        files.place(Grade.HALTED, note)
        awake()

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, halt)


def _end_known(group: ExceptionGroup[Exception]) -> int:
    """Translate known ends into exit codes; anything else is a bug and is raised again.

    A bug beside a known end leaves its traceback, and the exit code stays the known one's: it may
    be what keeps the daemon from being started again.
    """
    for kind, code in EXIT_CODES:
        known = group.subgroup(kind)
        if known is not None:
            bugs = group.subgroup(_is_bug)
            if bugs is not None:
                traceback.print_exception(bugs)
            return end(str(_first(known)), code)
    raise group


def _is_bug(error: Exception) -> bool:
    known: tuple[type[Exception], ...] = (ExceptionGroup, *(kind for kind, _ in EXIT_CODES))
    return not isinstance(error, known)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    found: Exception = group
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found


async def _serve(service: Service, assembly: Assembly, stack: AsyncExitStack) -> None:
    """Recover first; sockets and tasks come up only then (never-twice-never-lost.md A2)."""
    crew = Crew(assembly)
    desk = crew.desk
    stack.callback(LibraryLines(desk.log).install())
    _halt_on_signal(desk.halt_files, desk.machine, desk.signals.halt.set)
    service.notify.status("recovering")
    await crew.recover()
    people = People.of(desk.settings.people, os.getuid())
    await _open_doors(crew, people, stack)
    stop, reloader = asyncio.Event(), Reloader(service.config_path, desk, people, service.notify)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reloader.ask)
    reporter = ServiceReporter(desk, service.notify)
    beside = {"reload": reloader.run, "service": reporter.run}
    desk.log.info("daemon started", pid=os.getpid(), epoch=desk.store.epoch)
    service.notify.tell("READY=1", status_line(await reporter.words()))
    await crew.work(stop, beside, partial(_drain, desk, service.notify))
    desk.log.info("daemon stopped")


async def _open_doors(crew: Crew, people: People, stack: AsyncExitStack) -> None:
    """Listen: the status pages, the console, the control socket."""
    desk = crew.desk
    http = desk.settings.http
    serving = serve_status(Readiness(desk), desk.metrics, http)
    status = await port_or_sentence(serving, http.host, http.port)
    stack.push_async_callback(status.cleanup)
    verbs = Verbs(
        desk, crew.actions, crew.inbox, crew.reconciler, crew.verifier, crew.alert_actions
    )
    await open_console(verbs, people, desk, stack)
    socket = desk.settings.paths.socket
    control = await serve_control(create_control_app(verbs, people), socket)
    stack.push_async_callback(control.cleanup)


async def _drain(desk: Desk, notify: NotifySocket) -> None:
    """Let every order task end what it is at: a request that is out keeps its answer.

    Orders at the venue stay there; the next start finds them.
    """
    extend_us = (DRAIN_S + CLOSE_S) * MICROSECONDS
    notify.tell("STOPPING=1", status_line("draining"), f"EXTEND_TIMEOUT_USEC={extend_us}")
    desk.log.info("draining")
    if not await desk.progress.rest(desk.machine, DRAIN_S):
        desk.log.warning("drained no further", asleep=sorted(desk.progress.asleep_until))
