"""The units, as far as systemd judges them without being booted."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

FOLDER = ROOT / "deploy" / "systemd"
PROGRAMS = r"/opt/sage-execd/venv/bin/sage-execd|/usr/lib/sage-execd/alert\.py"
EXPOSURE_MAX_TENTHS = {
    "sage-execd.service": 10,
    "sage-execd-paper.service": 10,
    "sage-execd-backup.service": 10,
    "sage-execd-morning@.service": 10,
    # It has to reach a robot on the internet.
    "sage-execd-alert@.service": 11,
}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )


@needs_systemd
def test_verify_prints_nothing(tmp_path: Path) -> None:
    """What is installed at a fixed path elsewhere is taken as there; templates get a name."""
    names = []
    for unit in FOLDER.glob("*.[st]*[er]"):
        if unit.suffix not in {".service", ".timer"}:
            continue
        text = re.sub(PROGRAMS, "/bin/true", unit.read_text())
        names.append(unit.name.replace("@.", "@ready."))
        (tmp_path / unit.name).write_text(text)
        (tmp_path / names[-1]).write_text(text)

    done = analyze("verify", "--man=no", *(str(tmp_path / name) for name in names))

    assert len(names) == 8
    assert (done.stdout, done.stderr) == ("", "")


@needs_systemd
def test_a_key_that_systemd_does_not_know_would_be_seen(tmp_path: Path) -> None:
    unit = tmp_path / "x.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nProtectSistem=strict\n")

    assert "Unknown key 'ProtectSistem'" in analyze("verify", "--man=no", str(unit)).stderr


@needs_systemd
@pytest.mark.parametrize("name", EXPOSURE_MAX_TENTHS)
def test_the_exposure_is_low(name: str) -> None:
    threshold = f"--threshold={EXPOSURE_MAX_TENTHS[name]}"
    done = analyze("security", "--offline=true", threshold, "--no-pager", str(FOLDER / name))

    assert done.returncode == 0, done.stdout[-300:]


@needs_systemd
@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("sage-execd-backup.timer", "16:30"),
        ("sage-execd-morning-ready.timer", "09:12"),
        ("sage-execd-morning-started.timer", "09:37"),
    ],
)
def test_the_timers_go_by_shanghai_time_on_weekdays(name: str, first: str) -> None:
    text = (FOLDER / name).read_text()
    (calendar,) = re.findall(r"^OnCalendar=(.+)$", text, re.MULTILINE)

    assert calendar == f"Mon..Fri {first} Asia/Shanghai"
    assert analyze("calendar", calendar).returncode == 0


def test_every_exit_code_that_needs_a_person_prevents_a_restart() -> None:
    text = (FOLDER / "sage-execd.service").read_text()

    assert "RestartPreventExitStatus=77 78\n" in text
    assert "OnFailure=sage-execd-alert@%n.service\n" in text


def test_the_stop_of_a_unit_waits_longer_than_a_drain() -> None:
    from daemon.main_loop import CLOSE_S, DRAIN_S  # noqa: PLC0415 - heavy

    text = (FOLDER / "sage-execd.service").read_text()
    (stop_s,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)

    assert int(stop_s) > DRAIN_S + CLOSE_S


def test_a_rehearsal_steps_back_and_its_end_is_not_that_of_the_daemon() -> None:
    text = (FOLDER / "sage-execd.service").read_text()
    filters = re.findall(r"^SystemCallFilter=(.+)$", text, re.MULTILINE)

    assert filters[-1] == "setpriority", "a later line adds to what was taken away before"
    assert "OOMPolicy=continue\n" in text


def test_the_alert_unit_runs_without_anything_of_the_daemon() -> None:
    unit, script = (FOLDER / "sage-execd-alert@.service").read_text(), FOLDER / "alert.py"
    imported = re.findall(r"^(?:import|from) (\w+)", script.read_text(), re.MULTILINE)

    assert "/opt/sage-execd" not in unit
    done = subprocess.run(
        ["python3", "-I", "-c", f"import {', '.join(sorted(set(imported)))}"], check=False
    )
    assert done.returncode == 0
    assert json.dumps(sorted(set(imported))).count("daemon") == 0
