from pathlib import Path

import pytest

from config import directories
from config.directories import credentials_folder, in_directories
from config.loading import parse_settings

SYSTEMD = {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "RUNTIME_DIRECTORY": "/run/a"}


def test_paths_that_the_file_leaves_open_lie_in_the_directories_of_the_service() -> None:
    settings = in_directories(parse_settings("mode: paper\n", "f"), SYSTEMD)

    assert settings.paths.state == Path("/var/lib/a")
    assert settings.paths.socket == Path("/run/a/sage-execd.sock")


def test_paths_that_the_file_names_stay() -> None:
    text = "paths: {state: /here, socket: /here/s}\n"

    assert in_directories(parse_settings(text, "f"), SYSTEMD) == parse_settings(text, "f")


def test_without_a_manager_the_defaults_stay() -> None:
    settings = parse_settings("mode: paper\n", "f")

    assert in_directories(settings, {}) is settings
    only_state = in_directories(settings, {"STATE_DIRECTORY": "/s"})
    assert (only_state.paths.state, only_state.paths.socket) == (Path("/s"), settings.paths.socket)


def test_credentials_are_those_of_the_unit_unless_something_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directories, "INSTALLED_CREDENTIALS", tmp_path)
    named = {"CREDENTIALS_DIRECTORY": "/run/credentials/x"}

    assert credentials_folder(named, ("KEY",)) == Path("/run/credentials/x")
    assert credentials_folder({"KEY": "1"}, ("KEY",)) is None
    assert credentials_folder({}, ("KEY",)) == tmp_path
    monkeypatch.setattr(directories, "INSTALLED_CREDENTIALS", tmp_path / "nothing")
    assert credentials_folder({}, ("KEY",)) is None
