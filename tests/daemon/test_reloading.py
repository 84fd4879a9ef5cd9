import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.loading import load_settings
from daemon.notify_socket import NotifySocket
from daemon.people import NotAllowed, People
from daemon.reloading import Reloader
from tests.support.desk import Room, open_room

BASE = "intake: {quiet_s: 60}\n"


class Manned:
    """A room, its file, and the manager's end of the notify socket."""

    def __init__(self, room: Room, file: Path, manager: socket.socket) -> None:
        self.room = room
        self.file = file
        self.manager = manager
        self.people = People.of((), os.getuid())
        notify = NotifySocket(str(file.parent / "notify"))
        self.reloader = Reloader(file, room.desk, self.people, notify)

    async def reload(self, text: str) -> list[str]:
        """Write the file and have it read; returns what the manager was told."""
        self.file.write_text(text)
        await self.reloader.reload()
        return [self.manager.recv(1000).decode() for _ in range(2)]

    def metric(self, name: str) -> float | None:
        return self.room.desk.metrics.registry.get_sample_value(name)


@asynccontextmanager
async def manned(tmp_path: Path) -> AsyncIterator[Manned]:
    file = tmp_path / "broker.yaml"
    file.write_text(BASE)
    settings = load_settings(file)
    (tmp_path / "artifacts").mkdir()
    async with open_room(tmp_path, settings=settings) as room:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(tmp_path / "notify"))
            manager.settimeout(5)
            yield Manned(room, file, manager)


async def test_what_may_change_is_taken_and_the_manager_told(tmp_path: Path) -> None:
    async with manned(tmp_path) as here:
        began, ended = await here.reload("intake: {quiet_s: 30}\n")

        assert here.room.desk.settings.intake.quiet_s == 30
        assert here.room.log_entry("configuration taken")["changed"] == ["intake.quiet_s"]
        assert here.metric("sage_config_last_reload_successful") == 1
        assert began.startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert ended == "READY=1"


@pytest.mark.parametrize("text", ["intake: {quiet: 30}\n", "mode: [\n", ""])
async def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path, text: str) -> None:
    async with manned(tmp_path) as here:
        before = here.room.desk.settings
        told = await here.reload(text)

        assert here.room.desk.settings is before
        assert here.metric("sage_config_last_reload_successful") == 0
        assert "broker.yaml" in here.room.log_entry("configuration not taken")["why"]
        assert told[-1] == "READY=1"

        await here.reload(BASE)
        assert here.metric("sage_config_last_reload_successful") == 1


async def test_what_decides_about_money_waits_for_a_restart_and_is_named(tmp_path: Path) -> None:
    async with manned(tmp_path) as here:
        await here.reload("intake: {quiet_s: 30}\nflow: {batch_size: 3}\nmode: live\n")

        settings = here.room.desk.settings
        assert (settings.intake.quiet_s, settings.flow.batch_size) == (30, 20)
        waiting = here.room.log_entry("settings wait for a restart")["keys"]
        assert waiting == ["mode", "flow.batch_size"]
        assert here.metric("sage_config_restart_needed_settings") == 2


async def test_people_change_at_every_door_and_an_unknown_login_changes_nothing(
    tmp_path: Path,
) -> None:
    async with manned(tmp_path) as here:
        await here.reload('people: [{user: "4711", name: wang, roles: [viewer]}]\n')

        assert here.people.require(4711, "status").name == "wang"
        with pytest.raises(NotAllowed):
            here.people.require(os.getuid(), "status")

        await here.reload("people: [{user: nobody-of-that-name, name: li, roles: [viewer]}]\n")

        assert here.people.require(4711, "status").name == "wang"
        assert here.metric("sage_config_last_reload_successful") == 0


async def test_asking_twice_before_it_was_read_reads_once(tmp_path: Path) -> None:
    async with manned(tmp_path) as here:
        running = asyncio.create_task(here.reloader.run())
        here.reloader.ask()
        here.reloader.ask()
        for _ in range(2):
            await asyncio.to_thread(here.manager.recv, 1000)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert here.room.logged() == ["configuration taken"]
