from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config.loading import load_settings
from daemon.rehearsal import stage as stages
from daemon.rehearsal.children import Child, KeptAlive
from daemon.rehearsal.options import Pair, RehearsalError, RehearsalOptions
from daemon.rehearsal.sample import sample_options
from daemon.rehearsal.stage import SOCKET_PATH_BYTES_MAX, Stage
from tests.daemon.rehearsal.given import options
from tests.fakes.fake_randomness import CountingRandomness

PAIR = Pair(Path("portfolio_20251107.csv"), Path("context.json"), date(2025, 11, 7))


def verb_of(asked: RehearsalOptions, tmp_path: Path) -> str:
    stage = Stage(asked, CountingRandomness(), print)
    return " ".join(stage._gateway_verb(tmp_path / "ready.json"))


def test_the_gateway_starts_in_the_evening_before_anything_happens(tmp_path: Path) -> None:
    verb = verb_of(options(tmp_path / "out", tmp_path, pairs=(PAIR,)), tmp_path)

    assert "gateway --port 0" in verb
    assert "--stepped" in verb
    assert "--start 2025-11-07T17:00:00+08:00" in verb
    assert "--cash 1000000 " in verb
    assert "--seed 7 " in verb
    assert "--orders-per-day 50" in verb
    assert "--positions" not in verb
    assert "--speed" not in verb


def test_holdings_and_speed_are_passed_on_where_they_are_given(tmp_path: Path) -> None:
    given = {"pairs": (PAIR,), "positions": Path("held.csv"), "speed": Decimal("0.5")}

    verb = verb_of(options(tmp_path / "out", tmp_path, **given), tmp_path)

    assert "--positions held.csv --speed 0.5" in verb


def test_every_stage_has_secrets_of_its_own_and_none_is_on_a_command_line(tmp_path: Path) -> None:
    asked = options(tmp_path / "out", tmp_path, pairs=(PAIR,))
    dice = CountingRandomness()
    one, other = (Stage(asked, dice, print) for _ in range(2))

    assert one._secrets.keys() == {"PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN"}
    assert set(one._secrets.values()).isdisjoint(other._secrets.values())
    assert not any(secret in verb_of(asked, tmp_path) for secret in one._secrets.values())


def test_a_socket_always_fits_the_kernel(tmp_path: Path) -> None:
    near = Stage(options(Path("/tmp/r"), tmp_path), CountingRandomness(), print)
    far = Stage(options(tmp_path / ("x" * 120), tmp_path), CountingRandomness(), print)

    assert near.socket == Path("/tmp/r/state/control.sock")
    assert len(bytes(far.socket)) <= SOCKET_PATH_BYTES_MAX
    assert far.socket.parent.is_dir()


async def test_a_gateway_that_does_not_start_is_told_at_once_and_left_behind_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "READY_TIMEOUT_S", 3600)
    asked = options(tmp_path / "out", tmp_path / "no market", pairs=(PAIR,))
    stage = Stage(asked, CountingRandomness(), print)

    with pytest.raises(RehearsalError, match="did not start; see"):
        await stage.__aenter__()

    assert "no market" in (tmp_path / "out" / "gateway.log").read_text()


async def test_a_gateway_nobody_waits_for_any_longer_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    stop = Child.stop

    async def noted(child: Child) -> int:
        ended.append(await stop(child))
        return ended[-1]

    monkeypatch.setattr(stages, "READY_TIMEOUT_S", 0)
    monkeypatch.setattr(Child, "stop", noted)
    stage = Stage(sample_options(tmp_path / "out"), CountingRandomness(), print)

    with pytest.raises(RehearsalError, match="did not start"):
        await stage.__aenter__()

    assert len(ended) == 1


async def test_the_daemon_starts_with_a_configuration_it_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, ...]] = []

    class NoDaemon(KeptAlive):
        async def run(self) -> None:
            started.append(tuple(self._verb))

    monkeypatch.setattr(stages, "KeptAlive", NoDaemon)
    out = tmp_path / "out"
    out.mkdir()
    stage = Stage(options(out, tmp_path, pairs=(PAIR,)), CountingRandomness(), print)
    stage.endpoint = "http://127.0.0.1:9"

    stage.start_daemon()
    await stage.__aexit__(None, None, None)

    assert started == [("run", "--config", str(out / "broker.yaml"))]
    settings = load_settings(out / "broker.yaml")
    assert settings.brokers.pingan.endpoint == "http://127.0.0.1:9"
    assert settings.paths.socket == stage.socket
    assert stage.restarts == 0
