"""The kit against the paper gateway, both as processes a person would start."""

import json
import os
import subprocess
import sys
from pathlib import Path

from daemon.rehearsal.sample import sample_directory

SECRETS = {"PINGAN_API_KEY": "key", "PINGAN_API_SECRET": "secret", "PINGAN_API_TOKEN": "token"}
PROGRAM = (sys.executable, "-m", "daemon.cli.main")
TIMEOUT_S = 110


def test_the_paper_gateway_passes_the_kit(tmp_path: Path) -> None:
    sample = sample_directory()
    words = ("--port", "0", "--market", str(sample / "market"), "--stepped", "--json")
    account = ("--positions", str(sample / "positions.csv"), "--start", "2026-01-16T09:00")
    environ = os.environ | SECRETS
    with subprocess.Popen(
        (*PROGRAM, "gateway", *words, *account, "--state", str(tmp_path)),
        stdout=subprocess.PIPE,
        env=environ,
        text=True,
    ) as gateway:
        assert gateway.stdout is not None
        endpoint = json.loads(gateway.stdout.readline())["endpoint"]
        kit = (*PROGRAM, "conformance", "--endpoint", endpoint, "--symbol", "600076.SH")
        played = subprocess.run(
            kit, env=environ, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        gateway.terminate()

    assert played.returncode == 0, played.stdout + played.stderr
    skipped = [line for line in played.stdout.splitlines() if " SKIP " in line]
    assert [line.split()[0] for line in skipped] == ["C13"], skipped
