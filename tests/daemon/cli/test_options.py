from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli import options
from daemon.cli.main import main
from tests.daemon.cli.conftest import TinyDaemon


@pytest.mark.parametrize(
    ("status", "code"), [(400, 77), (404, 77), (409, 77), (500, 70), (502, 70), (503, 69)]
)
def test_a_no_a_bug_and_a_broker_out_of_reach_end_differently(
    tiny_daemon: TinyDaemon, status: int, code: int
) -> None:
    tiny_daemon.says({"status": status, "detail": "the reason why"}, status)

    done = tiny_daemon.run("status")

    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr == "sage-execd: the reason why\n"


def test_a_daemon_that_does_not_run_ends_with_69(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.socket = tiny_daemon.socket.with_name("nobody.sock")

    done = tiny_daemon.run("status")

    assert done.exit_code == 69
    assert "no daemon answers" in done.stderr


def test_the_socket_may_come_from_the_environment(
    tiny_daemon: TinyDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_daemon.says({"runs": []})
    monkeypatch.setenv("SAGE_EXECD_SOCKET", str(tiny_daemon.socket))

    assert CliRunner().invoke(main, ["runs"]).output == "no runs yet\n"


def test_the_configuration_is_the_one_of_the_folder_else_the_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, here = tmp_path / "installed.yaml", tmp_path / "here.yaml"
    monkeypatch.setattr(options, "DEFAULT_CONFIG", here)
    monkeypatch.setattr(options, "INSTALLED_CONFIG", installed)

    assert options.default_config() == here
    installed.touch()
    assert options.default_config() == installed
    here.touch()
    assert options.default_config() == here
