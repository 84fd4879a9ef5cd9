import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.notify_socket import NotifySocket, status_line


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.settimeout(5)
        end.bind(str(tmp_path / "notify"))
        yield end


def test_lines_go_out_as_one_message_in_utf_8(manager: socket.socket, tmp_path: Path) -> None:
    notify = NotifySocket(str(tmp_path / "notify"))

    assert notify.tell("READY=1", status_line("3 笔委托\n在途"))

    assert manager.recv(1000).decode() == "READY=1\nSTATUS=3 笔委托 在途"


def test_a_name_that_begins_with_an_at_sign_is_an_abstract_socket() -> None:
    name = f"sage-execd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.settimeout(5)
        end.bind("\0" + name)

        assert NotifySocket("@" + name).status("运行中")

        assert end.recv(1000).decode() == "STATUS=运行中"


def test_without_a_manager_nothing_goes_out_and_nothing_is_raised(tmp_path: Path) -> None:
    assert not NotifySocket().tell("READY=1")
    assert not NotifySocket(str(tmp_path / "nobody")).tell("READY=1")


def test_a_manager_that_does_not_read_is_not_waited_for(
    manager: socket.socket, tmp_path: Path
) -> None:
    notify = NotifySocket(str(tmp_path / "notify"))

    sent = [notify.tell("WATCHDOG=1") for _ in range(5000)]

    assert sent[0]
    assert not sent[-1]
    assert manager.recv(1000) == b"WATCHDOG=1"


def test_the_variables_are_taken_out_of_the_environment() -> None:
    environ = {"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "30000000", "PATH": "/bin"}

    assert NotifySocket.of(environ) == NotifySocket("/run/n", 30.0)
    assert environ == {"PATH": "/bin"}
    assert NotifySocket.of(environ) == NotifySocket()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"NOTIFY_SOCKET": "vsock:2:1"}, NotifySocket()),
        ({"WATCHDOG_USEC": "soon"}, NotifySocket()),
        ({"WATCHDOG_USEC": "0"}, NotifySocket()),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, NotifySocket()),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, NotifySocket("", 3.0)),
    ],
)
def test_what_is_not_meant_for_us_is_let_be(
    variables: dict[str, str], expected: NotifySocket
) -> None:
    assert NotifySocket.of(variables) == expected
