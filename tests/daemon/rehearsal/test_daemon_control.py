from pathlib import Path
from typing import Any

import pytest

from daemon.cli.socket_client import DaemonRefused, DaemonUnreachable
from daemon.rehearsal import daemon_control
from daemon.rehearsal.daemon_control import DaemonControl
from daemon.rehearsal.options import RehearsalError


class Answers:
    """What the socket brings, one call after the other."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []

    def __call__(self, _path: Path, method: str, target: str, body: Any) -> dict[str, Any]:
        self.asked.append((method, target, body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def control(
    monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any] | Exception
) -> tuple[DaemonControl, Answers]:
    scripted = Answers(*answers)
    monkeypatch.setattr(daemon_control, "call", scripted)
    monkeypatch.setattr(daemon_control, "RETRY_INTERVAL_S", 0)
    return DaemonControl(Path("/nobody"), lambda: None), scripted


async def test_a_daemon_that_is_being_started_again_is_asked_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = DaemonUnreachable("no daemon answers")
    daemon, scripted = control(monkeypatch, away, away, {"runs": []})

    assert await daemon.get("/v1/runs") == {"runs": []}
    assert scripted.asked == [("GET", "/v1/runs", None)] * 3


async def test_a_refusal_is_an_answer_and_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    daemon, scripted = control(monkeypatch, DaemonRefused(409, {"detail": "no"}))

    with pytest.raises(DaemonRefused, match="no"):
        await daemon.post("/v1/adopt", {"quantity": 1})

    assert scripted.asked == [("POST", "/v1/adopt", {"quantity": 1})]


async def test_a_daemon_that_never_answers_ends_the_rehearsal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    daemon, _ = control(monkeypatch, DaemonUnreachable("no daemon answers at /nobody"))
    monkeypatch.setattr(daemon_control, "UNREACHABLE_MAX_S", -1)

    with pytest.raises(RehearsalError, match="no daemon answers at /nobody"):
        await daemon.get("/v1/status")


async def test_a_daemon_beyond_help_is_not_asked_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    _, scripted = control(monkeypatch, {})

    def check() -> None:
        raise RehearsalError("the daemon died 20 times")

    with pytest.raises(RehearsalError, match="died 20 times"):
        await DaemonControl(Path("/nobody"), check).get("/v1/status")

    assert scripted.asked == []
