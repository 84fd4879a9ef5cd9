import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import main_loop
from daemon.instance_lock import InstanceLock
from daemon.start import start_daemon

HEAVY = ("aiohttp", "aiosqlite", "daemon.main_loop", "pandas", "prometheus_client", "pyarrow")
WHO_IS_HERE = f"""
import sys
from pathlib import Path
from daemon.start import start_daemon
code = start_daemon(Path(sys.argv[1]), as_json=True)
print(sorted(set({HEAVY!r}) & sys.modules.keys()))
sys.exit(code)
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose state is the folder it lies in."""
    path = tmp_path / "broker.yaml"
    path.write_text(f"paths: {{state: {tmp_path}, socket: {tmp_path}/execd.sock}}\n")
    return path


def test_a_second_daemon_is_told_who_runs_before_anything_heavy_is_imported(
    config: Path, tmp_path: Path
) -> None:
    lock = InstanceLock.acquire(tmp_path / "lock")
    words = [sys.executable, "-c", WHO_IS_HERE, str(config)]
    with socket.socket(socket.AF_UNIX) as answering:
        answering.bind(str(tmp_path / "execd.sock"))
        answering.listen()
        second = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    lock.release()

    assert second.returncode == os.EX_TEMPFAIL
    assert second.stdout == "[]\n"
    assert f"another sage-execd, pid {os.getpid()}, holds" in second.stderr


def test_the_first_daemon_goes_on_to_run(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[Path, bool]] = []

    def run_daemon(path: Path, *, as_json: bool) -> int:
        started.append((path, as_json))
        return 70

    monkeypatch.setattr(main_loop, "run_daemon", run_daemon)

    assert start_daemon(config, as_json=True) == 70
    assert started == [(config, True)]


def test_a_configuration_that_cannot_be_used_ends_with_78(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start_daemon(tmp_path / "missing.yaml", as_json=True) == os.EX_CONFIG

    assert "missing.yaml" in capsys.readouterr().err
