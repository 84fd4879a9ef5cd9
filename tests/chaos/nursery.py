"""Forks the processes of a case from one that has everything imported already.

What runs in a child is the real program with its real command line, files and sockets; only the
start of the interpreter is saved. Requests are JSON lines on stdin, births and deaths on stdout.
"""

import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos.fuse import Plan

TRACER_INTERVAL_S = 0.001
HEAVY = (
    *("daemon.cli.main", "daemon.main_loop", "daemon.paper_gateway", "daemon.crew"),
    *("asyncinotify", "pandas", "pyarrow.parquet", "daemon.rehearsal.rehearse"),
    "tests.chaos.wake_ups",
)


@dataclass(frozen=True, slots=True)
class Birth:
    """One process: a verb of sage-execd, its log, its environment, and how it is to be mistreated.

    `is_traced` lets it wait for a tracer before it begins; `file_bytes_max` bounds every file.
    """

    verb: tuple[str, ...]
    log: str
    environment: dict[str, str]
    plan: Plan | None = None
    is_traced: bool = False
    file_bytes_max: int | None = None

    def line(self) -> bytes:
        """Return the request as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> "Birth":
        """Read a request."""
        content = json.loads(line)
        plan = content.pop("plan")
        verb = tuple(content.pop("verb"))
        return cls(verb=verb, plan=None if plan is None else Plan(**plan), **content)


def serve() -> Birth | None:
    """Answer requests until stdin ends; returns what to be, in each child, and None here."""
    woken, wakes = socket.socketpair()
    for end in (woken, wakes):
        end.settimeout(0)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    waiting = b""
    while True:
        readable, _, _ = select.select([0, woken.fileno()], [], [])
        if woken.fileno() in readable:
            woken.recv(4096)
            _tell_deaths()
        if 0 not in readable:
            continue
        arrived = os.read(0, 65536)
        if not arrived:
            return None
        waiting += arrived
        while b"\n" in waiting:
            line, waiting = waiting.split(b"\n", 1)
            birth = Birth.of(line)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                woken.close()
                wakes.close()
                return birth
            _tell({"pid": pid})


def remember_rules() -> None:
    """Read the shipped rule book once for all children: parsing it costs what a whole case does."""
    rules: Any = importlib.import_module("market.rules")
    rules._read = functools.cache(rules._read)
    rules.RuleBook.load()


def become(birth: Birth) -> None:
    """Be the process that was asked for; ends with SystemExit."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(birth.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(birth.environment)
    if birth.file_bytes_max is not None:
        _bound_files(birth.file_bytes_max)
    if birth.is_traced:
        importlib.import_module("tests.chaos.wake_ups").set_apart()
        _wait_for_tracer()
    if birth.plan is not None:
        importlib.import_module("tests.chaos.launcher").install(birth.plan)
    main = importlib.import_module("daemon.cli.main").main
    main(list(birth.verb))


def _bound_files(bytes_max: int) -> None:
    resource = importlib.import_module("resource")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))


def _wait_for_tracer() -> None:
    status = Path("/proc/self/status")
    while "TracerPid:\t0\n" in status.read_text(encoding="ascii"):
        time.sleep(TRACER_INTERVAL_S)


def _tell_deaths() -> None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        _tell({"pid": pid, "code": code, "cpu_s": usage.ru_utime + usage.ru_stime})


def _tell(content: dict[str, float]) -> None:
    os.write(1, json.dumps(content).encode() + b"\n")


if __name__ == "__main__":
    for module in HEAVY:
        importlib.import_module(module)
    remember_rules()
    gc.collect()
    gc.freeze()
    born = serve()
    if born is not None:
        become(born)
