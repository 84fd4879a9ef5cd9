import asyncio
import json
import os
import signal
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.venues.simulated.desk_settings import DayEnd
from adapters.wire.signing import GatewayCredentials
from daemon import paper_gateway
from daemon.artifacts.files import write_atomically
from daemon.notify_socket import NotifySocket
from daemon.paper_gateway import GatewayOptions, forget_venue, run_gateway
from daemon.rehearsal.sample import sample_directory
from market.phases import DEFAULT_PHASE_POLICY, PhasePolicy, market_time

START = market_time(date(2026, 1, 16), "17:00:00")
CREDENTIALS = GatewayCredentials("key", "secret", "token")


def secrets() -> dict[str, str]:
    return dict.fromkeys(("PINGAN_API_KEY", "PINGAN_API_SECRET", "PINGAN_API_TOKEN"), "canary")


def options(folder: Path, **changes: Any) -> GatewayOptions:
    """Return a gateway in front of the bundled market."""
    chosen = GatewayOptions(
        port=0,
        market=sample_directory() / "market",
        start=START,
        cash=Decimal(1_000_000),
        positions=None,
        account="PAPER0001",
        seed=0,
        participation=Decimal("0.1"),
        speed=None,
        stepped=True,
        faults=None,
        state=folder / "state",
        orders_per_day=10,
        day_end=DayEnd.AT_CLOSE,
        clearing_time=time(15, 30),
        lists_cancels=False,
        phase_policy=DEFAULT_PHASE_POLICY,
        rules=(),
        calendar=None,
        script=None,
        fresh=False,
        ready_file=folder / "ready.json",
        as_json=True,
    )
    return replace(chosen, **changes)


@pytest.mark.parametrize("stepped", [True, False])
async def test_it_listens_on_loopback_says_where_and_ends_when_it_is_told_to(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    stepped: bool,
) -> None:
    listens = asyncio.Event()

    def announced(path: Path, content: bytes) -> None:
        write_atomically(path, content)
        listens.set()

    monkeypatch.setattr(paper_gateway, "write_atomically", announced)
    chosen = options(tmp_path, stepped=stepped)
    serving = asyncio.create_task(paper_gateway._serve(chosen, CREDENTIALS, NotifySocket()))
    await asyncio.wait(
        {serving, asyncio.create_task(listens.wait())}, return_when="FIRST_COMPLETED"
    )

    ready = json.loads((tmp_path / "ready.json").read_bytes())
    assert json.loads(capsys.readouterr().out) == ready
    assert ready["pid"] == os.getpid()
    assert ready["endpoint"].startswith("http://127.0.0.1:")
    async with (
        aiohttp.ClientSession(ready["endpoint"]) as session,
        session.get("/sim/clock") as answer,
    ):
        assert (await answer.json())["server_time"].startswith("2026-01-16T17:00:0")

    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(20):
        await serving


def test_missing_secrets_end_with_78_and_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = secrets()
    del environ["PINGAN_API_TOKEN"]

    assert run_gateway(options(tmp_path), environ) == 78

    words = capsys.readouterr().err
    assert "PINGAN_API_TOKEN" in words
    assert "canary" not in words


@pytest.mark.parametrize("name", ["rules", "calendar"])
def test_an_operators_file_that_cannot_be_read_ends_with_78_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("[")
    given: Path | tuple[Path, ...] = (path,) if name == "rules" else path

    assert run_gateway(options(tmp_path, **{name: given}), secrets()) == 78

    assert str(path) in capsys.readouterr().err


def test_a_venue_begun_anew_remembers_neither_orders_nor_ids(tmp_path: Path) -> None:
    left = [f"venue-1.{suffix}" for suffix in ("jsonl", "clock", "sqlite", "sqlite-wal")]
    for name in [*left, "venue-2.sqlite"]:
        (tmp_path / name).touch()

    forget_venue(tmp_path / "venue-1")

    assert [path.name for path in tmp_path.iterdir()] == ["venue-2.sqlite"]


def test_another_rule_file_or_counter_is_another_venue(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("records: []\n")
    same = paper_gateway._identity(options(tmp_path))

    assert paper_gateway._identity(options(tmp_path / "other")) == same
    for changes in (
        {"rules": (mine,)},
        {"calendar": mine},
        {"phase_policy": PhasePolicy(lunch_orders=True)},
    ):
        assert paper_gateway._identity(options(tmp_path, **changes)) != same


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("market", None),
        ("positions", "ts_code,quantity,cost_price\n600000.SH,many,1\n"),
        ("positions", "ts_code,quantity,cost_price\n600000,100,1\n"),
        ("faults", "[{"),
        ("script", "[{"),
        ("script", '[{"kind": "CANCEL", "name": "x", "at": "2026-01-16T16:59:59+08:00"}]'),
    ],
)
def test_data_that_cannot_be_used_end_with_65_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str | None
) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_text(content)

    assert run_gateway(options(tmp_path, **{name: path}), secrets()) == 65

    words = capsys.readouterr().err
    assert words.startswith("sage-execd gateway: ")
    assert "Traceback" not in words
    assert not (tmp_path / "ready.json").exists()
