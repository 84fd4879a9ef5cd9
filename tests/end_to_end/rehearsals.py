"""Plays rehearsals as a user would: the real command line, real children, real files."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.reconcile_files import require_valid_reports

REHEARSAL_TIMEOUT_S = 900
# What the children of this very process were is never forgotten: a process of its own is asked.
MEASURING = """
import pathlib, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
pathlib.Path(sys.argv[1]).write_text(str(peak))
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Played:
    """What one call of `sage-execd` left: exit code, JSON lines, words on stderr, files.

    `peak_memory_bytes` is the largest any process of it was, the gateway and the daemon too.
    """

    code: int
    lines: list[dict[str, Any]]
    words: str
    out: Path
    peak_memory_bytes: int = 0

    @property
    def line(self) -> dict[str, Any]:
        """The only line of a rehearsal of one run."""
        assert len(self.lines) == 1, self.words
        return self.lines[0]

    def filled_share(self) -> Decimal:
        """Filled over planned notional, all runs together."""
        planned = sum((Decimal(line["planned_notional"]) for line in self.lines), Decimal(0))
        filled = sum((Decimal(line["filled_notional"]) for line in self.lines), Decimal(0))
        return filled / planned


def sage_execd(*words: str, out: Path) -> Played:
    """Run one verb of the command line to its end."""
    with tempfile.TemporaryDirectory() as folder:
        peak = Path(folder) / "peak"
        verb = [sys.executable, "-m", "daemon.cli.main", *words]
        done = subprocess.run(
            [sys.executable, "-c", MEASURING, str(peak), *verb],
            capture_output=True,
            text=True,
            timeout=REHEARSAL_TIMEOUT_S,
            check=False,
        )
        peak_kib = int(peak.read_text())
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    require_valid_reports(out)
    return Played(done.returncode, lines, done.stderr, out, peak_kib * 1024)


def rehearse_run(data: Path, day: str, out: Path, *options: str) -> Played:
    """Rehearse one shared pair on an account of its own."""
    folder = data / "portfolio_runs" / day
    return sage_execd(
        "rehearse",
        "--portfolio",
        str(folder / f"portfolio_{day}.csv"),
        "--context",
        str(folder / f"execution_context_{day}.json"),
        "--market",
        str(data),
        "--out",
        str(out),
        "--json",
        *options,
        out=out,
    )


def rehearse_weeks(data: Path, out: Path, *options: str) -> Played:
    """Rehearse shared pairs one after the other on one account."""
    runs = str(data / "portfolio_runs")
    return sage_execd(
        *("rehearse", "--runs", runs, "--market", str(data), "--out", str(out), "--json"),
        *options,
        out=out,
    )


def assert_sound(line: dict[str, Any]) -> None:
    """A run that traded: ended, no break, both books equal."""
    assert line["status"] in {"COMPLETED", "COMPLETED_WITH_EXCEPTIONS"}, line
    assert line["breaks"] == [], line
    assert line["ledger_match"] is True, line
    assert line["orders"]["total"] > 0, line


def assert_refused(line: dict[str, Any], *codes: str) -> None:
    """A refused run: every one of these reasons, each with a sentence, and no order."""
    assert line["status"] == "REFUSED", line
    assert {refusal["code"] for refusal in line["refusals"]} == set(codes), line["refusals"]
    assert all(refusal["message"] for refusal in line["refusals"])
    assert line["orders"]["total"] == 0, line
    assert line["ledger_match"] is True, line
