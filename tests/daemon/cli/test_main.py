import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from daemon import __version__
from daemon.cli.main import main

HEAVY = {"pyarrow", "aiohttp", "pydantic", "transitions", "aiosqlite", "structlog", "yaml"}
LIST_IMPORTS = """
import json, sys
import daemon.cli.main
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)))
"""
VERBS = {
    "ack",
    "adopt",
    "alert-test",
    "alerts",
    "approve",
    "archive",
    "audit",
    "replay",
    "arm-live",
    "backup",
    "check-config",
    "decline",
    "liquidate",
    "demo",
    "conformance",
    "console-token",
    "gateway",
    "halt",
    "manual",
    "morning-check",
    "plan",
    "resolve",
    "reconcile",
    "report",
    "rehearse",
    "rehearse-plan",
    "resume",
    "run",
    "runs",
    "show",
    "status",
    "submit",
    "verify",
    "watch",
    "completion",
}


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIST_IMPORTS], capture_output=True, text=True, check=True
    )

    assert HEAVY.isdisjoint(json.loads(done.stdout))


def test_the_verbs_are_these() -> None:
    assert main.commands.keys() == VERBS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(verb: str) -> None:
    long, short = (CliRunner().invoke(main, [verb, flag]) for flag in ("--help", "-h"))

    assert long.exit_code == 0, long.output
    assert long.output == short.output
    assert f"main {verb} [OPTIONS]" in long.output
    assert main.commands[verb].help
    assert "--json" in long.output


def test_the_version_is_the_package_s() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"sage-execd, version {__version__}\n"


def test_an_unknown_verb_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["sell-everything"]).exit_code == 2
