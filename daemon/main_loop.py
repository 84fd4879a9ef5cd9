"""The daemon process: assemble, recover, run every task, drain on SIGTERM, say why it ended."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from adapters.broker import BrokerError, SessionSuperseded
from config.loading import ConfigError, load_settings
from config.secrets import SecretsError, read_alert_secrets, read_secrets
from config.settings import Settings
from daemon.addresses import PortTaken, SocketTaken, port_or_sentence, require_free_socket
from daemon.alert_channels import alert_channels
from daemon.app import Assembly, assemble, host_ports
from daemon.clock import MachineClock
from daemon.console.serving import open_console
from daemon.control.app import create_control_app, serve_control
from daemon.control.verbs import Verbs
from daemon.crew import Crew
from daemon.halting.files import Grade, HaltFiles, HaltNote
from daemon.http_status import Readiness, serve_status
from daemon.instance_lock import AlreadyRunning
from daemon.keys import KeyUnusable
from daemon.people import People
from daemon.session_fence import SessionFence, TakeOverNeeded
from storage.database import DatabaseFailure, SchemaUnknown
from storage.store import StaleEpoch, StampMismatch

SIGNAL = "SIGUSR1"
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


def run_daemon(config_path: Path, *, as_json: bool) -> int:
    """Run until SIGTERM or SIGINT; returns a sysexits code. A bug comes out as its traceback."""
    try:
        settings = load_settings(config_path)
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        folder = None if credentials is None else Path(credentials)
        secrets = read_secrets(settings.brokers.pingan.auth, os.environ, folder)
        alert_secrets = read_alert_secrets(settings.alerts, os.environ, folder)
    except (ConfigError, SecretsError) as error:
        return _end(str(error), os.EX_CONFIG)
    if not settings.brokers.pingan.endpoint:
        return _end(f"{config_path}: brokers.pingan.endpoint is empty", os.EX_CONFIG)

    async def main() -> None:
        ports = host_ports(settings.market, as_json=as_json)
        _halt_on_signal(HaltFiles(settings.paths.state), ports.machine)
        channels = alert_channels(settings.alerts, alert_secrets, ports.machine)
        ports = replace(ports, channels=channels)
        fence = SessionFence(settings.paths.state, ports.machine)
        fence.require_open()
        await require_free_socket(settings.paths.socket)
        try:
            async with AsyncExitStack() as stack:
                await _serve(settings, await assemble(settings, secrets, stack, ports), stack)
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
            return _end(str(_first(known)), code)
    raise group


def _is_bug(error: Exception) -> bool:
    known: tuple[type[Exception], ...] = (ExceptionGroup, *(kind for kind, _ in EXIT_CODES))
    return not isinstance(error, known)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    found: Exception = group
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found


def _end(why: str, code: int) -> int:
    sys.stderr.write(f"sage-execd: {why}\n")
    return code


async def _serve(settings: Settings, assembly: Assembly, stack: AsyncExitStack) -> None:
    """Recover first; sockets and tasks come up only then (never-twice-never-lost.md A2)."""
    crew = Crew(assembly)
    desk = crew.desk
    _halt_on_signal(desk.halt_files, desk.machine, desk.signals.halt.set)
    await crew.recover()
    readiness = Readiness(desk)
    http = settings.http
    serving = serve_status(readiness, desk.metrics, http)
    status = await port_or_sentence(serving, http.host, http.port)
    stack.push_async_callback(status.cleanup)
    verbs = Verbs(
        desk, crew.actions, crew.inbox, crew.reconciler, crew.verifier, crew.alert_actions
    )
    people = People.of(settings.people, os.getuid())
    await open_console(verbs, people, desk, stack)
    control = await serve_control(create_control_app(verbs, people), settings.paths.socket)
    stack.push_async_callback(control.cleanup)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    desk.log.info("daemon started", pid=os.getpid(), epoch=desk.store.epoch)
    await crew.work(stop)
    desk.log.info("daemon stopped")
