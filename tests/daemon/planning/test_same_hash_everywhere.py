"""The same inputs are the same plan in any process, whatever the hashes of its strings."""

import os
import subprocess
import sys

from daemon.planning.sizing import plan_run
from tests.daemon.planning.builders import inputs, planned, position, target
from tests.support.project import ROOT

CODES = [f"{600_000 + number}.SH" for number in range(40)]


def hash_here() -> str:
    """Plan forty names, half of them held, with too little cash for all."""
    wanted = [target(code, "0.02", f"行业{index % 7}") for index, code in enumerate(CODES[10:])]
    held = [position(code, 3_100) for code in CODES[:20]]
    return planned(plan_run(inputs(*wanted, positions=held, cash="90000"))).plan_hash


def hash_elsewhere(seed: str) -> str:
    """Do the same in a process of its own."""
    script = f"from {__name__} import hash_here; print(hash_here())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_three_processes_with_other_hash_seeds_make_the_same_plan() -> None:
    assert {hash_elsewhere(seed) for seed in ("0", "1", "4242")} == {hash_here()}
