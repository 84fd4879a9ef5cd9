import asyncio
import os
import signal
from pathlib import Path

import pytest

from adapters.broker import BrokerRefused, BrokerUnavailable, BrokerUnknown, SessionSuperseded
from config.loading import ConfigError, ConfigProblem
from daemon import main_loop
from daemon.halting.files import Grade, HaltFiles
from daemon.instance_lock import AlreadyRunning, InstanceLock
from daemon.keys import KeyUnusable
from daemon.main_loop import run_daemon
from daemon.supervise import TaskEnded
from storage.database import DatabaseFailure, SchemaUnknown
from storage.store import StaleEpoch, StampMismatch
from tests.fakes.fake_clock import FakeMachineClock

SECRETS = ("PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN")
CONFIG = """
mode: paper
brokers: {{pingan: {{endpoint: "{endpoint}", account_id: A1, client_id: C1}}}}
paths: {{inbox: {folder}, state: {folder}, socket: {folder}/execd.sock}}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration that is sound, and its secrets in the environment."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    for name in SECRETS:
        monkeypatch.setenv(name, "canary")
    path = tmp_path / "broker.yaml"
    path.write_text(CONFIG.format(endpoint="http://127.0.0.1:9", folder=tmp_path))
    return path


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AlreadyRunning("another"), 75),
        (SessionSuperseded("SUPERSEDED", "another"), 77),
        (StaleEpoch("another"), 77),
        (StampMismatch("another account"), 78),
        (SchemaUnknown("schema 3"), 78),
        (ConfigError((ConfigProblem("f", 1, "k", "no"),)), 78),
        (KeyUnusable("no key"), 78),
        (BrokerRefused("AUTH", "no"), 69),
        (BrokerUnavailable("CONNECT", "no route"), 69),
        (BrokerUnknown("TIMEOUT", "no answer"), 69),
        (DatabaseFailure("disk full"), 70),
        (OSError(28, "No space left on device"), 74),
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_every_known_end_has_its_code_and_its_sentence(
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    depth: int,
) -> None:
    raised = error
    for _ in range(depth):
        raised = ExceptionGroup("tasks", [raised])

    async def assemble(*_things: object, **_more: object) -> None:
        raise raised

    monkeypatch.setattr(main_loop, "assemble", assemble)

    assert run_daemon(config, as_json=True) == code
    assert capsys.readouterr().err == f"sage-execd: {error}\n"


@pytest.mark.parametrize("bug", [TypeError("a bug"), TaskEnded("task poll ended by itself")])
def test_a_bug_comes_out_as_its_traceback(
    config: Path, monkeypatch: pytest.MonkeyPatch, bug: Exception
) -> None:
    async def assemble(*_things: object, **_more: object) -> None:
        raise bug

    monkeypatch.setattr(main_loop, "assemble", assemble)

    with pytest.raises(ExceptionGroup) as caught:
        run_daemon(config, as_json=True)

    assert caught.value.exceptions == (bug,)


def test_a_bug_beside_a_known_end_is_shown_and_the_code_stays(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    superseded = SessionSuperseded("SUPERSEDED", "another instance")

    async def assemble(*_things: object, **_more: object) -> None:
        raise ExceptionGroup("tasks", [TypeError("a bug in poll"), superseded])

    monkeypatch.setattr(main_loop, "assemble", assemble)

    assert run_daemon(config, as_json=True) == 77
    words = capsys.readouterr().err
    assert "TypeError: a bug in poll" in words
    assert words.endswith("sage-execd: SUPERSEDED: another instance\n")


def test_the_most_particular_end_decides(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def assemble(*_things: object, **_more: object) -> None:
        superseded = SessionSuperseded("SUPERSEDED", "another instance")
        raise ExceptionGroup("tasks", [BrokerUnavailable("CONNECT", "no route"), superseded])

    monkeypatch.setattr(main_loop, "assemble", assemble)

    assert run_daemon(config, as_json=True) == 77
    assert "Traceback" not in capsys.readouterr().err


def test_a_configuration_that_cannot_be_used_ends_with_78(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_daemon(tmp_path / "missing.yaml", as_json=True) == 78
    assert "missing.yaml" in capsys.readouterr().err

    config.write_text("mode: paper\n")
    assert run_daemon(config, as_json=True) == 78
    assert "brokers.pingan.endpoint is empty" in capsys.readouterr().err


def test_missing_secrets_are_named_and_the_others_not_shown(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PINGAN_API_SECRET")

    assert run_daemon(config, as_json=True) == 78

    words = capsys.readouterr().err
    assert "PINGAN_API_SECRET" in words
    assert "canary" not in words


def test_secrets_are_gone_from_the_environment_before_anything_runs(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    async def assemble(*_things: object, **_more: object) -> None:
        seen.append(os.environ.keys() & set(SECRETS))
        raise AlreadyRunning("enough")

    monkeypatch.setattr(main_loop, "assemble", assemble)
    run_daemon(config, as_json=True)

    assert seen == [set()]


def test_a_second_daemon_on_the_same_state_ends_with_75_and_touches_nothing(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = InstanceLock.acquire(tmp_path / "lock")

    assert run_daemon(config, as_json=True) == 75

    assert f"another sage-execd, pid {os.getpid()}, holds" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broker.yaml", "lock"]
    lock.release()


async def test_sigusr1_makes_the_halt_file_and_wakes(tmp_path: Path) -> None:
    woken = asyncio.Event()
    main_loop._halt_on_signal(HaltFiles(tmp_path), FakeMachineClock(), woken.set)

    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(woken.wait(), 5)
    asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)

    note = HaltFiles(tmp_path).note(Grade.HALTED)
    assert (note.by, note.way, note.keep_orders) == ("SIGUSR1", "signal", False)
