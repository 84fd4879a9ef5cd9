"""The manners of a service, seen from where systemd would sit: the notify socket and signals."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.end_to_end.theatre import SAMPLE_EVENING, Theatre, theatre

pytestmark = pytest.mark.timeout(300)


class Manager:
    """The service manager's end of the notify socket; keeps all it was told."""

    def __init__(self, path: Path) -> None:
        self.heard: list[str] = []
        self._end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._end.bind(str(path))
        self._end.settimeout(0)

    def listen(self) -> list[str]:
        """Take what has come, and return everything so far."""
        while True:
            try:
                self.heard += self._end.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.heard

    async def hears(self, stage: Theatre, line: str, times: int = 1) -> None:
        """Wait for a line that begins so."""

        async def heard() -> bool:
            return sum(told.startswith(line) for told in self.listen()) >= times

        await stage.eventually(heard, line)

    def close(self) -> None:
        self._end.close()


async def test_a_manager_hears_the_whole_life_of_a_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    out = tmp_path / "out"
    async with theatre(out) as stage:
        # The gateway speaks first.
        await manager.hears(stage, "READY=1", 2)
        assert manager.heard.index("STATUS=recovering") > manager.heard.index("READY=1")
        await stage.until(SAMPLE_EVENING)
        await manager.hears(stage, "STATUS=0 orders working, next phase 2026-01-19 09:15")
        await manager.hears(stage, "WATCHDOG=1", 3)

        pid = int([text for text in stage.said if text.startswith("daemon pid")][-1].split()[-1])
        config = next(out.rglob("*.yaml"))
        sound = config.read_text()
        config.write_text(sound + "\nno_such_setting: 1\n")
        os.kill(pid, signal.SIGHUP)
        await manager.hears(stage, "RELOADING=1")
        await manager.hears(stage, "READY=1", 3)
        config.write_text(sound)
        stage.drop_sample()
        await stage.noticed()

        os.kill(pid, signal.SIGTERM)
        await manager.hears(stage, "STOPPING=1")
        await manager.hears(stage, "READY=1", 4)
        log = (out / "daemon.log").read_text()
    manager.close()

    assert "no_such_setting: unknown key" in log
    assert log.count('"event": "daemon stopped"') >= 1
    assert all('"run_id":' in line for line in log.splitlines() if line.startswith("{"))
