"""SIGHUP: read the configuration again, and go on with the old one where the new is no good."""

import asyncio
import os
from pathlib import Path

from config.directories import in_directories
from config.loading import ConfigError, load_settings
from config.reload import reload_of
from config.settings import Settings
from daemon.desk import Desk
from daemon.notify_socket import MICROSECONDS, NotifySocket
from daemon.people import People
from daemon.user_namespace import UID_MAP, require_seen


class Reloader:
    """Takes over what may change while running (config/reload.py) and names what waits."""

    def __init__(self, path: Path, desk: Desk, people: People, notify: NotifySocket) -> None:
        self._path = path
        self._desk = desk
        self._people = people
        self._notify = notify
        self._asked = asyncio.Event()
        desk.metrics.reload_successful.set(1)
        self._stamp()

    def ask(self) -> None:
        """Have the file read again; asked twice before it was read, it is read once."""
        self._asked.set()

    async def run(self) -> None:
        """Wait to be asked, for ever."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload()

    async def reload(self) -> None:
        """Read the file once; the manager is told when it began and that it is over."""
        moment_us = int(asyncio.get_running_loop().time() * MICROSECONDS)
        self._notify.tell("RELOADING=1", f"MONOTONIC_USEC={moment_us}")
        try:
            wanted, people = await asyncio.to_thread(self._read)
        except ConfigError as error:
            self._refuse(str(error))
        else:
            self._take(wanted, people)
        self._notify.tell("READY=1")

    def _read(self) -> tuple[Settings, People]:
        settings = in_directories(load_settings(self._path), os.environ)
        require_seen(settings, UID_MAP.read_text())
        return settings, People.of(settings.people, os.getuid())

    def _take(self, wanted: Settings, people: People) -> None:
        found = reload_of(self._desk.settings, wanted)
        self._desk.settings = found.settings
        self._people.become(people)
        metrics = self._desk.metrics
        metrics.reload_successful.set(1)
        metrics.restart_needed.set(len(found.waiting))
        self._stamp()
        self._desk.log.info("configuration taken", changed=list(found.changed))
        if found.waiting:
            self._desk.log.warning("settings wait for a restart", keys=list(found.waiting))

    def _refuse(self, why: str) -> None:
        self._desk.metrics.reload_successful.set(0)
        self._desk.log.error("configuration not taken", why=why)

    def _stamp(self) -> None:
        self._desk.metrics.reload_timestamp.set(self._desk.machine.utc_now().timestamp())
