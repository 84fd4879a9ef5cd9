from pathlib import Path

from config.directories import in_directories
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
