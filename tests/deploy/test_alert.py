"""The alert unit's script, as systemd runs it: with the system's Python and a WeCom double."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.project import ROOT

SCRIPT = ROOT / "deploy" / "systemd" / "alert.py"
KEY = "canary-robot-key"


class Robot(HTTPServer):
    """Answers like the group robot; keeps what it was sent."""

    errcode = 0

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.paths: list[str] = []
        super().__init__(("127.0.0.1", 0), Door)


class Door(BaseHTTPRequestHandler):
    server: Robot

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.paths.append(self.path)
        self.server.texts.append(body["text"]["content"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"errcode": self.server.errcode}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def robot() -> Iterator[Robot]:
    """A robot that listens."""
    server = Robot()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def alert(tmp_path: Path, endpoint: str = "", key: str = "") -> subprocess.CompletedProcess[str]:
    (tmp_path / "WECOM_ROBOT_KEY").write_text(key + "\n")
    script = tmp_path / "alert.py"
    script.write_text(SCRIPT.read_text().replace("PAUSE_S = 5", "PAUSE_S = 0"))
    environment = {
        "PATH": os.environ["PATH"],
        "MONITOR_SERVICE_RESULT": "watchdog",
        "MONITOR_EXIT_STATUS": "ABRT",
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "WECOM_ENDPOINT": endpoint,
    }
    return subprocess.run(
        ["python3", "-I", str(script), "sage-execd.service"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_key_the_journal_has_the_alert(tmp_path: Path) -> None:
    done = alert(tmp_path)

    assert done.returncode == 0
    english, chinese = done.stderr.splitlines()
    assert english.startswith("<1>[P0] sage-execd.service failed on ")
    assert "watchdog (exit ABRT)" in english
    assert "sage-execd.service 已失败" in chinese


def test_a_robot_is_told_in_both_languages(tmp_path: Path, robot: Robot) -> None:
    done = alert(tmp_path, f"http://127.0.0.1:{robot.server_port}", KEY)

    assert done.returncode == 0, done.stderr
    (text,) = robot.texts
    assert "sage-execd.service failed" in text
    assert "已失败" in text
    assert robot.paths == [f"/cgi-bin/webhook/send?key={KEY}"]


def test_a_robot_that_says_no_is_asked_three_times_and_the_key_stays_secret(
    tmp_path: Path, robot: Robot
) -> None:
    robot.errcode = 45009
    done = alert(tmp_path, f"http://127.0.0.1:{robot.server_port}", KEY)

    assert done.returncode == 1
    assert len(robot.texts) == 3
    assert "errcode 45009" in done.stderr
    assert KEY not in done.stderr


def test_a_robot_that_cannot_be_reached_is_said_in_the_journal(tmp_path: Path) -> None:
    done = alert(tmp_path, "http://127.0.0.1:1", KEY)

    assert done.returncode == 1
    assert "did not take the alert: URLError" in done.stderr
