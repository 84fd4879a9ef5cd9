"""Wraps the ports of a daemon that is about to start; the product itself knows of no points."""

import os
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any

import adapters.intake.taking
import daemon.app
import daemon.main_loop
from adapters.intake.files import read_file
from adapters.pingan.transport import HttpTransport
from daemon.actions import Actions
from daemon.inbox import Inbox
from daemon.instance_lock import InstanceLock
from daemon.machine_clock import SystemMachineClock
from daemon.tasks.plan import Planner
from daemon.tasks.reconcile import Reconciler
from storage import anchors, database
from tests.chaos.fuse import Fuse, Plan
from tests.simulation.disk import label_of

ARTIFACT = re.compile(r"\.?(broker_[a-z]+|approval\.key|portfolio|execution_context)_?.*")
STEPS: tuple[tuple[Any, str, str], ...] = (
    (daemon.app, "open_session", "open the session"),
    (daemon.app, "open_store", "open the store"),
    (daemon.app, "_clock", "join the clock"),
    (daemon.main_loop, "serve_status", "serve the status page"),
    (daemon.main_loop, "serve_control", "serve the control socket"),
    (Reconciler, "recover", "recover the sends"),
    (Reconciler, "reconcile_now", "reconcile"),
    (Planner, "recover", "recover the plans"),
    (Inbox, "hold_what_changed_while_away", "recover the inbox"),
    *((Actions, verb, f"person {verb}") for verb in ("approve", "decline", "adopt")),
    *((Actions, verb, f"person {verb}") for verb in ("halt", "resume")),
)


def install(plan: Plan) -> None:
    """Wrap every port of this process."""
    fuse = Fuse(plan)
    _wrap_store(fuse)
    _wrap_wire(fuse)
    _wrap_files(fuse)
    for owner, name, point in STEPS:
        _set(owner, name, _between(fuse, point, getattr(owner, name)))
    if plan.wall_ahead_s:
        _wrap_clock(plan)


def _between(fuse: Fuse, point: str, step: Callable[..., Awaitable[Any]]) -> Any:
    @wraps(step)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        fuse.reach(f"{point}: before")
        value = await step(*args, **kwargs)
        fuse.reach(f"{point}: after")
        return value

    return wrapped


def _around(fuse: Fuse, name_of: Callable[..., str], call: Callable[..., Any]) -> Any:
    @wraps(call)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        name = name_of(*args)
        fuse.reach(f"{name}: before")
        value = call(*args, **kwargs)
        fuse.reach(f"{name}: after")
        return value

    return wrapped


def _wrap_store(fuse: Fuse) -> None:
    """Three points a kind of transaction; they lie on the thread of the database."""
    transact = database.Database._transact

    def wrapped(self: database.Database, connection: Any, function: Callable[..., Any]) -> Any:
        name = label_of((function,)).split()[-1].replace("work", "acquire")

        def inside(*args: Any) -> Any:
            value = function(*args)
            fuse.reach(f"commit {name}: before COMMIT")
            return value

        fuse.reach(f"commit {name}: before BEGIN")
        committed = transact(self, connection, inside)
        fuse.reach(f"commit {name}: after COMMIT")
        return committed

    _set(database.Database, "_transact", wrapped)


def _wrap_wire(fuse: Fuse) -> None:
    exchange, inner = HttpTransport.exchange, HttpTransport._exchange

    async def wrapped(self: Any, request: Any) -> Any:
        name = _verb_of(request)
        fuse.reach(f"{name}: before the first byte")
        reply = await exchange(self, request)
        fuse.reach(f"{name}: after the reply")
        return reply

    async def sending(self: Any, request: Any, trace: Any) -> Any:
        record: Any = _Trace(fuse, _verb_of(request), trace)
        return await inner(self, request, record)

    _set(HttpTransport, "exchange", wrapped)
    _set(HttpTransport, "_exchange", sending)


def _verb_of(request: Any) -> str:
    """Return "send VERB" for what must not be repeated, "ask VERB" for what may be."""
    last = request.url.path.rstrip("/").rsplit("/", 1)[-1]
    if request.method == "GET":
        return "ask order" if "/orders/" in request.url.path else f"ask {last}"
    return "send cancel" if "/orders/" in request.url.path else f"send {last}"


class _Trace:
    """Stands for the record of the first byte and is a point itself."""

    def __init__(self, fuse: Fuse, name: str, record: Any) -> None:
        self._fuse = fuse
        self._name = name
        self._record = record

    @property
    def bytes_started(self) -> bool:
        """Whether a byte left."""
        return bool(self._record.bytes_started)

    @bytes_started.setter
    def bytes_started(self, value: bool) -> None:
        self._record.bytes_started = value
        self._fuse.reach(f"{self._name}: after the first byte")


def _wrap_files(fuse: Fuse) -> None:
    """Every rename and sync of our own files, every reading of an input, the lock, the anchor."""

    def of_descriptor(kind: str, descriptor: int) -> str:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        return f"{kind} folder {path.name}" if path.is_dir() else f"{kind} {_kind_of(path)}"

    def rename(path: Path, _target: Path) -> str:
        return f"rename {_kind_of(path)}"

    def read(path: Path, *_rest: Any) -> str:
        return f"read {_kind_of(path)}"

    _set(os, "fsync", _around(fuse, partial(of_descriptor, "fsync"), os.fsync))
    _set(os, "fdatasync", _around(fuse, partial(of_descriptor, "fdatasync"), os.fdatasync))
    _set(Path, "replace", _around(fuse, rename, Path.replace))
    _set(adapters.intake.taking, "read_file", _around(fuse, read, read_file))
    _set(anchors, "append", _around(fuse, lambda *_: "anchor", anchors.append))
    acquire = _around(fuse, lambda *_: "take the lock", InstanceLock.acquire)
    _set(InstanceLock, "acquire", acquire)


def _kind_of(path: Path) -> str:
    """Return the sort of a file, the same for every run and every second."""
    found = ARTIFACT.fullmatch(path.name)
    return path.name if found is None else found[1]


def _wrap_clock(plan: Plan) -> None:
    """Step the wall clock, as somebody who sets the host's clock does."""
    read, readings = SystemMachineClock.utc_now, iter(range(1 << 62))

    def wrapped(self: SystemMachineClock) -> datetime:
        is_stepped = next(readings) >= plan.wall_from
        return read(self) + timedelta(seconds=plan.wall_ahead_s if is_stepped else 0)

    _set(SystemMachineClock, "utc_now", wrapped)


def _set(owner: Any, name: str, value: Any) -> None:
    """Put something in the place of what is there; raises AttributeError where nothing is."""
    getattr(owner, name)
    setattr(owner, name, value)
