"""The Debian package: its scripts, and with -m slow the built file. `.ci/nspawn` plays its life."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

DEBIAN = ROOT / "deploy" / "debian"
UNITS = ROOT / "deploy" / "systemd"
BASH = [DEBIAN / "build", ROOT / ".ci" / "nspawn", ROOT / "tests" / "deploy" / "inside.sh"]
MAINTAINER = [DEBIAN / name for name in ("preinst", "postinst", "prerm", "postrm")]


@pytest.mark.parametrize("script", [*BASH, *MAINTAINER], ids=lambda path: path.name)
def test_every_script_can_be_read_by_its_shell_and_be_run(script: Path) -> None:
    shell = "sh" if script in MAINTAINER else "bash"
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert script.stat().st_mode & 0o111


def test_a_purge_knows_every_folder_that_a_unit_or_tmpfiles_makes() -> None:
    purge = (DEBIAN / "postrm").read_text()
    lines = [line for path in UNITS.glob("*.service") for line in path.read_text().splitlines()]
    lines += (UNITS / "tmpfiles.conf").read_text().splitlines()
    folders = {"StateDirectory=": "/var/lib/", "RuntimeDirectory=": "/run/"}
    made = {
        folder + line.removeprefix(key)
        for line in lines
        for key, folder in folders.items()
        if line.startswith(key)
    }
    made |= {line.split()[1] for line in lines if line.startswith("d ")}

    assert len(made) == 6
    for folder in made - {"/var/spool/sage-execd/inbox"}:
        assert re.search(rf"{folder}(\s|$)", purge), folder


def test_a_removal_disables_whatever_can_be_enabled() -> None:
    prerm = (DEBIAN / "prerm").read_text()
    enabled = [path.name for path in UNITS.iterdir() if "[Install]" in path.read_text()]

    assert len(enabled) == 5
    assert [name for name in enabled if name not in prerm] == []


def test_what_an_operator_edits_is_a_conffile() -> None:
    build = (DEBIAN / "build").read_text()
    (named,) = re.findall(r"printf '/etc/sage-execd/%s\\n' (.+) >", build)

    assert named.split() == ["broker.yaml", "paper.env", "alert.env"]
    for name in ("paper.env", "alert.env"):
        assert (UNITS / name).is_file()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_the_package_is_built_and_names_no_path_of_this_machine(tmp_path: Path) -> None:
    binaries = str(Path(sys.executable).parent)
    done = subprocess.run(
        [DEBIAN / "build", tmp_path],
        env={**os.environ, "BIN": binaries, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    package = Path(done.stdout.split()[-1])
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "-x", package, unpacked], check=True)
    program = (unpacked / "opt/sage-execd/venv/bin/sage-execd").read_text()
    assert str(tmp_path) not in program
    assert binaries not in program
    fields = subprocess.run(
        ["dpkg-deb", "-f", package, "Package", "Depends"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Package: sage-execd\n" in fields
    assert re.search(r"python3 \(>= 3\.\d+\), python3 \(<< 3\.\d+\)", fields)
