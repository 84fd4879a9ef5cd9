"""The commands of README.md: what it shows, and what CI runs of it.

    .venv/bin/python -m tests.support.readme

runs every command of a block marked for CI that .ci/run does not run itself.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.project import ROOT, text_of

README = Path("README.md")
CI_SCRIPT = Path(".ci/run")
BLOCK = re.compile(
    r"(?P<mark><!-- run in CI -->\n)?^```sh\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command line of a shell block; continued lines are joined."""

    line: str
    runs_in_ci: bool


def commands(text: str) -> list[Command]:
    """Return every command of the shell blocks of a page."""
    return [
        Command(" ".join(line.split()), runs_in_ci=match["mark"] is not None)
        for match in BLOCK.finditer(text)
        for line in match["body"].replace("\\\n", " ").splitlines()
        if line.strip()
    ]


def left_for_readme_step(page: str, script: str) -> list[str]:
    """Return the marked commands of the page that are no line of the script."""
    run_already = {line.strip() for line in script.splitlines()}
    return [
        command.line
        for command in commands(page)
        if command.runs_in_ci and command.line not in run_already
    ]


def main() -> None:
    """Run what is left; the first failure ends with its exit code."""
    for line in left_for_readme_step(text_of(README), text_of(CI_SCRIPT)):
        sys.stdout.write(f"+ {line}\n")
        sys.stdout.flush()
        result = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", line], cwd=ROOT, check=False
        )
        if result.returncode:
            sys.exit(result.returncode)


if __name__ == "__main__":
    main()
