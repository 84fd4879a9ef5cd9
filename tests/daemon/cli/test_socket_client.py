import socket
from pathlib import Path

import pytest

from daemon.cli.socket_client import DaemonRefused, DaemonUnreachable, call
from tests.daemon.cli.conftest import TinyDaemon


def test_a_call_brings_the_decoded_answer(tiny_daemon: TinyDaemon) -> None:
    tiny_daemon.says({"state": "APPROVED", "名": "对账"})

    answer = call(tiny_daemon.socket, "POST", "/v1/runs/a/approve", {"plan_hash": "银行"})

    assert answer == {"state": "APPROVED", "名": "对账"}
    assert tiny_daemon.asked == [("POST", "/v1/runs/a/approve", {"plan_hash": "银行"})]


def test_what_was_typed_and_is_no_unicode_travels_as_a_question_mark(
    tiny_daemon: TinyDaemon,
) -> None:
    call(tiny_daemon.socket, "POST", "/v1/halt", {"reason": "\udcff停"})

    assert tiny_daemon.asked == [("POST", "/v1/halt", {"reason": "?停"})]


def test_a_refusal_carries_its_status_and_its_sentence(tiny_daemon: TinyDaemon) -> None:
    problem = {"status": 409, "detail": "there is no run a"}
    tiny_daemon.says(problem, 409)

    with pytest.raises(DaemonRefused, match="there is no run a") as caught:
        call(tiny_daemon.socket, "GET", "/v1/runs/a")

    assert (caught.value.status, caught.value.problem) == (409, problem)


@pytest.mark.parametrize("content", [b"500 Internal Server Error", b"", b"[]", b'"no"'])
def test_a_daemon_that_failed_need_not_send_a_document(
    tiny_daemon: TinyDaemon, content: bytes
) -> None:
    tiny_daemon.status, tiny_daemon.content = 500, content

    with pytest.raises(DaemonRefused, match="the daemon answered 500"):
        call(tiny_daemon.socket, "GET", "/v1/status")


@pytest.mark.parametrize("content", [b"<html>", b"", b"\xff"])
def test_something_else_at_the_socket_is_no_daemon(tiny_daemon: TinyDaemon, content: bytes) -> None:
    tiny_daemon.content = content

    with pytest.raises(DaemonUnreachable, match="no sage-execd"):
        call(tiny_daemon.socket, "GET", "/v1/status")


def test_no_socket_and_a_dead_socket_are_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "daemon.sock"
    with pytest.raises(DaemonUnreachable, match=f"no daemon answers at {path}"):
        call(path, "GET", "/v1/status")

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(DaemonUnreachable, match=f"no daemon answers at {path}"):
        call(path, "GET", "/v1/status")
