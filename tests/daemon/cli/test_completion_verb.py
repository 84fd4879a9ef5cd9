import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from daemon.cli.main import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_the_program(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell])
    as_json = CliRunner().invoke(main, ["completion", shell, "--json"])

    assert done.exit_code == 0, done.output
    assert "_SAGE_EXECD_COMPLETE" in done.output
    assert json.loads(as_json.stdout)["script"].strip() == done.output.strip()


def test_another_shell_is_refused() -> None:
    assert CliRunner().invoke(main, ["completion", "csh"]).exit_code == 2


def test_the_program_answers_what_the_script_asks() -> None:
    asked = {
        **os.environ,
        "_SAGE_EXECD_COMPLETE": "bash_complete",
        "COMP_WORDS": "sage-execd appr",
        "COMP_CWORD": "1",
    }
    call = "from daemon.cli.main import main; main(prog_name='sage-execd')"

    done = subprocess.run(
        [sys.executable, "-c", call], capture_output=True, text=True, env=asked, check=False
    )

    assert done.stdout.split() == ["plain,approve"]
